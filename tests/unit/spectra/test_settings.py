"""Sizes of the transform: what follows from them, and what is refused."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.signal

from singmap.runtime.errors import InputError
from singmap.spectra.settings import StftSettings

PAPER = StftSettings("hamming", 2049, 4096, 384)


@pytest.mark.parametrize(
    ("window", "hop_samples", "largest"),
    [("hann", 1024, 702), ("hann", 768, 702), ("blackman", 768, 595), ("hamming", 768, 759)],
)
def test_hops_that_leave_samples_uncovered_are_refused(window, hop_samples, largest):
    with pytest.raises(InputError, match=f"hop_samples <= {largest} with a {window} .*found {hop_samples}"):
        StftSettings(window, 1024, 1024, hop_samples)


@pytest.mark.parametrize("sizes", [(2049, 1024, 256), (1024, 1024, 2048), (1024, 1024, 0)])
def test_bad_sizes_are_refused(sizes):
    with pytest.raises(InputError, match="hop_samples <= window_samples"):
        StftSettings("hamming", *sizes)


def test_bins_reach_from_0_hz_to_the_nyquist_frequency():
    frequencies_hz = PAPER.frequencies_hz()
    assert frequencies_hz.shape == (PAPER.n_bins,) == (2049,)
    assert (frequencies_hz[0], frequencies_hz[-1]) == (0, 22050)
    assert frequencies_hz[1] == pytest.approx(44100 / 4096)


@pytest.mark.parametrize(("n_samples", "n_frames"), [(0, 1), (383, 1), (384, 2), (385, 2), (3840, 11)])
def test_frames_are_centred_on_multiples_of_the_hop(n_samples, n_frames):
    assert PAPER.n_frames(n_samples) == n_frames


def test_the_window_is_divided_by_the_root_of_the_fft_size():
    window = PAPER.scaled_window()
    np.testing.assert_allclose(window, scipy.signal.get_window("hamming", 2049) / 64, rtol=0, atol=1e-15)


def test_settings_are_checked_without_the_weight_of_librosa():
    """Every start of Snakemake asks for the number of bins."""
    code = "import sys; import singmap.spectra.settings; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"librosa", "scipy", "torch", "pandas"} & set(done.stdout.split())
