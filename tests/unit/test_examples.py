"""The worked examples run and find what was planted."""

import runpy
import types

import numpy as np
import pandas as pd
import pytest
import soundfile
import torch

from singmap.models.own import build_own_model, check_output, check_start
from singmap.separation.known_track import KnownTrack
from singmap.separation.oracles import irm
from tests.helpers.own_models import own_design
from tests.helpers.separated_signals import STFT, snr_db, two_bands


def test_a_foreign_model_is_examined_and_its_structure_found(root, capsys):
    runpy.run_path(str(root / "examples" / "examine_model.py"), run_name="__main__")
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["model", "method"]
    found = {(row[:14].strip(), row[14:29].strip()): row[29:].split() for row in rows}
    diagonal, octave, error, other = map(float, found["as layers", "jacobian"])
    assert 0.8 < diagonal < 1, "half of each bin stays on the diagonal, a quarter comes from the octave above"
    assert octave > 0.95
    assert max(error, other) < 0.1
    assert float(found["as a function", "diagonal"][2]) > 1.5 * float(
        found["as a function", "least_squares"][2]
    )


@pytest.fixture
def own(root):
    """Runs a file of the example study and gives what it defines."""
    return lambda name: runpy.run_path(str(root / "examples/own_study" / name))


def test_the_measure_of_ones_own_is_a_mean_distance_from_the_diagonal(own):
    spread = own("measure_spread.py")["spread"]
    assert spread(np.diag([1.0, 2, 3])) == 0
    assert spread(np.eye(5, k=2)) == 2
    assert spread(np.array([[1.0, 0], [-1, 0]])) == 0.5, "one weight in its place, as much one bin off"


def test_the_measure_of_ones_own_reads_matrices_and_diagonals(root, tmp_path):
    """A diagonal model's matrices are stored as vectors."""
    job = types.SimpleNamespace(input=[], output=[tmp_path / "spread.csv"])
    for model, stored in {
        "one": np.eye(4)[None],
        "two": np.ones((1, 4)),
        "three": np.eye(4, k=1)[None],
    }.items():
        job.input.append(tmp_path / model / "seed0" / "jacobian.npy")
        job.input[-1].parent.mkdir(parents=True)
        np.save(job.input[-1], stored)
    script = root / "examples/own_study/measure_spread.py"
    runpy.run_path(str(script), {"snakemake": job}, run_name="__main__")
    table = pd.read_csv(job.output[0])
    assert table["spread_bins"].tolist() == [0, 0, 1]
    assert table["model"].tolist() == ["one", "two", "three"]


def test_the_figure_of_ones_own_has_a_dot_for_each_model_seed_and_segment(own):
    rows = [("dae", "seed0", "nca", 3.0), ("dae", "seed0", "nca", 4.0), ("sf", "seed0", "jacobian", 0.5)]
    table = pd.DataFrame(rows, columns=["model", "seed", "method", "spread_bins"])
    (axis,) = own("draw_spread.py")["draw_spread"](table).axes
    assert [sorted(line.get_xdata()) for line in axis.lines] == [[3.0, 4.0], [0.5]]


def test_the_oracle_of_ones_own_beats_the_ratio_mask_on_a_mix_of_both_sources(own):
    """Where the sources have one phase, the share of the magnitudes is exact."""
    target, _ = two_bands()
    track = KnownTrack(3 * target, lambda: (target, 2 * target), STFT)
    np.testing.assert_allclose(own("oracle.py")["estimate"](track)[0], target, atol=1e-5)
    assert snr_db(irm.estimate(track)[0], target) < 10


def test_models_of_ones_own_do_what_the_study_asks_of_them(root, tmp_path, monkeypatch):
    frames = torch.rand(6, 33, generator=torch.Generator().manual_seed(0))
    for name in ("mask.py", "low_pass.py"):
        file = root / "examples/own_study" / name
        model = build_own_model(own_design(tmp_path, file.read_text(), monkeypatch), 33, seed=0)
        check_output(model, frames)
        check_start(model, 0)
        assert (model.layers() is not None) == (name == "low_pass.py")


def test_the_tracks_of_ones_own_are_a_folder_of_stems(own, tmp_path):
    own("make_tracks.py")["write_track"](tmp_path / "one", 0)
    vocals, other = (soundfile.read(tmp_path / "one" / f"{stem}.wav") for stem in ("vocals", "other"))
    assert vocals[1] == other[1] == 44100
    assert vocals[0].shape == other[0].shape == (3 * 44100, 2)
    assert min(np.abs(vocals[0]).max(), np.abs(other[0]).max()) > 0.1
