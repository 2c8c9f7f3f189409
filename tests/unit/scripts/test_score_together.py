"""Several systems in one job: each has what it has alone, by the names of the job's outputs."""

from singmap.files.wav import read_wav
from tests.helpers.scored_tracks import ORACLES, score
from tests.unit.scripts.conftest import BASELINES, SCORING, TRACKS
from workflow.scripts import choose_excerpts, score_together

PLACES = {
    "frames": "scores/{}/frames.parquet",
    "whole_tracks": "scores/{}/tracks.csv",
    "excerpts": "excerpts/{}",
    "separated": "separated/{}",
}


def contents(folder):
    """Every file below a folder, of audio the samples: WAV headers of floats hold the time."""
    files = [path for path in folder.rglob("*.*") if path.suffix in (".csv", ".parquet", ".wav")]
    return {
        path.relative_to(folder): read_wav(path).tobytes() if path.suffix == ".wav" else path.read_bytes()
        for path in files
    }


def test_each_system_has_what_it_has_alone(scored, tmp_path):
    audio = {"index": scored / "audio/test/index.csv", "tracks": scored / "audio/test/tracks"}
    stretches, together, alone = tmp_path / "stretches.csv", tmp_path / "together", tmp_path / "alone"
    wanted = {"target": "drums", "excerpt_tracks": 1, "excerpt_s": 0.3}
    choose_excerpts.main(**audio, stretches=stretches, settings=wanted)
    outputs = {
        f"{system}_{kind}": together / place.format(system)
        for system in BASELINES
        for kind, place in PLACES.items()
    }
    score_together.main(
        **audio, outputs=outputs, stretches=[stretches], weights=[], provenance=[], gains=[],
        separators={system: f"{ORACLES}.{system}" for system in BASELINES}, settings=SCORING,
        audio_subtype="FLOAT", code={system: {} for system in BASELINES}, kept=together / "kept", gpu_slots=0,
    )  # fmt: skip
    for system in BASELINES:
        score(audio, system, SCORING, alone, stretches=[stretches], audio_subtype="FLOAT")
    found, expected = contents(together), contents(alone)
    assert len(expected) == len(BASELINES) * (2 + 2 + len(TRACKS))  # tables, excerpts, whole targets
    assert sorted(found) == sorted(expected)
    assert [place for place in found if found[place] != expected[place]] == []
