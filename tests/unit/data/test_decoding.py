"""Decoding: musdb's numbers, blocks without seams, other formats, bad audio."""

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
import stempeg
from musdb import DB

from singmap.data import audio_files
from singmap.data.audio_files import stem_blocks
from singmap.data.decoding import decode_track, decoded_bytes
from singmap.data.sources import read_dataset
from singmap.data.tracks import Stem, Track
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import RATE_HZ, tone, voice_and_band, write_stems

TOP = Path("/")
STREAMS = {"mixture": 0, "drums": 1, "bass": 2, "other": 3, "vocals": 4}


def stem_track(path: str | Path) -> Track:
    """Describe a stem file as a track below TOP."""
    stems = {name: Stem(str(path).lstrip("/"), stream) for name, stream in STREAMS.items()}
    return Track("example", "Example", "test", 268288, 44100, stems)


def folder_track(root: Path, stems: dict[str, np.ndarray], rate_hz=RATE_HZ, suffix="wav") -> Track:
    """Write stems and describe them as a track below `root`."""
    write_stems(root / "track", stems, rate_hz, suffix)
    described = {name: Stem(f"track/{name}.{suffix}") for name in stems}
    return Track("track", "A track", "test", len(next(iter(stems.values()))), rate_hz, described)


def joined(track: Track, root: Path) -> dict[str, np.ndarray]:
    """All blocks of all stems of a track put together."""
    blocks = list(stem_blocks(track.stems, root))
    return {name: np.concatenate([block[name] for block in blocks]) for name in track.stems}


def read(path: Path) -> np.ndarray:
    """Read a decoded file, (n_samples, n_channels)."""
    found, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate_hz == 44100
    assert soundfile.info(path).subtype == "FLOAT"
    return found


