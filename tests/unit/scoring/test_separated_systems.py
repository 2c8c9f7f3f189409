"""What systems share in one job: a look at each track's references, and nothing else."""

import numpy as np
import pytest

from singmap.files.audio_pieces import StoredAudio, WavAudio
from singmap.files.wav import write_wav
from singmap.scoring import separated_systems
from singmap.scoring.separated_systems import ScoringJob, System
from tests.helpers import study_tables
from tests.helpers.scored_tracks import SETTINGS

TRACKS = {"one": "One", "two": "Two"}
ORACLES = ["mixture", "irm", "ibm"]


@pytest.fixture
def job(tmp_path):
    """Two tracks of 0.5 s."""
    generator, tracks = np.random.default_rng(0), tmp_path / "tracks"
    for track_id in TRACKS:
        drums, rest = generator.standard_normal((2, 2, 22050)).astype(np.float32)
        for name, audio in (("drums", drums), ("accompaniment", rest), ("mixture", drums + rest)):
            write_wav(tracks / track_id / f"{name}.wav", audio)
    study_tables.decoded_tracks(TRACKS).to_csv(tmp_path / "index.csv", index=False)
    return ScoringJob(tmp_path / "index.csv", tracks, [], SETTINGS, "FLOAT", 0)


@pytest.fixture
def system(tmp_path):
    """An oracle by its name, with what is said of its code."""

    def make(name, code=None):
        files = (tmp_path / f"scores/{name}/{file}.csv" for file in ("frames", "tracks"))
        return System(
            name, f"singmap.separation.oracles.{name}", (), code or {}, tmp_path / f"kept/{name}", *files
        )

    return make


def test_the_references_of_a_track_are_looked_at_once(job, system, monkeypatch):
    own, made = separated_systems.TrackScorer, []

    def scorer(*arguments):
        made.append(arguments[-1])
        return own(*arguments)

    monkeypatch.setattr(separated_systems, "TrackScorer", scorer)
    job.write([system(name) for name in ORACLES], "all")
    assert made == [*TRACKS]
    job.write([system(name) for name in ORACLES], "all")
    assert made == [*TRACKS], "nothing is scored again"


def test_another_system_or_an_edit_of_one_scores_no_other(job, system, monkeypatch):
    own, scored = separated_systems.TrackScorer.score, []

    def score(scorer, estimates, name):
        scored.append(name)
        return own(scorer, estimates, name)

    monkeypatch.setattr(separated_systems.TrackScorer, "score", score)
    job.write([system(name) for name in ORACLES[:2]], "two")
    assert scored == ORACLES[:2] * len(TRACKS)
    scored.clear()
    job.write([system(name) for name in ORACLES], "three")
    assert scored == ORACLES[2:] * len(TRACKS)
    scored.clear()
    job.write([*map(system, ORACLES[:2]), system(ORACLES[2], {"oracle": "edited"})], "three")
    assert scored == ORACLES[2:] * len(TRACKS)


def test_no_piece_of_a_track_is_longer_than_what_is_looked_at_at_a_time(job, system, monkeypatch):
    """Else memory grows with a track's length; 0.5 s here, in score frames of 0.2 s and shorter blocks."""
    monkeypatch.setattr("singmap.files.audio_pieces.BLOCK_SAMPLES", 3000)
    monkeypatch.setattr("singmap.scoring.whole_track.BLOCK_SAMPLES", 3000)
    monkeypatch.setattr("singmap.separation.known_track.BLOCK_FRAMES", 20)
    lengths = {WavAudio: [], StoredAudio: []}
    for kind, read in lengths.items():

        def watched(audio, first, last, own=kind.read, read=read):
            read.append(last - first)
            return own(audio, first, last)

        monkeypatch.setattr(kind, "read", watched)
    job.write([system("irm")], "one")
    score_frame, history = 8820, 511
    for read in lengths.values():
        assert len(read) > 10
        assert max(read) <= score_frame + history
