"""What the scripts of a rule find: results of the rules before it, made by their scripts or made up."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from singmap.files.tables import Audit, Training
from singmap.files.wav import write_wav
from singmap.scoring import separated_systems
from tests.helpers import study_tables
from tests.helpers.cut_tracks import cut
from tests.helpers.mapped_models import map_small_model
from tests.helpers.scored_tracks import SETTINGS, score_oracles
from workflow.scripts import compare_systems

TRACKS = {"one": "One's $(name) - Ä", "two": "Two"}
BASELINES = ["mixture", "irm", "diagonal_filter"]
SCORING = SETTINGS | {"audit_pairs": 6}
RESAMPLING = {
    "bootstrap_samples": 200,
    "confidence": 0.95,
    "seed": 0,
    "reference": None,
    "baselines": ["mixture", "diagonal_filter"],
}


@pytest.fixture(scope="session")
def scored(tmp_path_factory) -> Path:
    """Three baselines separated and scored on two tracks of 0.5 s; never written to.

    In the first frame of the second track the target, drums, is silent.
    """
    folder = tmp_path_factory.mktemp("results")
    generator = np.random.default_rng(0)
    tracks = folder / "audio" / "test" / "tracks"
    for track_id in TRACKS:
        drums, rest = generator.standard_normal((2, 2, 22050)).astype(np.float32)
        drums[:, : 8820 if track_id == "two" else 0] = 0
        for name, audio in (("drums", drums), ("accompaniment", rest), ("mixture", drums + rest)):
            write_wav(tracks / track_id / f"{name}.wav", audio)
    audio = {"index": folder / "audio/test/index.csv", "tracks": tracks}
    study_tables.decoded_tracks(TRACKS).to_csv(audio["index"], index=False)
    score_oracles(audio, BASELINES, SCORING, folder)
    tables = folder / "tables"
    compare_systems.main(
        scores=tables / "scores.csv",
        summary=tables / "score_summary.csv",
        statistics=tables / "statistics.csv",
        settings=RESAMPLING,
    )
    return folder


@pytest.fixture
def tables(tmp_path) -> dict[str, Path]:
    """R/tables as CSV files; pieces of three frames, as in the demo."""
    training = {"model": "sf", "seed": 0, "valid_loss": 0.0123}
    audited = {"system": "irm", "track": "Song 1", "difference_db": 2e-9, "verdict": "agrees"}
    contents = {
        "scores": study_tables.scores(n_frames=3),
        "score_summary": study_tables.score_summary(),
        "statistics": study_tables.statistics(),
        "structure": study_tables.structure(),
        "training": study_tables.filled(Training, [training]),
        "audit": study_tables.filled(Audit, [audited]),
        "tracks": study_tables.decoded_tracks({"one": "Song 1"}),
    }
    for name, table in contents.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    return {name: tmp_path / f"{name}.csv" for name in contents}


@pytest.fixture
def excerpts(tmp_path) -> dict[str, Path]:
    """Excerpts of one track with a name that must be escaped, the accompaniment half as loud as the rest."""
    tracks = {"quiet": "Quiet", "song": "A & <b>B</b>"}
    study_tables.decoded_tracks(tracks, (44100, 44100)).to_csv(tmp_path / "index.csv", index=False)
    for folder, names in {
        "tracks/quiet": ["vocals"],
        "tracks/song": ["mixture", "vocals", "accompaniment"],
        "sf_seed0/song": ["vocals", "accompaniment"],
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            level = 0.25 if name == "accompaniment" else 0.5 if "song" in folder else 0.1
            noise = np.random.default_rng(0).uniform(-level, level, (44100, 2))
            soundfile.write(tmp_path / folder / f"{name}.wav", noise, 44100, subtype="FLOAT")
    return cut(tmp_path, n_tracks=1)


@pytest.fixture(scope="session")
def mapped(tmp_path_factory) -> Path:
    """Results after every script of the mapping rules, on two tracks; never written to."""
    folder = tmp_path_factory.mktemp("results")
    map_small_model(folder)
    return folder


@pytest.fixture
def separations(monkeypatch):
    """Names of the tracks that were separated."""
    made = []

    def separated(separator, folder, *rest):
        made.append(folder.name)
        return own(separator, folder, *rest)

    own = separated_systems.separated
    monkeypatch.setattr(separated_systems, "separated", separated)
    return made
