"""The report's scripts run without Snakemake: excerpts, figures from tables, and the page from all."""

import json
import re
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.files.tables import Audit, DecodedTracks, Segments, Training, columns
from singmap.report.figures.mapping import FLOOR_DB
from singmap.runtime.errors import InputError
from tests.helpers import study_tables

TITLE = "What & <why>"


def run_script(root: Path, name: str, **keywords) -> None:
    """Call the main() of a script of the workflow."""
    runpy.run_path(str(root / "workflow" / "scripts" / f"{name}.py"))["main"](**keywords)


def outputs_of(folder: Path, *names: str) -> dict[str, Path]:
    """Outputs of a rule that draws these figures, as Snakemake names them."""
    return {f"{name}_{kind}": folder / f"{name}.{kind}" for name in names for kind in ("svg", "png", "csv")}


@pytest.fixture
def tables(tmp_path) -> dict[str, Path]:
    """R/tables as CSV files; pieces of three frames, as in the demo."""
    audited = ("irm", "song1", "Song 1", "vocals", "SDR", 3, 2e-9, None, True, "agrees")
    contents = {
        "scores": study_tables.scores(n_frames=3),
        "score_summary": study_tables.score_summary(),
        "statistics": study_tables.statistics(),
        "structure": study_tables.structure(),
        "training": pd.DataFrame([("sf", 0, 9, 8, 0.0123, 0.2, "float32", "cpu")], columns=columns(Training)),
        "audit": pd.DataFrame([audited], columns=columns(Audit)),
    }
    for name, table in contents.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return {name: tmp_path / f"{name}.csv" for name in contents}


