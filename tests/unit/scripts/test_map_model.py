"""The scripts of the mapping rules, run alone in their order on random spectra and an untrained model."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Structure, columns
from singmap.models.checkpoints import save_model
from singmap.models.designs import design_of
from singmap.models.network import build_model
from workflow.scripts import (
    examine_controls,
    map_model,
    measure_structure,
    select_segments,
    study_planted,
    tabulate_controls,
    tabulate_structure,
)

N_BINS, METHODS = 40, ["nca", "nca_ones", "jacobian"]
CONVERGED = {
    "iterations_max": 5,
    "learning_rate": 1e-3,
    "stop_relative_improvement": 0.5,
    "stop_window_iterations": 2,
}
PLANTED_SETTINGS = {
    "methods": ["nca", "jacobian"],
    "planted_bins": [8],
    "segment_frames": 20,
    "n_bins": N_BINS,
    "precision": "tf32",  # has no meaning on the CPU, where planted networks are always examined
}
SETTINGS = {"iterations": 3, "learning_rate": 1e-3, "record_every_iterations": 2, "converged": CONVERGED}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A results folder after every script of the mapping rules."""
    folder = tmp_path_factory.mktemp("results")
    rng = np.random.default_rng(0)
    spectra = {
        name: np.abs(rng.standard_normal((60, N_BINS))).astype(np.float16) for name in ("mixture", "target")
    }
    for name, array in spectra.items():
        np.save(folder / f"{name}.npy", array)
    tracks = pd.DataFrame(
        {"track_id": ["a", "b"], "track": ["A", "B"], "first_frame": [0, 25], "n_frames": [25, 35]}
    )
    tracks.to_csv(folder / "index.csv", index=False)
    save_model(
        folder / "weights.safetensors",
        folder / "provenance.json",
        build_model(design_of("sf"), N_BINS, 3),
        {"model": "sf"},
    )
    run_all(folder)
    return folder


def run_all(folder):
    model = {"weights": folder / "weights.safetensors", "provenance": folder / "provenance.json"}
    examined = {
        **model,
        "segments": folder / "segments.csv",
        "mixture": folder / "mixture.npy",
        "model": "sf",
        "seed": 3,
    }
    device = {"device": "auto", "gpu_slots": 0}
    mappings = [folder / f"{method}.npy" for method in METHODS]
    select_segments.main(
        index=folder / "index.csv", target=folder / "target.npy", segments=folder / "segments.csv",
        settings={"segment_frames": 20, "segments_per_track": 1, "tracks_max": None},
    )  # fmt: skip
    for path in mappings:
        map_model.main(
            **examined, **device, mapping=path, curve=path.with_suffix(".csv"), method=path.stem,
            settings=SETTINGS, code={}, unfinished=folder / "unfinished",
        )  # fmt: skip
    measure_structure.main(
        **examined, mappings=mappings, structure=folder / "structure.csv", settings={"band_bins": [2]}
    )
    tabulate_structure.main(
        measured=[folder / "structure.csv"], structure=folder / "all.csv", fidelity=folder / "fidelity.csv"
    )
    examine_controls.main(
        **examined, **device, controls=folder / "examined.csv", methods=["nca", "jacobian"],
        settings=SETTINGS, band_bins=[2],
    )  # fmt: skip
    tabulate_controls.main(
        examined=[folder / "examined.csv"],
        measured=[folder / "structure.csv"],
        controls=folder / "controls.csv",
    )
    study_planted.main(
        planted=folder / "planted.csv",
        settings=SETTINGS | PLANTED_SETTINGS,
    )


def test_mappings_hold_every_segment_and_curves_every_iteration(results):
    assert {np.load(results / f"{method}.npy").shape for method in METHODS} == {(2, N_BINS, N_BINS)}
    curve = pd.read_csv(results / "nca.csv")
    assert list(curve["segment"]) == [0] * 4 + [1] * 4
    assert list(curve["iteration"]) == [0, 1, 2, 3] * 2
    assert list(curve["relative_l1"].notna()) == [True, False, True, True] * 2


def test_structure_is_tidy_and_complete(results):
    table = pd.read_csv(results / "all.csv")
    assert list(table.columns) == columns(Structure)
    assert not table.duplicated(columns(Structure)[:-1]).any()
    assert set(table["method"]) == set(METHODS)
    assert set(table["frames"]) == {"optimised", "other"}
    assert set(table["track"]) == {"A", "B"}


def test_fidelity_summarises_what_structure_holds(results):
    table, fidelity = pd.read_csv(results / "all.csv"), pd.read_csv(results / "fidelity.csv")
    row = fidelity.set_index(["method", "frames", "measure"]).loc[("jacobian", "other", "relative_l2")]
    values = table.query("method == 'jacobian' and frames == 'other' and measure == 'relative_l2'")["value"]
    assert row["median"] == pytest.approx(values.median())
    assert row["count"] == 2


def test_controls_stand_beside_the_model(results):
    table = pd.read_csv(results / "controls.csv")
    assert set(table["control"]) == {"trained", "all_ones", "scalar", "untrained", "shuffled"}
    assert set(table["segment"]) == {0}
    shares = table.query("method == 'jacobian' and measure == 'diagonal_share' and weighting == 'raw'")
    value = shares.set_index("control")["value"]
    assert value["trained"] == pytest.approx(value["untrained"]), "this model is untrained"
    assert value["trained"] != pytest.approx(value["shuffled"])


def test_all_ones_couplings_stand_beside_the_nca_or_nowhere(results, tmp_path):
    """Without it their bar would stand in an empty row."""
    examined = pd.read_csv(results / "examined.csv")
    examined[examined["method"] == "jacobian"].to_csv(tmp_path / "examined.csv", index=False)
    tabulate_controls.main(
        examined=[tmp_path / "examined.csv"],
        measured=[results / "structure.csv"],
        controls=tmp_path / "controls.csv",
    )
    table = pd.read_csv(tmp_path / "controls.csv")
    assert set(table["method"]) == {"jacobian"}
    assert set(table["control"]) == {"trained", "scalar", "untrained", "shuffled"}


def test_planted_table_is_written(results):
    """8 bins with the frames of a segment, 20, and with as few for 8 bins as the study has for 40."""
    table = pd.read_csv(results / "planted.csv")
    assert table.groupby(["n_bins", "n_frames", "method"]).size().to_dict() == {
        (8, n_frames, method): 10 for n_frames in (4, 20) for method in ("nca", "jacobian")
    }
