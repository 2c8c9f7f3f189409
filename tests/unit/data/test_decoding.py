"""What is written for a track, what is refused, and how much memory it takes."""

import subprocess
import sys

import numpy as np
import pytest
import stempeg

from singmap.data import audio_files
from singmap.data.decoding import decode_track, decoded_bytes
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import tone, voice_and_band
from tests.helpers.decoded_tracks import folder_track, read_decoded


def test_test_track_is_stereo_with_accompaniment(tmp_path):
    stems = {name: tone(100 * k, 3000) for k, name in enumerate(("vocals", "drums", "bass"), start=1)}
    track = folder_track(tmp_path, {"mixture": tone(700, 3000), **stems})
    row = decode_track(track, tmp_path, "drums", tmp_path / "out", with_accompaniment=True)
    folder = tmp_path / "out/track"
    assert sorted(path.name for path in folder.iterdir()) == [
        "accompaniment.wav",
        "drums.wav",
        "mixture.wav",
    ]
    assert np.allclose(read_decoded(folder / "accompaniment.wav"), stems["vocals"] + stems["bass"], atol=1e-7)
    assert np.allclose(read_decoded(folder / "mixture.wav"), tone(700, 3000), atol=1e-7)
    assert (row.n_samples, row.target_is_silent) == (3000, False)


def test_training_track_is_the_mean_of_the_channels(tmp_path):
    stems = voice_and_band(3000)
    decode_track(
        folder_track(tmp_path, stems), tmp_path, "vocals", tmp_path / "out", with_accompaniment=False
    )
    folder = tmp_path / "out/track"
    assert sorted(path.name for path in folder.iterdir()) == ["mixture.wav", "vocals.wav"]
    assert np.allclose(
        read_decoded(folder / "vocals.wav"), stems["vocals"].mean(axis=1, keepdims=True), atol=1e-7
    )
    total = sum(stems.values()).mean(axis=1, keepdims=True)
    assert np.allclose(read_decoded(folder / "mixture.wav"), total, atol=1e-7), "a missing mixture is the sum"


def test_silent_target_is_kept_and_marked(tmp_path):
    stems = voice_and_band(100) | {"vocals": np.zeros((100, 2))}
    row = decode_track(folder_track(tmp_path, stems), tmp_path, "vocals", tmp_path / "out", True)
    assert row.target_is_silent
    assert not read_decoded(tmp_path / "out/track/vocals.wav").any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_samples_leave_nothing(tmp_path, bad):
    stems = voice_and_band(audio_files.BLOCK_SAMPLES + 100)
    stems["accompaniment"][-1, 1] = bad
    track = folder_track(tmp_path, stems)
    with pytest.raises(
        InputError, match=r"accompaniment\.wav: expected finite samples, found NaN or infinity"
    ):
        decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment=True)
    assert not (tmp_path / "out/track").exists()


def test_target_that_is_not_there(tmp_path):
    with pytest.raises(
        InputError, match=r"a stem named drums, found accompaniment, vocals; change dataset\.target"
    ):
        decode_track(folder_track(tmp_path, voice_and_band(10)), tmp_path, "drums", tmp_path / "out", True)


def test_leftovers_of_a_killed_run_vanish(tmp_path):
    track = folder_track(tmp_path, voice_and_band(10))
    for leftover in ("out/.part-track/drums.wav", "out/track/drums.wav"):
        (tmp_path / leftover).parent.mkdir(parents=True)
        (tmp_path / leftover).write_text("half")
    decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment=False)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == [
        "mixture.wav",
        "track",
        "vocals.wav",
    ]


@pytest.mark.parametrize("with_accompaniment", [True, False])
def test_size_estimate(tmp_path, with_accompaniment):
    track = folder_track(tmp_path, voice_and_band(48000, rate_hz=48000), rate_hz=48000)
    decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment)
    written = sum(path.stat().st_size for path in (tmp_path / "out/track").iterdir())
    assert abs(written - decoded_bytes(track, with_accompaniment)) < 1000


def test_a_track_without_a_sample_leaves_nothing(tmp_path):
    track = folder_track(tmp_path, voice_and_band(0))
    with pytest.raises(InputError, match="track 'A track': expected audio, found no samples"):
        decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment=True)
    assert not (tmp_path / "out/track").exists()


@pytest.mark.long
def test_memory_does_not_grow_with_the_track(tmp_path):
    """A stem file of 10 minutes through a process of its own: its peak stays far below the audio's 1 GB.

    The peak is read from /proc: getrusage would count the test's own process, which was forked. ffmpeg's peak
    is at most what getrusage tells of it, which counts the forked process too.
    """
    path = tmp_path / "long.stem.mp4"
    command = ["ffmpeg", "-v", "error", "-stream_loop", "98", "-i", stempeg.example_stem_path()]
    subprocess.run([*command, "-map", "0:a", "-c", "copy", path], check=True)
    code = """
import re, resource, sys
from pathlib import Path
from tests.helpers.decoded_tracks import TOP, stem_track
from singmap.data.decoding import decode_track
row = decode_track(stem_track(sys.argv[1]), TOP, "vocals", Path(sys.argv[2]), with_accompaniment=True)
peak_kb = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
ffmpeg_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(row.n_samples / 44100, max(int(peak_kb), ffmpeg_kb) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, path, tmp_path / "out"], check=True, capture_output=True, text=True
    )
    duration_s, peak_mb = map(float, done.stdout.split())
    assert duration_s > 600
    assert peak_mb < 300
