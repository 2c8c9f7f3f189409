"""The transform: equality with librosa, perfect reconstruction, scale, and refusal of bad sizes."""

import tracemalloc
import warnings

import librosa
import numpy as np
import pytest
import scipy.signal

from singmap.spectra.settings import StftSettings
from singmap.spectra.stft import OverlapAdd, analyse, spectra_blocks, synthesise

PAPER = StftSettings("hamming", 2049, 4096, 384)
DEMO = StftSettings("hamming", 1024, 1024, 256)
KINDS = [  # windows shorter than the FFT, odd FFTs, the largest allowed hops, hops beyond half an odd FFT
    PAPER,
    DEMO,
    StftSettings("blackman", 500, 513, 100),
    StftSettings("blackman", 1024, 1024, 595),
    StftSettings("hann", 1024, 1024, 702),
    StftSettings("hamming", 512, 513, 370),
]


def for_synthesis(audio, settings):
    """All frames of `spectra_blocks` at once, as one transform of audio that ends with a whole hop."""
    return analyse(np.pad(audio, [(0, 0), (0, -audio.shape[-1] % settings.hop_samples)]), settings)


@pytest.fixture
def noise():
    return np.random.default_rng(1).standard_normal((2, 30011)).astype(np.float32)


@pytest.mark.parametrize("settings", [PAPER, DEMO])
def test_reconstruction_is_better_than_100_db(noise, settings):
    rebuilt = synthesise(spectra_blocks(noise, settings, 20), settings, noise.shape)
    error = np.sum((rebuilt.astype(float) - noise) ** 2)
    assert rebuilt.shape == noise.shape
    assert 10 * np.log10(np.sum(noise.astype(float) ** 2) / error) > 100


@pytest.mark.parametrize("settings", [PAPER, DEMO])
def test_equals_librosa_divided_by_root_of_fft_size(noise, settings):
    window = scipy.signal.get_window("hamming", settings.window_samples)
    expected = librosa.stft(
        noise[0],
        n_fft=settings.fft_samples,
        hop_length=settings.hop_samples,
        win_length=settings.window_samples,
        window=window,
    ) / np.sqrt(settings.fft_samples)
    np.testing.assert_allclose(analyse(noise[0], settings), expected.T, rtol=0, atol=2e-6)


@pytest.mark.parametrize("settings", KINDS, ids=str)
@pytest.mark.parametrize("n_samples", [1, 300, 5000, 30011])
@pytest.mark.parametrize("block_frames", [1, 7, 33, 10000])
def test_transform_and_inverse_are_librosa_s_to_the_bit(noise, settings, n_samples, block_frames):
    """Also for audio shorter than a frame, and spectra that were changed; whatever the blocks."""
    audio = noise[:, :n_samples]
    options = {
        "n_fft": settings.fft_samples,
        "hop_length": settings.hop_samples,
        "win_length": settings.window_samples,
        "window": settings.scaled_window(),
    }
    with warnings.catch_warnings(action="ignore"):  # librosa's, of short audio
        expected = librosa.stft(audio, pad_mode="constant", **options)
    np.testing.assert_array_equal(analyse(audio, settings), np.swapaxes(expected, -1, -2))
    gains = np.random.default_rng(3).uniform(0, 1, settings.n_bins).astype(np.float32)
    changed = for_synthesis(audio, settings) * gains
    with warnings.catch_warnings(action="ignore"):
        expected = librosa.istft(np.swapaxes(changed, -1, -2), length=n_samples, **options)
    blocks = [block * gains for block in spectra_blocks(audio, settings, block_frames)]
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), changed)
    np.testing.assert_array_equal(synthesise(iter(blocks), settings, audio.shape), expected)


def test_one_frame_equals_the_definition():
    """The DFT of one windowed, zero-padded frame, straight from its defining sum."""
    settings = StftSettings("hamming", 9, 16, 4)
    audio = np.random.default_rng(2).standard_normal(64)
    frame = 6  # centred on sample 24: the window covers samples 20 to 28, 3 zeros before it in the FFT
    padded = np.zeros(16)
    padded[3:12] = audio[frame * 4 - 5 : frame * 4 + 4] * settings.scaled_window()
    samples, bins = np.arange(16), np.arange(9)
    expected = np.exp(-2j * np.pi * np.outer(bins, samples) / 16) @ padded
    np.testing.assert_allclose(analyse(audio, settings)[frame], expected, atol=1e-6)


def test_full_scale_sine_has_the_documented_magnitude():
    """A sine of amplitude 1 on a bin peaks at sum(window) / (2 sqrt(FFT size))."""
    seconds = np.arange(44100) / 44100
    sine = np.sin(2 * np.pi * PAPER.frequencies_hz()[100] * seconds)
    peak = np.abs(analyse(sine, PAPER))[40].max()
    assert peak == pytest.approx(scipy.signal.get_window("hamming", 2049).sum() / 2 / 64, rel=1e-4)


def test_frame_count_and_frequencies(noise):
    assert analyse(noise, PAPER).shape == (2, PAPER.n_frames(noise.shape[-1]), 2049)
    assert PAPER.frequencies_hz()[-1] == 22050


@pytest.mark.parametrize("settings", [PAPER, DEMO])
@pytest.mark.parametrize("n_samples", [30720, 30721, 30011])
def test_spectra_for_synthesis_only_add_the_frame_at_the_end(settings, n_samples):
    audio = np.random.default_rng(3).standard_normal((1, n_samples)).astype(np.float32)
    frames, (more,) = analyse(audio, settings), spectra_blocks(audio, settings, 10000)
    assert more.shape[1] == frames.shape[1] + (n_samples % settings.hop_samples > 0)
    np.testing.assert_array_equal(more[:, : frames.shape[1]], frames)


def test_blocks_hold_so_many_frames_and_the_last_what_is_left(noise):
    lengths = [block.shape for block in spectra_blocks(noise, DEMO, 50)]
    assert lengths == [(2, 50, 513), (2, 50, 513), (2, 19, 513)]  # 30011 samples: 1 + 118 frames


def test_samples_are_given_out_as_soon_as_no_later_frame_reaches_them(noise):
    overlap, n_done = OverlapAdd(DEMO, noise.shape[-1]), 0
    for number, block in enumerate(spectra_blocks(noise, DEMO, 20), 1):
        n_done += overlap.add(block).shape[-1]
        assert n_done == min(number * 20 * 256 - 512, 118 * 256 + 256 - 512)
    assert n_done + overlap.finish().shape[-1] == noise.shape[-1]


def test_memory_does_not_grow_with_the_audio_but_for_the_audio():
    """Spectra of a minute, whole, would take 113 MB."""
    audio = np.zeros((1, 60 * 44100), np.float32)
    tracemalloc.start()
    synthesise(spectra_blocks(audio, PAPER, 100), PAPER, audio.shape)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes - audio.nbytes < 20e6