class TestStemFile:
    """stem.mp4, decoded, mixed and written by one ffmpeg process."""

    @pytest.mark.parametrize("target", ["vocals", "drums"])
    def test_example_equals_stempegs_arrays(self, tmp_path, target):
        expected, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
        decode_track(stem_track(stempeg.example_stem_path()), TOP, target, tmp_path, with_accompaniment=True)
        others = [expected[stream] for name, stream in STREAMS.items() if name not in ("mixture", target)]
        folder = tmp_path / "example"
        assert np.array_equal(read(folder / "mixture.wav"), expected[STREAMS["mixture"]])
        assert np.array_equal(read(folder / f"{target}.wav"), expected[STREAMS[target]])
        assert np.array_equal(read(folder / "accompaniment.wav"), sum(others))

    def test_training_track_is_the_mean_of_stempegs_channels(self, tmp_path):
        expected, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
        decode_track(stem_track(stempeg.example_stem_path()), TOP, "bass", tmp_path, with_accompaniment=False)
        assert sorted(path.name for path in (tmp_path / "example").iterdir()) == ["bass.wav", "mixture.wav"]
        for name in ("mixture", "bass"):
            mean = expected[STREAMS[name]].mean(axis=1, keepdims=True)
            assert np.array_equal(read(tmp_path / f"example/{name}.wav"), mean)

    @pytest.mark.shared
    def test_real_clips_equal_musdbs_arrays(self, shared, tmp_path):
        with zipfile.ZipFile(shared / "data/MUSDB18-7-STEMS.zip") as opened:
            names = opened.namelist()
            opened.extractall(tmp_path, [*names[:3], names[40], *(n for n in names if "Angelsaint" in n)])
        tracks = read_dataset("musdb18-7s", tmp_path, {}).tracks
        theirs = {track.name: track for track in DB(str(tmp_path))}
        assert len(tracks) == 5
        for track in tracks:
            decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment=True)
            folder = tmp_path / "out" / track.track_id
            assert np.array_equal(read(folder / "mixture.wav"), theirs[track.name].audio)
            for name in ("vocals", "accompaniment"):
                assert np.array_equal(read(folder / f"{name}.wav"), theirs[track.name].targets[name].audio)

    def test_damaged_middle_is_an_error(self, tmp_path):
        content = bytearray(Path(stempeg.example_stem_path()).read_bytes())
        content[300_000:400_000] = bytes(100_000)
        path = tmp_path / "damaged.stem.mp4"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"damaged\.stem\.mp4: expected audio that ffmpeg can decode"):
            decode_track(stem_track(path), TOP, "vocals", tmp_path / "out", with_accompaniment=True)
        assert not (tmp_path / "out" / "example").exists()

    def test_cut_file_is_an_error(self, tmp_path):
        path = tmp_path / "cut.stem.mp4"
        path.write_bytes(Path(stempeg.example_stem_path()).read_bytes()[:500_000])
        with pytest.raises(InputError, match=r"cut\.stem\.mp4"):
            decode_track(stem_track(path), TOP, "vocals", tmp_path / "out", with_accompaniment=True)

    def test_a_full_disk_is_named(self, tmp_path):
        place = tmp_path / "full"
        place.mkdir()
        options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"]
        if subprocess.run(["mount", *options, place], capture_output=True).returncode:
            pytest.skip("mounting a small file system needs root")
        try:
            with pytest.raises(InputError, match=r"\.part-example: expected room on the disk"):
                decode_track(stem_track(stempeg.example_stem_path()), TOP, "vocals", place, True)
            assert not (place / "example").exists()
        finally:
            subprocess.run(["umount", place], check=True)

    def test_streams_that_end_early_are_an_error(self, tmp_path):
        path = tmp_path / "uneven.stem.mp4"
        tones = [part for stream in range(5) for part in ("-f", "lavfi", "-i", f"sine=440:d={1 + stream}")]
        maps = [part for stream in range(5) for part in ("-map", str(stream))]
        subprocess.run(["ffmpeg", "-v", "error", *tones, *maps, "-ac", "2", path], check=True)
        with pytest.raises(InputError, match="track 'Example': expected streams of equal length"):
            decode_track(stem_track(path), TOP, "vocals", tmp_path / "out", with_accompaniment=False)
        assert not (tmp_path / "out/example").exists()

    @pytest.mark.parametrize(
        "name", ["$(touch pwned)", 'it\'s "quoted"', "line\nbreak", "-y", "Größe 東京", "a:b"]
    )
    def test_names_reach_no_shell(self, tmp_path, name):
        path = tmp_path / f"{name}.stem.mp4"
        path.symlink_to(stempeg.example_stem_path())
        track = replace(
            stem_track(path),
            stems={stem: Stem(path.name, stream) for stem, stream in STREAMS.items()},
        )
        decode_track(track, tmp_path, "vocals", tmp_path / name, with_accompaniment=True)
        assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([path.name, name])
        assert len(list((tmp_path / name / "example").iterdir())) == 3


