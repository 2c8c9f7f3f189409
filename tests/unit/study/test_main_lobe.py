"""The half-width of the window's main lobe, against the zeros of the window's spectrum."""

import numpy as np
import pytest

from singmap.spectra.settings import StftSettings
from singmap.study.main_lobe import main_lobe_bins, overlap_frames

PAPER = StftSettings("hamming", 2049, 4096, 384)
DEMO = StftSettings("hamming", 1024, 1024, 256)


def test_the_lobe_is_four_bins_at_the_papers_setting_and_two_in_the_demo():
    assert main_lobe_bins(PAPER) == 4
    assert main_lobe_bins(DEMO) == 2


@pytest.mark.parametrize("window", ["hamming", "hann", "blackman"])
@pytest.mark.parametrize("sizes", [(1024, 1024), (1024, 4096), (900, 4096), (2049, 4096)])
def test_the_first_zero_of_the_windows_spectrum_lies_in_the_last_bin(window, sizes):
    stft = StftSettings(window, *sizes, hop_samples=256)
    finer = 64
    response = np.abs(np.fft.rfft(stft.scaled_window(), finer * stft.fft_samples))
    first_zero_bins = np.flatnonzero(np.diff(response) > 0)[0] / finer
    lobe = main_lobe_bins(stft)
    assert lobe - 1 < first_zero_bins <= lobe + 1 / finer


@pytest.mark.parametrize("stft", [PAPER, DEMO, StftSettings("hann", 1000, 1024, 300)])
def test_windows_share_samples_up_to_that_distance(stft):
    distance = overlap_frames(stft)
    assert distance * stft.hop_samples < stft.window_samples <= (distance + 1) * stft.hop_samples
