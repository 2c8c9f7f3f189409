"""What is found, and what is refused, in copies of the data sets."""

import shutil
import subprocess

import ffmpeg
import numpy as np
import pytest
import soundfile
import stempeg
from musdb import DB

from singmap.data.sources import fetch, read_dataset
from singmap.data.tracks import Stem
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import (
    RATE_HZ,
    tone,
    voice_and_band,
    write_folder,
    write_musdb_wav,
    write_stems,
)

TRACK = "test/Else - Where"


@pytest.fixture
def hq(tmp_path):
    """A small copy in the layout of MUSDB18-HQ."""
    return write_musdb_wav(tmp_path)


def write_stem_file(path, n_streams=5, rate_hz=44100, n_channels=2, each_longer_s=0.0):
    """Encode tones as the streams of a stem file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs, maps = [], []
    for stream in range(n_streams):
        tone = f"sine={200 * (stream + 1)}:sample_rate={rate_hz}:duration={0.5 + stream * each_longer_s}"
        inputs += ["-f", "lavfi", "-i", tone]
        maps += ["-map", str(stream)]
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        *inputs,
        *maps,
        "-ac",
        str(n_channels),
        "-c:a",
        "aac",
        str(path),
    ]
    subprocess.run(command, check=True)
    return path


class TestWavLayout:
    """MUSDB18-HQ."""

    def test_split_is_musdbs(self, hq):
        tracks = read_dataset("musdb18-hq", hq, {}).tracks
        assert [(track.subset, track.name) for track in tracks] == [
            ("train", "Somebody - Something"),
            ("valid", "Triviul - Angelsaint"),
            ("test", "Else - Where"),
        ]
        assert tracks[2].stems["vocals"] == Stem("test/Else - Where/vocals.wav")
        assert (tracks[2].n_samples, tracks[2].sample_rate_hz) == (22050, 44100)

    @pytest.mark.parametrize("stem", ["mixture", "bass"])
    def test_missing_stem(self, hq, stem):
        (hq / TRACK / f"{stem}.wav").unlink()
        with pytest.raises(
            InputError, match=f"Else - Where: expected a WAV file for every stem, found no {stem}"
        ):
            read_dataset("musdb18-hq", hq, {})

    @pytest.mark.parametrize(
        ("audio", "rate_hz", "message"),
        [
            (tone(100, 22050, n_channels=1), RATE_HZ, "2 channels, found 1"),
            (tone(100, 22050), 48000, "22050 samples at 44100 Hz as in mixture.wav, found 22050 at 48000 Hz"),
            (tone(100, 20000), RATE_HZ, "found 20000 at 44100 Hz; make the stems of a track equally long"),
            (tone(100, 0), RATE_HZ, "no samples"),
        ],
    )
    def test_odd_stem(self, hq, audio, rate_hz, message):
        soundfile.write(hq / TRACK / "bass.wav", audio, rate_hz)
        with pytest.raises(InputError, match=f"bass.wav: .*{message}"):
            read_dataset("musdb18-hq", hq, {})

    def test_whole_track_at_another_rate(self, hq):
        for path in (hq / TRACK).glob("*.wav"):
            soundfile.write(path, tone(100, 22050), 48000)
        with pytest.raises(InputError, match=r"44100 Hz, found 48000 Hz; use dataset\.name: folder"):
            read_dataset("musdb18-hq", hq, {})

    @pytest.mark.parametrize("stem", ["mixture", "drums"])
    def test_corrupt_file_is_named(self, hq, stem):
        path = hq / TRACK / f"{stem}.wav"
        path.write_bytes(b"RIFF but no audio" * 50)
        with pytest.raises(InputError, match=rf"{stem}\.wav: expected an audio file, found damaged data"):
            read_dataset("musdb18-hq", hq, {})

    def test_a_file_that_only_musdb_refuses_is_at_least_said_to_be_one(self, hq, monkeypatch):
        def refuse(*arguments, **keywords):
            raise ffmpeg.Error("ffprobe", b"", b"refused")

        monkeypatch.setattr("singmap.data.layouts.musdb.DB", refuse)
        with pytest.raises(InputError, match="expected readable audio files, found one that ffprobe refuses"):
            read_dataset("musdb18-hq", hq, {})

    def test_mixture_without_samples(self, hq):
        soundfile.write(hq / TRACK / "mixture.wav", np.zeros((0, 2)), RATE_HZ)
        with pytest.raises(InputError, match=r"mixture\.wav: expected audio, found no samples"):
            read_dataset("musdb18-hq", hq, {})

    def test_empty_subset(self, hq):
        shutil.rmtree(hq / "train/Triviul - Angelsaint")
        with pytest.raises(
            InputError, match="at least one track of subset valid in the layout of musdb18-hq"
        ):
            read_dataset("musdb18-hq", hq, {})


class TestStemFiles:
    """MUSDB18 and its preview."""

    @pytest.fixture
    def copy(self, tmp_path):
        """Three tracks, all of them stempeg's example."""
        for name in ("train/One", "train/Triviul - Angelsaint", TRACK):
            path = tmp_path / f"{name}.stem.mp4"
            path.parent.mkdir(exist_ok=True)
            shutil.copyfile(stempeg.example_stem_path(), path)
        return tmp_path

    def test_streams_are_musdbs(self, copy):
        track = read_dataset("musdb18", copy, {}).tracks[2]
        assert track.n_samples == 268288
        streams = {name: stem.stream for name, stem in track.stems.items()}
        assert streams == {"mixture": 0, "drums": 1, "bass": 2, "other": 3, "vocals": 4}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"n_streams": 4}, "5 audio streams .*, found 4"),
            ({"n_channels": 1}, "2 channels, found 1"),
            ({"rate_hz": 48000}, "44100 Hz, found 48000 Hz"),
            ({"each_longer_s": 0.1}, "streams of equal length"),
        ],
    )
    def test_odd_file(self, copy, options, message):
        write_stem_file(copy / f"{TRACK}.stem.mp4", **options)
        with pytest.raises(InputError, match=rf"Else - Where\.stem\.mp4.*{message}"):
            read_dataset("musdb18", copy, {})

    @pytest.mark.parametrize("content", [b"", b"no container" * 1000])
    def test_corrupt_file_is_named(self, copy, content):
        (copy / f"{TRACK}.stem.mp4").write_bytes(content)
        with pytest.raises(InputError, match=r"Else - Where\.stem\.mp4: expected an audio file"):
            read_dataset("musdb18", copy, {})

    @pytest.mark.shared
    def test_preview_has_the_official_split(self, shared, tmp_path):
        url = f"file://{shared}/data/MUSDB18-7-STEMS.zip"
        manifest = fetch("musdb18-7s", tmp_path, None, url, None, None)
        for subset, options in (
            ("train", {"subsets": "train", "split": "train"}),
            ("valid", {"subsets": "train", "split": "valid"}),
            ("test", {"subsets": "test"}),
        ):
            found = [track.name for track in manifest.tracks if track.subset == subset]
            assert found == [track.name for track in DB(str(manifest.root), **options)]
        assert len(manifest.tracks) == 119


