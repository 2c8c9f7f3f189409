"""The embedded demo data set."""

import musdb
import numpy as np
import pytest
import soundfile
import stempeg

from singmap.data.decoding import decode_track
from singmap.data.demo import EXCERPT_END, TEST_SAMPLES, write_demo
from singmap.data.layouts import SETUP_FILE
from singmap.data.sources import read_dataset
from singmap.data.tracks import select_tracks

REMIXES = {"train_remixes": 3, "valid_remixes": 2, "seed": 4}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A small demo data set."""
    root = tmp_path_factory.mktemp("demo")
    write_demo(root, **REMIXES)
    return root


@pytest.fixture
def excerpt():
    """The example's stems as musdb would decode them, (5, n_samples, 2)."""
    stems, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
    return stems


def read_back(root, subset, split=None):
    return musdb.DB(str(root), subsets=subset, split=split, is_wav=True, setup_file=SETUP_FILE).tracks


def test_musdb_reads_the_test_tracks_as_the_untouched_excerpt(demo, excerpt):
    tracks = read_back(demo, "test")
    assert len(tracks) == 2
    for number, track in enumerate(tracks):
        start = EXCERPT_END - TEST_SAMPLES * (2 - number)
        stretch = slice(start, start + TEST_SAMPLES)
        assert np.array_equal(track.audio, excerpt[0, stretch])
        assert np.array_equal(track.targets["vocals"].audio, excerpt[4, stretch])
        assert np.array_equal(track.targets["accompaniment"].audio, excerpt[1:4, stretch].sum(axis=0))


def test_decoded_wav_layout_equals_musdbs_arrays(demo, tmp_path):
    tracks = select_tracks(read_dataset("demo", demo, {}).tracks, "test", "all")
    for ours, theirs in zip(tracks, read_back(demo, "test"), strict=True):
        decode_track(ours, demo, "bass", tmp_path, with_accompaniment=True)
        others = sum(theirs.sources[name].audio for name in ("vocals", "drums", "other"))
        for name, expected in {
            "mixture": theirs.audio,
            "bass": theirs.sources["bass"].audio,
            "accompaniment": others,
        }.items():
            found, _ = soundfile.read(tmp_path / ours.track_id / f"{name}.wav", always_2d=True)
            assert np.array_equal(found, expected), name


def test_split_is_read_by_musdb(demo):
    trained, validated = (read_back(demo, "train", split) for split in ("train", "valid"))
    assert [track.name for track in trained] == [f"Falcon 69 - remix {n:03d}" for n in range(3)]
    assert [track.name for track in validated] == [f"Falcon 69 - remix {n:03d}" for n in (3, 4)]


def test_remixes_are_unclipped_sums(demo):
    for track in read_back(demo, "train"):
        assert np.abs(track.audio - track.targets["linear_mixture"].audio).max() < 3 / 32768
        assert np.abs(track.audio).max() < 1


def test_training_never_hears_the_test_part(demo, excerpt, tmp_path, monkeypatch):
    first_test = EXCERPT_END - 2 * TEST_SAMPLES
    excerpt[:, first_test:] = np.random.default_rng(0).uniform(-1, 1, excerpt[:, first_test:].shape)
    monkeypatch.setattr("singmap.data.demo._read_excerpt", lambda: excerpt)
    write_demo(tmp_path, **REMIXES)
    for path in sorted((demo / "train").rglob("*.wav")):
        assert (tmp_path / path.relative_to(demo)).read_bytes() == path.read_bytes()


def test_same_seed_same_bytes(demo, tmp_path):
    write_demo(tmp_path / "again", **REMIXES)
    write_demo(tmp_path / "other", **REMIXES | {"seed": 5})
    path = "train/Falcon 69 - remix 002/vocals.wav"
    assert (tmp_path / "again" / path).read_bytes() == (demo / path).read_bytes()
    assert (tmp_path / "other" / path).read_bytes() != (demo / path).read_bytes()


def test_one_remix_does_not_depend_on_how_many_there_are(demo, tmp_path):
    write_demo(tmp_path, 1, 1, REMIXES["seed"])
    path = "train/Falcon 69 - remix 001/mixture.wav"
    assert (tmp_path / path).read_bytes() == (demo / path).read_bytes()