@pytest.fixture
def excerpts(root, tmp_path) -> dict[str, Path]:
    """Excerpts of one track with a name that must be escaped, cut by the project's own script."""
    tracks = [("quiet", "Quiet", "test", 44100, False), ("song", "A & <b>B</b>", "test", 44100, False)]
    pd.DataFrame(tracks, columns=columns(DecodedTracks)).to_csv(tmp_path / "index.csv", index=False)
    for folder, names in {
        "tracks/quiet": ["vocals"],
        "tracks/song": ["mixture", "vocals", "accompaniment"],
        "sf_seed0/song": ["vocals", "accompaniment"],
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            level = 0.5 if "song" in folder else 0.1
            noise = np.random.default_rng(0).uniform(-level, level, (44100, 2))
            soundfile.write(tmp_path / folder / f"{name}.wav", noise, 44100, subtype="FLOAT")
    return cut_excerpts(root, tmp_path, n_tracks=1)


def cut_excerpts(root: Path, folder: Path, n_tracks: int) -> dict[str, Path]:
    """Cut excerpts of at most `n_tracks` of the tracks in `folder`."""
    made = {"excerpts": folder / "excerpts.csv", "audio": folder / "audio"}
    run_script(
        root,
        "cut_excerpts",
        index=folder / "index.csv",
        tracks=folder / "tracks",
        separated=[folder / "sf_seed0"],
        settings={"target": "vocals", "excerpt_tracks": n_tracks, "excerpt_s": 0.6},
        **made,
    )
    return made


def test_excerpts_hold_every_system_and_source(excerpts):
    index = pd.read_csv(excerpts["excerpts"])
    systems = ["mixture", "truth", "sf_seed0", "truth", "sf_seed0"]
    assert index["system"].tolist() == systems
    for file in index["file"]:
        assert soundfile.info(excerpts["audio"] / file).frames == 26460


def test_silent_tracks_give_no_excerpt_and_no_error_unless_all_are(root, tmp_path, excerpts):
    silence = np.zeros((44100, 2))
    soundfile.write(tmp_path / "tracks/quiet/vocals.wav", silence, 44100, subtype="FLOAT")
    made = cut_excerpts(root, tmp_path, n_tracks=5)
    assert set(pd.read_csv(made["excerpts"])["track_id"]) == {"song"}
    soundfile.write(tmp_path / "tracks/song/vocals.wav", silence, 44100, subtype="FLOAT")
    with pytest.raises(InputError, match="a test track with audible vocals, found none"):
        cut_excerpts(root, tmp_path, n_tracks=5)


def test_score_figures_leave_out_what_short_pieces_cannot_show(root, tmp_path, tables):
    (tmp_path / "figures").mkdir()
    outputs = outputs_of(tmp_path / "figures", "scores", "differences")
    run_script(
        root,
        "plot_scores",
        scores=tables["scores"],
        statistics=tables["statistics"],
        outputs=outputs,
        settings={"dots_per_inch": 40, "confidence": 0.95},
    )
    for name in ("scores", "differences"):
        assert set(pd.read_csv(outputs[f"{name}_csv"])["metric"]) == {"SDR", "ISR"}


def test_mapping_figures_weight_each_segment_by_its_own_input(root, tmp_path):
    """Opposite gains, 1 and -1, on inputs of 1 and 3: they cancel raw, and leave -1 weighted."""
    n_bins = 9
    np.save(tmp_path / "mixture.npy", np.repeat(np.float32([1, 3]), 2)[:, None] * np.ones(n_bins, np.float32))
    rows = [(0, "song", "Song", 0, 2, 0, 4), (1, "song", "Song", 2, 2, 0, 4)]
    pd.DataFrame(rows, columns=columns(Segments)).to_csv(tmp_path / "segments.csv", index=False)
    mapping = tmp_path / "sf" / "seed0" / "jacobian.npy"
    mapping.parent.mkdir(parents=True)
    np.save(mapping, np.float32([1, -1])[:, None, None] * np.ones((n_bins, n_bins), np.float32))
    names = ("mappings_full", "mappings_zoom", "mappings_weighted")
    outputs = outputs_of(tmp_path, *names)
    stft = {"window": "hamming", "window_samples": 16, "fft_samples": 16, "hop_samples": 4}
    run_script(
        root,
        "plot_mappings",
        mappings=[mapping],
        segments=tmp_path / "segments.csv",
        mixture=tmp_path / "mixture.npy",
        outputs=outputs,
        settings={"stft": stft, "zoom_hz": 22050, "range_db": 50, "cells_max": 9, "dots_per_inch": 30},
    )
    levels_db = {name: pd.read_csv(outputs[f"{name}_csv"]).iloc[:, 3:] for name in names}
    assert (levels_db["mappings_zoom"] == FLOOR_DB).all(axis=None)
    assert (levels_db["mappings_weighted"] == 0).all(axis=None)


def test_page_is_whole_safe_and_honest(root, tmp_path, tables, excerpts):
    sources = root / "workflow" / "report"
    names = set(re.findall(r'figure\("(\w+)"\)', (sources / "study.html.j2").read_text()))
    pictures = [tmp_path / f"{name}.svg" for name in names]
    for picture in pictures:
        picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    facts = {
        "versions": {"python": "3.11.7"},
        "machine": {"cores": 2},
        "device": "cpu",
        "precision": "float32",
    }
    record = tmp_path / "provenance.json"
    record.write_text(json.dumps({**facts, "commit": "abc"}))
    settings = {"dataset": "demo", "target": "vocals", "models": ["dae", "mdae", "sf"], "seeds": [0, 1]}
    page = tmp_path / "study.html"
    run_script(
        root,
        "render_page",
        figures=pictures,
        tables=list(tables.values()),
        provenance=[record, record],
        sources=sources,
        page=page,
        settings={**settings, "titles": dict.fromkeys(names, TITLE), "configuration": {"device": "auto"}},
        **excerpts,
    )
    html = page.read_text()
    assert html.count("<audio") == 5
    assert html.count("data:image/svg+xml") == len(names)
    assert "What &amp; &lt;why&gt;" in html
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in html
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html), "the page must not need anything outside it"
    assert "the machinery at work on six seconds of one song" in html
    assert "SIR and SAR are left out" in html
    assert "vocals SIR" not in html
    assert "2.0e-09 dB" in html
