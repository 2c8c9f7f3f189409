"""What is written for a track, what is refused, and how much memory it takes."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import stempeg

from singmap.data import audio_files
from singmap.data.decoding import decode_track, decoded_bytes, require_target
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import tone, voice_and_band
from tests.helpers.decoded_tracks import TOP, folder_track, read_decoded, stem_track


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
    stems = voice_and_band(1000) | {"vocals": np.zeros((1000, 2))}
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


def test_all_tracks_without_the_target_are_named(tmp_path):
    tracks = [folder_track(tmp_path, voice_and_band(10)), replace(stem_track("x.stem.mp4"), name="Other")]
    require_target(tracks[1:], "drums")
    message = "'A track' has accompaniment, vocals; change it"
    with pytest.raises(InputError, match=f"dataset.target: expected a stem named drums, found {message}"):
        require_target(tracks, "drums")
    with pytest.raises(InputError, match="found 2 tracks without one:; change it") as caught:
        require_target(tracks, "guitar")
    assert [line.split(" has ")[0] for line in caught.value.problems] == ["'A track'", "'Other'"]


def test_the_row_tells_mixture_and_recording_alike_in_every_subset(tmp_path):
    """The same audio to train and to test on has one digest, whatever its name and format."""
    stems = {"vocals": tone(440, 5000), "drums": tone(100, 5000)}
    rows = []
    for number, suffix in enumerate(("wav", "flac")):
        track = folder_track(tmp_path / suffix, {"mixture": sum(stems.values()), **stems}, suffix=suffix)
        rows.append(decode_track(track, tmp_path / suffix, "vocals", tmp_path / "out", bool(number)))
    assert rows[0].content_sha256 == rows[1].content_sha256
    mono = (stems["vocals"] + stems["drums"]).mean(axis=1).astype("<f4")
    assert rows[0].content_sha256 == hashlib.sha256(mono.tobytes()).hexdigest()
    assert [row.mixture_difference_db for row in rows] == [-200, -200]
    assert [row.remarks for row in rows] == ["", ""]


@pytest.mark.parametrize("with_accompaniment", [True, False])
def test_a_mixture_that_is_not_the_sum_is_remarked(tmp_path, with_accompaniment):
    stems = {"vocals": tone(400, 44100), "drums": tone(100, 44100), "bass": tone(200, 44100)}
    track = folder_track(tmp_path, {**stems, "mixture": stems["vocals"] + stems["drums"]})
    row = decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment)
    assert row.mixture_difference_db == pytest.approx(10 * np.log10(1 / 2), abs=0.01)
    assert row.remarks == "the mixture differs from the sum of the sources by -3.0 dB of its own level"


@pytest.mark.parametrize("with_accompaniment", [True, False])
def test_a_stem_file_whose_mixture_is_another_stream_is_remarked(tmp_path, with_accompaniment):
    track = stem_track(stempeg.example_stem_path())
    swapped = {"mixture": track.stems["drums"], "drums": track.stems["mixture"]}
    right = decode_track(track, TOP, "vocals", tmp_path / "out", with_accompaniment)
    wrong = decode_track(replace(track, stems=track.stems | swapped), TOP, "vocals", tmp_path / "out", True)
    assert right.remarks == ""
    assert right.mixture_difference_db == pytest.approx(-15.4, abs=0.1)
    assert wrong.remarks.startswith("the mixture differs from the sum of the sources by")


def test_impossible_audio_leaves_nothing(tmp_path):
    stems = {name: 32768 * audio for name, audio in voice_and_band(1000).items()}
    with pytest.raises(
        InputError, match="'A track', mixture: expected samples of full scale 1, found samples up"
    ):
        decode_track(folder_track(tmp_path, stems), tmp_path, "vocals", tmp_path / "out", False)
    assert not (tmp_path / "out/track").exists()


def test_leftovers_of_a_killed_run_vanish(tmp_path):
    track = folder_track(tmp_path, voice_and_band(1000))
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
