"""Analysis windows: scipy's, and hops that leave no sample without a frame."""

import numpy as np
import pytest
import scipy.signal

from singmap.configuration import read_yaml
from singmap.spectra.windows import COSINES, COVERAGE_MIN, coverage, largest_hop, periodic_window


def test_windows_are_those_of_scipy_and_of_the_schema(root):
    schema = read_yaml(root / "workflow/schemas/config.schema.yaml")
    assert schema["properties"]["stft"]["properties"]["window"]["enum"] == list(COSINES)
    for name in COSINES:
        for n_samples in (16, 1024, 2049):
            expected = scipy.signal.get_window(name, n_samples)
            np.testing.assert_allclose(periodic_window(name, n_samples), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", COSINES)
@pytest.mark.parametrize("window_samples", [16, 17, 101, 1024])
def test_allowed_hops_are_exactly_those_with_enough_coverage(name, window_samples):
    window, hops = periodic_window(name, window_samples), range(1, window_samples + 1)
    covering = [hop for hop in hops if coverage(window, hop) >= COVERAGE_MIN]
    assert covering == list(range(1, largest_hop(name, window_samples) + 1))
    assert coverage(window, window_samples // 2) > 0.23


def test_coverage_is_that_of_shifted_windows():
    window, hop_samples = periodic_window("blackman", 64), 24
    summed = sum(np.roll(np.pad(window, (0, 8)) ** 2, k * hop_samples) for k in range(3))
    assert coverage(window, hop_samples) == pytest.approx(summed.min() / summed.max())


def test_hann_windows_half_a_window_apart_have_a_known_coverage():
    """sin^4 + cos^4 lies between 1/2 and 1; a quarter apart the sum is 3/2 everywhere."""
    window = periodic_window("hann", 512)
    assert coverage(window, 256) == pytest.approx(0.5)
    assert coverage(window, 128) == pytest.approx(1.0)
    assert coverage(window, 512) == 0, "a sample where the window is zero is not covered at all"


@pytest.mark.parametrize("name", COSINES)
def test_a_window_is_symmetric_about_its_peak_of_one(name):
    window = periodic_window(name, 64)
    assert window[32] == pytest.approx(window.max()) == pytest.approx(1.0)
    np.testing.assert_allclose(window[1:], window[:0:-1], atol=1e-15)
