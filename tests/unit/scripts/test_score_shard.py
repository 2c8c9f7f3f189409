"""Shares of the test tracks: together they are what one job would have scored, each track once."""

from tests.helpers.scored_tracks import ORACLES, score
from tests.unit.scripts.conftest import SCORING
from workflow.scripts import score_shard


def test_the_shares_leave_nothing_to_the_job_that_gathers_them(scored, tmp_path, separations):
    audio = {"index": scored / "audio/test/index.csv", "tracks": scored / "audio/test/tracks"}
    whole = score(audio, "irm", SCORING, tmp_path / "whole")
    separations.clear()
    for shard in (1, 0):
        score_shard.main(
            **audio, weights=[], provenance=[], gains=[], system="irm", separator=f"{ORACLES}.irm",
            shard=shard, shards=2, done=tmp_path / f"done{shard}", settings=SCORING, audio_subtype="FLOAT",
            code={}, kept=tmp_path / "kept/irm", gpu_slots=0,
        )  # fmt: skip
        assert (tmp_path / f"done{shard}").exists()
    assert separations == ["two", "one"]
    gathered = score(audio, "irm", SCORING, tmp_path)
    assert separations == ["two", "one"], "the tracks were separated again"
    assert {name: path.read_bytes() for name, path in gathered.items()} == {
        name: path.read_bytes() for name, path in whole.items()
    }