class TestFiles:
    """WAV, FLAC and the like."""

    @pytest.mark.parametrize(
        "n_samples",
        [1, audio_files.BLOCK_SAMPLES - 1, audio_files.BLOCK_SAMPLES, audio_files.BLOCK_SAMPLES + 1],
    )
    def test_blocks_join_without_seams(self, tmp_path, n_samples):
        stems = voice_and_band(n_samples)
        found = joined(folder_track(tmp_path, stems), tmp_path)
        for name, expected in stems.items():
            assert np.array_equal(found[name], expected.astype(np.float32))

    def test_other_rate_is_resampled_in_blocks_as_in_one_piece(self, tmp_path):
        stems = voice_and_band(3 * audio_files.BLOCK_SAMPLES // 2, rate_hz=48000)
        found = joined(folder_track(tmp_path, stems, rate_hz=48000), tmp_path)
        expected = soxr.resample(stems["vocals"].astype(np.float32), 48000, 44100, quality="VHQ")
        assert np.abs(found["vocals"] - expected).max() < 1e-6
        heard = tone(440, len(expected))
        assert np.abs(found["vocals"] - heard)[2000:-2000].max() < 1e-4, "a 440 Hz tone stays one"

    def test_mono_goes_to_both_channels(self, tmp_path):
        stems = voice_and_band(1000, n_channels=1)
        found = joined(folder_track(tmp_path, stems), tmp_path)["vocals"]
        assert found.shape == (1000, 2)
        assert np.array_equal(found[:, 0], found[:, 1])

    def test_flac(self, tmp_path):
        stems = voice_and_band(5000)
        found = joined(folder_track(tmp_path, stems, suffix="flac"), tmp_path)
        assert np.abs(found["vocals"] - stems["vocals"]).max() < 1 / 32768

    def test_lengths_that_differ_despite_the_headers(self, tmp_path):
        track = folder_track(tmp_path, voice_and_band(1000))
        soundfile.write(tmp_path / "track/vocals.wav", tone(1, 999), RATE_HZ)
        with pytest.raises(InputError, match="stems of equal length"):
            joined(track, tmp_path)


class TestTrack:
    """What is written for a track."""

    def test_test_track_is_stereo_with_accompaniment(self, tmp_path):
        stems = {name: tone(100 * k, 3000) for k, name in enumerate(("vocals", "drums", "bass"), start=1)}
        track = folder_track(tmp_path, {"mixture": tone(700, 3000), **stems})
        row = decode_track(track, tmp_path, "drums", tmp_path / "out", with_accompaniment=True)
        folder = tmp_path / "out/track"
        assert sorted(path.name for path in folder.iterdir()) == [
            "accompaniment.wav",
            "drums.wav",
            "mixture.wav",
        ]
        assert np.allclose(read(folder / "accompaniment.wav"), stems["vocals"] + stems["bass"], atol=1e-7)
        assert np.allclose(read(folder / "mixture.wav"), tone(700, 3000), atol=1e-7)
        assert (row.n_samples, row.target_is_silent) == (3000, False)

    def test_training_track_is_the_mean_of_the_channels(self, tmp_path):
        stems = voice_and_band(3000)
        decode_track(
            folder_track(tmp_path, stems), tmp_path, "vocals", tmp_path / "out", with_accompaniment=False
        )
        folder = tmp_path / "out/track"
        assert sorted(path.name for path in folder.iterdir()) == ["mixture.wav", "vocals.wav"]
        assert np.allclose(
            read(folder / "vocals.wav"), stems["vocals"].mean(axis=1, keepdims=True), atol=1e-7
        )
        total = sum(stems.values()).mean(axis=1, keepdims=True)
        assert np.allclose(read(folder / "mixture.wav"), total, atol=1e-7), "a missing mixture is the sum"

    def test_silent_target_is_kept_and_marked(self, tmp_path):
        stems = voice_and_band(100) | {"vocals": np.zeros((100, 2))}
        row = decode_track(folder_track(tmp_path, stems), tmp_path, "vocals", tmp_path / "out", True)
        assert row.target_is_silent
        assert not read(tmp_path / "out/track/vocals.wav").any()

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_bad_samples_leave_nothing(self, tmp_path, bad):
        stems = voice_and_band(audio_files.BLOCK_SAMPLES + 100)
        stems["accompaniment"][-1, 1] = bad
        track = folder_track(tmp_path, stems)
        with pytest.raises(
            InputError, match=r"accompaniment\.wav: expected finite samples, found NaN or infinity"
        ):
            decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment=True)
        assert not (tmp_path / "out/track").exists()

    def test_target_that_is_not_there(self, tmp_path):
        with pytest.raises(
            InputError, match=r"a stem named drums, found accompaniment, vocals; change dataset\.target"
        ):
            decode_track(
                folder_track(tmp_path, voice_and_band(10)), tmp_path, "drums", tmp_path / "out", True
            )

    def test_leftovers_of_a_killed_run_vanish(self, tmp_path):
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
    def test_size_estimate(self, tmp_path, with_accompaniment):
        track = folder_track(tmp_path, voice_and_band(48000, rate_hz=48000), rate_hz=48000)
        decode_track(track, tmp_path, "vocals", tmp_path / "out", with_accompaniment)
        written = sum(path.stat().st_size for path in (tmp_path / "out/track").iterdir())
        assert abs(written - decoded_bytes(track, with_accompaniment)) < 1000


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
from tests.unit.data.test_decoding import TOP, stem_track
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
