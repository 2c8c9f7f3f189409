"""Spectra of a subset: those of its mixtures and of its target, in the order of its list."""

import numpy as np
import pytest

from singmap.files.wav import write_wav
from singmap.spectra.cache import SpectraCache
from singmap.spectra.stft import StftSettings, analyse
from tests.helpers import study_tables
from workflow.scripts import compute_spectra

STFT = {"window": "hann", "window_samples": 256, "fft_samples": 256, "hop_samples": 64}


@pytest.fixture
def decoded(tmp_path):
    """A list of two decoded tracks beside their WAV files."""
    lengths = {"b": 2000, "a": 3000}
    index = study_tables.decoded_tracks({"b": "B", "a": "A"}, list(lengths.values()))
    index.assign(subset="train").to_csv(tmp_path / "index.csv", index=False)
    for seed, (track_id, n_samples) in enumerate(lengths.items()):
        audio = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, n_samples)).astype(np.float32)
        for name, signal in zip(("mixture", "drums"), audio, strict=True):
            write_wav(tmp_path / "tracks" / track_id / f"{name}.wav", signal[None])
    return tmp_path


def compute(decoded, target="drums") -> SpectraCache:
    index = decoded / "spectra" / "index.csv"
    settings = {"target": target, "stft": STFT, "dtype": "float32"}
    compute_spectra.main(
        decoded=decoded / "index.csv", tracks=decoded / "tracks", index=index, settings=settings, threads=2
    )
    return SpectraCache(index.parent)


def test_mixture_and_target_of_every_track_follow_each_other(decoded):
    cache = compute(decoded)
    assert cache.tracks["track_id"].tolist() == ["b", "a"]
    stft = StftSettings(**STFT)
    for array, seed_row in zip(cache.load(), (0, 1), strict=True):
        for seed, row in enumerate(cache.tracks.itertuples()):
            n_samples = (2000, 3000)[seed]
            audio = np.random.default_rng(seed).uniform(-0.5, 0.5, (2, n_samples)).astype(np.float32)
            expected = np.abs(analyse(audio[seed_row], stft))
            found = array[row.first_frame : row.first_frame + row.n_frames]
            np.testing.assert_allclose(found, expected, atol=1e-6 * expected.max())


def test_a_target_that_was_not_decoded_is_named(decoded):
    with pytest.raises(FileNotFoundError, match=r"vocals\.wav"):
        compute(decoded, target="vocals")
