"""Stem files: musdb's numbers by one ffmpeg process, damaged ones named, names that reach no shell."""

import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import stempeg
from musdb import DB

from singmap.data.decoding import decode_track
from singmap.data.sources import read_dataset
from singmap.data.stem_files import decode_stem_file, is_stem_file
from singmap.data.tracks import Stem
from singmap.runtime.errors import InputError
from tests.helpers.decoded_tracks import STREAMS, TOP, read_decoded, stem_track


class TestStemFile:
    """stem.mp4, decoded, mixed and written by one ffmpeg process."""

    @pytest.mark.parametrize("target", ["vocals", "drums"])
    def test_example_equals_stempegs_arrays(self, tmp_path, target):
        expected, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
        decode_track(stem_track(stempeg.example_stem_path()), TOP, target, tmp_path, with_accompaniment=True)
        others = [expected[stream] for name, stream in STREAMS.items() if name not in ("mixture", target)]
        folder = tmp_path / "example"
        assert np.array_equal(read_decoded(folder / "mixture.wav"), expected[STREAMS["mixture"]])
        assert np.array_equal(read_decoded(folder / f"{target}.wav"), expected[STREAMS[target]])
        assert np.array_equal(read_decoded(folder / "accompaniment.wav"), sum(others))

    def test_training_track_is_the_mean_of_stempegs_channels(self, tmp_path):
        expected, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
        decode_track(stem_track(stempeg.example_stem_path()), TOP, "bass", tmp_path, with_accompaniment=False)
        assert sorted(path.name for path in (tmp_path / "example").iterdir()) == ["bass.wav", "mixture.wav"]
        for name in ("mixture", "bass"):
            mean = expected[STREAMS[name]].mean(axis=1, keepdims=True)
            assert np.array_equal(read_decoded(tmp_path / f"example/{name}.wav"), mean)

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
            assert np.array_equal(read_decoded(folder / "mixture.wav"), theirs[track.name].audio)
            for name in ("vocals", "accompaniment"):
                assert np.array_equal(
                    read_decoded(folder / f"{name}.wav"), theirs[track.name].targets[name].audio
                )

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

    def test_a_stream_shorter_than_the_manifest_says_is_an_error(self, tmp_path):
        """What an earlier, longer file at the same place promised."""
        track = replace(stem_track(stempeg.example_stem_path()), n_samples=268289)
        with pytest.raises(InputError, match="expected 268289 samples, as it promises, found 268288"):
            decode_track(track, TOP, "vocals", tmp_path / "out", with_accompaniment=False)
        assert not (tmp_path / "out/example").exists()

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


def test_mixes_are_sums_of_the_listed_streams(tmp_path):
    expected, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
    path = Path(stempeg.example_stem_path())
    decode_stem_file(path, {"band": [1, 2, 3], "voice": [4]}, tmp_path)
    assert np.array_equal(read_decoded(tmp_path / "band.wav"), expected[1] + expected[2] + expected[3])
    assert np.array_equal(read_decoded(tmp_path / "voice.wav"), expected[4])
    assert sorted(file.name for file in tmp_path.iterdir()) == ["band.wav", "voice.wav"]


def test_what_ffmpeg_remarks_without_failing_is_shown(tmp_path, monkeypatch, capsys):
    done = subprocess.CompletedProcess([], 0, stderr=b"a remark\n")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **keywords: done)
    decode_stem_file(tmp_path / "a.stem.mp4", {"voice": [4]}, tmp_path)
    assert capsys.readouterr().out == f"{tmp_path}/a.stem.mp4: a remark\n"


def test_a_track_is_a_stem_file_when_all_its_stems_are_streams_of_one():
    track = stem_track("x.stem.mp4")
    assert is_stem_file(track)
    assert not is_stem_file(replace(track, stems=track.stems | {"vocals": Stem("vocals.wav")}))
