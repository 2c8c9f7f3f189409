"""What is found, and what is refused, in copies of the data sets."""

import os
import re
import shutil
import subprocess
import unicodedata

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
            (tone(100, 22050), 48000, "44100 Hz as in mixture.wav, found 48000 Hz; resample the stems"),
            (tone(100, 20000), RATE_HZ, "22050 samples as in .*, found 20000; make the stems of a track equ"),
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
            ({"vocals": tone(1, 9)}, r"the target and at least one other stem.*\['vocals'\]"),
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


def junk(root):
    """What file managers and others leave in every kind of copy."""
    (root / "notes.txt").write_text("mine")
    for subset in ("train", "test"):
        for name in (".ipynb_checkpoints", "@eaDir", "lost+found"):
            (root / subset / name).mkdir()
            write_stems(root / subset / name, voice_and_band(100))
        (root / subset / "Thumbs.db").write_bytes(b"x")
        (root / subset / "._x.stem.mp4").write_bytes(APPLE)
        for track in list((root / subset).iterdir()):
            if track.is_dir():
                (track / "._vocals.wav").write_bytes(APPLE)
                (track / "@eaDir").mkdir(exist_ok=True)
                (track / "backup").mkdir()
                write_stems(track / "backup", voice_and_band(100))


APPLE = bytes([0, 5, 22, 7, 0, 2, 0, 0]) + b"Mac OS X        " + bytes(4000)


def small_stem_files(root):
    for name in ("train/One", "train/Triviul - Angelsaint", TRACK):
        shutil.copyfile(stempeg.example_stem_path(), made(root / f"{name}.stem.mp4"))
    nested = made(root / "test/old/U.stem.mp4")
    shutil.copyfile(stempeg.example_stem_path(), nested)
    return root