class TestFolder:
    """Multitracks of one's own."""

    def test_what_is_accepted(self, tmp_path):
        root = write_folder(tmp_path)
        write_stems(root / "test/Others", {"vocals": tone(440, 9), "others": tone(110, 9)}, suffix="flac")
        stems = {name: tone(100, 9, n_channels=1) for name in ("mixture", "vocals", "drums", "guitar")}
        write_stems(root / "test/More", stems, rate_hz=22050)
        tracks = {track.name: track for track in read_dataset("folder", root, {}).tracks}
        assert sorted(tracks) == ["A", "B", "C", "More", "Others"]
        assert tracks["Others"].stems["accompaniment"] == Stem("test/Others/others.flac")
        assert tracks["More"].sources() == ["drums", "guitar", "vocals"]
        assert tracks["More"].sample_rate_hz == 22050

    @pytest.mark.parametrize(
        ("stems", "message"),
        [
            ({"vocals": tone(1, 9)}, r"the voice and its accompaniment.*\['vocals'\]"),
            ({}, "found none"),
            (voice_and_band(9) | {"others": tone(1, 9)}, "one file for each stem"),
            (voice_and_band(9) | {"drums": tone(1, 9)}, "either accompaniment or single stems"),
            (voice_and_band(9) | {"mixture": tone(1, 8)}, "equally long"),
            (voice_and_band(9) | {"mixture": np.ones((9, 3))}, "mono or stereo, found 3 channels"),
        ],
    )
    def test_what_is_refused(self, tmp_path, stems, message):
        root = write_folder(tmp_path)
        write_stems(root / "test/Odd", stems)
        with pytest.raises(InputError, match=message):
            read_dataset("folder", root, {})
