"""Tracks of full length, joined from clips."""

import subprocess

import pytest
import stempeg

from tools.long_tracks import join


@pytest.mark.parametrize("name", ["plain", "it's"])
def test_joined_clips_last_as_long_as_all_of_them(tmp_path, name):
    clip = tmp_path / f"{name}.stem.mp4"
    clip.symlink_to(stempeg.example_stem_path())
    join([clip, clip, clip], tmp_path / "joined" / "track.stem.mp4")
    samples = [stempeg.Info(str(path)).samples(4) for path in (clip, tmp_path / "joined/track.stem.mp4")]
    assert samples[1] == pytest.approx(3 * samples[0], abs=3 * 2048)  # AAC's frames are 1024 samples
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", tmp_path / "joined/track.stem.mp4", "-f", "null", "-"],
        capture_output=True,
    )
    assert (decoded.returncode, decoded.stderr) == (0, b"")