def made(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize(
    ("name", "make"),
    [("folder", write_folder), ("musdb18-hq", write_musdb_wav), ("musdb18", small_stem_files)],
)
def test_junk_changes_no_layout(tmp_path, name, make):
    root = make(tmp_path)
    before = read_dataset(name, root, {})
    junk(root)
    assert read_dataset(name, root, {}) == before
    assert len(before.tracks) == 3


class TestNames:
    """Names of tracks and stems."""

    @pytest.mark.parametrize("stray", ["linear_mixture", "mix", "MIXDOWN", "Mastered"])
    def test_a_mix_is_no_source(self, tmp_path, capsys, stray):
        root = write_folder(tmp_path)
        write_stems(root / "test/C", {"mixture": tone(1, 22050), stray: tone(1, 22050)})
        track = read_dataset("folder", root, {}).tracks[2]
        assert track.sources() == ["accompaniment", "vocals"]
        assert track.stems["mixture"] == Stem("test/C/mixture.wav")
        told = capsys.readouterr().err
        assert f"test/C: left out '{stray}.wav': a mix is no source; call it mixture if" in told

    def test_the_mixture_and_stems_in_any_case(self, tmp_path, hq):
        root = write_folder(tmp_path / "mine")
        stems = {"Mixture": tone(1, 9), "VOCALS": tone(1, 9), "Others": tone(1, 9)}
        write_stems(root / "test/Cased", stems, suffix="WAV")
        track = next(t for t in read_dataset("folder", root, {}).tracks if t.name == "Cased")
        assert track.stems == {
            "mixture": Stem("test/Cased/Mixture.WAV"),
            "vocals": Stem("test/Cased/VOCALS.WAV"),
            "accompaniment": Stem("test/Cased/Others.WAV"),
        }
        (hq / TRACK / "vocals.wav").rename(hq / TRACK / "Vocals.WAV")
        track = read_dataset("musdb18-hq", hq, {}).tracks[2]
        assert track.stems["vocals"] == Stem(f"{TRACK}/Vocals.WAV")

    def test_two_files_of_one_stem(self, tmp_path):
        root = write_folder(tmp_path)
        write_stems(root / "test/C", {"Vocals": tone(1, 9)})
        with pytest.raises(InputError, match=r"one file for each stem, found Vocals\.wav and vocals\.wav"):
            read_dataset("folder", root, {})

    def test_one_song_in_two_unicode_forms_of_its_name(self, tmp_path):
        root = write_folder(tmp_path)
        for form in ("NFC", "NFD"):
            write_stems(root / "test" / unicodedata.normalize(form, "Größe"), voice_and_band(9))
        with pytest.raises(InputError, match=r"every name once, found 'Gro.*' and 'Gr.*; rename or remove"):
            read_dataset("folder", root, {})

    def test_a_validation_track_in_the_other_form(self, hq):
        names = [unicodedata.normalize(form, "Göteborg") for form in ("NFC", "NFD")]
        (hq / "musdb.yaml").write_text(f"validation_tracks: ['{names[0]}']", encoding="utf-8")
        (hq / "train/Triviul - Angelsaint").rename(hq / "train" / names[1])
        track = read_dataset("musdb18-hq", hq, {}).tracks[1]
        assert (track.subset, track.name) == ("valid", names[0])
        assert track.stems["bass"] == Stem(f"train/{names[1]}/bass.wav"), "the file is called as it is"

    def test_names_that_are_not_utf8(self, tmp_path):
        root = write_folder(tmp_path)
        (root / "test/C").rename(root / "test" / os.fsdecode(b"caf\xe9"))
        (root / "train/A/vocals.wav").rename(root / "train/A" / os.fsdecode(b"voc\xe9.wav"))
        with pytest.raises(InputError) as caught:
            read_dataset("folder", root, {})
        _, *lines = str(caught.value).split("\n")
        for line, name in zip(lines, (r"b'voc\xe9.wav'", r"b'caf\xe9'"), strict=True):
            assert f"expected names in UTF-8, found {name}; rename it" in line

    def test_three_dots_begin_a_title(self, tmp_path):
        root = write_folder(tmp_path, ("A", "B", "...And You Will Know Us"))
        assert read_dataset("folder", root, {}).tracks[2].name == "...And You Will Know Us"


def test_all_that_is_wrong_is_named_at_once(tmp_path):
    root = write_folder(tmp_path)
    (root / "train/A/vocals.wav").unlink()
    (root / "train/A/vocals.m4a").write_bytes(b"x")
    (root / "valid/B/vocals.wav").write_bytes(b"no audio")
    write_stems(root / "test/Long", {"vocals": tone(1, 9), "drums": tone(1, 8)})
    write_stems(root / "test/Rates", {"vocals": tone(1, 9)})
    write_stems(root / "test/Rates", {"drums": tone(1, 9)}, rate_hz=48000)
    write_stems(root / "test/Deep\nsong/Disc 1", voice_and_band(9))
    with pytest.raises(InputError) as caught:
        read_dataset("folder", root, {})
    first, *lines = str(caught.value).split("\n")
    assert first == f"{root}: expected tracks that can be used, found 5 problems:"
    for line, part in zip(
        lines,
        [
            "train/A: expected .*convert vocals.m4a and its like: the endings that work are .*wav",
            "B/vocals.wav: expected an audio file, found damaged data",
            r"Deep\\nsong: expected the target .*too deep, in Disc 1: move that folder to test/",
            "Long/vocals.wav: expected 8 samples as in drums.wav, found 9; make the stems .*equally long",
            "Rates/vocals.wav: expected 48000 Hz as in drums.wav, found 44100 Hz; resample the stems",
        ],
        strict=True,
    ):
        assert re.search(part, line), line


def test_an_ending_that_the_wav_layout_does_not_read(hq):
    (hq / TRACK / "bass.wav").rename(hq / TRACK / "bass.flac")
    with pytest.raises(InputError, match=r"found no bass; convert bass\.flac and its like: .* are \.wav"):
        read_dataset("musdb18-hq", hq, {})


@pytest.mark.parametrize("form", ["WAV", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3"])
def test_stems_cut_alike_are_refused(tmp_path, form):
    """As a copy of a folder that broke off leaves them."""
    root = write_folder(tmp_path)
    suffix = {"RF64": "wav", "AIFF": "aif"}.get(form, form.lower())
    folder = root / "test/Cut"
    folder.mkdir()
    for stem in ("vocals", "accompaniment"):
        noise = np.random.default_rng(0).uniform(-0.1, 0.1, (44100, 2))
        soundfile.write(folder / f"{stem}.{suffix}", noise, RATE_HZ, format=form)
    read_dataset("folder", root, {})
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="Cut/"):
        read_dataset("folder", root, {})


def test_a_stem_file_cut_short_with_its_header_in_front(tmp_path):
    root = small_stem_files(tmp_path)
    path = root / f"{TRACK}.stem.mp4"
    path.write_bytes(path.read_bytes()[:500_000])
    with pytest.raises(InputError, match=r"stem\.mp4: expected a whole file, found one that was cut short"):
        read_dataset("musdb18", root, {})
