"""Audio in pieces is what the same audio is as an array, and only what is asked for is read."""

import numpy as np
import pytest

from singmap.files.audio_pieces import AudioStretch, StackedAudio, StoredAudio, WavAudio, read_stacked
from singmap.files.wav import write_wav
from singmap.runtime.errors import InputError

PARTS = (slice(0, 7), slice(93, 200), slice(40, None), slice(5, 5), slice(90, 10))


def noise(seed, n_samples=100):
    return np.random.default_rng(seed).standard_normal((2, n_samples)).astype(np.float32)


def written(folder, name, audio):
    write_wav(folder / f"{name}.wav", audio)
    return WavAudio(folder / f"{name}.wav")


def stored(audio):
    place = StoredAudio(audio.shape)
    for first in range(0, audio.shape[1], 30):
        place[..., first : first + 30] = audio[:, first : first + 30]
    return place


@pytest.mark.parametrize("part", PARTS)
def test_pieces_are_those_of_arrays(tmp_path, part):
    whole, own = noise(0), noise(1)
    for found, expected in (
        (written(tmp_path, "whole", whole), whole),
        (stored(own), own),
        (WavAudio(tmp_path / "whole.wav") - stored(own), whole - own),
        (WavAudio(tmp_path / "whole.wav") - own, whole - own),
        (AudioStretch(written(tmp_path, "longer", noise(2, 150)), 30, 100), noise(2, 150)[:, 30:130]),
        (AudioStretch(written(tmp_path, "half", noise(3, 150)), 50, 999), noise(3, 150)[:, 50:]),
    ):
        assert found.shape == (2, 100)
        np.testing.assert_array_equal(found[..., part], expected[..., part])
        np.testing.assert_array_equal(found[:1, part], expected[:1, part])
        np.testing.assert_array_equal(np.asarray(found), expected)


@pytest.mark.parametrize("part", PARTS)
def test_stacked_signals_have_museval_s_layout(tmp_path, part):
    signals = [noise(0), noise(1)]
    expected = np.stack([signal.T for signal in signals])
    stacked = StackedAudio([written(tmp_path, "one", signals[0]), signals[1]])
    assert (stacked.shape, len(stacked)) == (expected.shape, 2)
    np.testing.assert_array_equal(stacked[:, part], expected[:, part])
    np.testing.assert_array_equal(stacked[1, part], expected[1, part])
    np.testing.assert_array_equal(np.asarray(stacked), expected)
    for found, signal in zip(stacked, expected, strict=True):
        assert len(found) == 100
        np.testing.assert_array_equal(found[part], signal[part])


def test_what_was_not_written_is_silent():
    place = StoredAudio((2, 50))
    place[:, 10:20] = np.ones((2, 10), np.float32)
    assert np.asarray(place).sum(axis=1).tolist() == [10, 10]
    assert np.asarray(place)[:, 10:20].all()


def test_no_more_is_read_than_is_asked_for(tmp_path):
    """A sample that is not finite is an error where it is read."""
    audio, path = noise(0), tmp_path / "a.wav"
    write_wav(path, audio)
    content = bytearray(path.read_bytes())
    content[-8:] = np.float32([np.nan, 0]).tobytes()
    path.write_bytes(content)
    found = WavAudio(path)
    np.testing.assert_array_equal(found[:, :99], audio[:, :99])
    with pytest.raises(InputError, match=r"a\.wav: expected finite samples"):
        found[:, 90:]


def test_files_that_differ_in_length_are_refused(tmp_path):
    for name, n_samples in (("a", 10), ("b", 11)):
        write_wav(tmp_path / f"{name}.wav", noise(0, n_samples))
    assert read_stacked(tmp_path, ["a"], 10).shape == (1, 10, 2)
    with pytest.raises(InputError, match="one length"):
        read_stacked(tmp_path, ["a", "b"])
    with pytest.raises(InputError, match="11 samples"):
        read_stacked(tmp_path, ["a", "b"], 11)


def test_targets_are_stacked_and_of_one_length(tmp_path):
    write_wav(tmp_path / "a.wav", np.zeros((2, 10)))
    write_wav(tmp_path / "b.wav", np.ones((2, 10)))
    assert np.asarray(read_stacked(tmp_path, ["b", "a"])).shape == (2, 10, 2)
    assert np.asarray(read_stacked(tmp_path, ["b", "a"]))[0].min() == 1
    write_wav(tmp_path / "a.wav", np.zeros((2, 11)))
    with pytest.raises(InputError, match="one length"):
        np.asarray(read_stacked(tmp_path, ["b", "a"]))
