"""Analysis windows, and how far apart their frames may lie for overlap-add to undo them.

No scipy here: its import would cost every start of Snakemake, which checks the settings, half a second.
"""

import bisect

import numpy as np
from numpy.typing import NDArray

# Amplitudes of the cosines of 0, 1, 2 periods, as in `scipy.signal.get_window`.
COSINES = {"hamming": (0.54, 1 - 0.54), "hann": (0.5, 0.5), "blackman": (0.42, 0.5, 0.08)}
COVERAGE_MIN = 0.1  # 10 dB, see `coverage`


def periodic_window(name: str, n_samples: int) -> NDArray[np.float64]:
    """The window that repeats after `n_samples` samples, (n_samples,) with a peak of 1."""
    phase = np.linspace(-np.pi, np.pi, n_samples + 1)[:-1]
    cosines = (amplitude * np.cos(k * phase) for k, amplitude in enumerate(COSINES[name]))
    return sum(cosines, start=np.zeros(n_samples))


def coverage(window: NDArray[np.float64], hop_samples: int) -> float:
    """Smallest over largest of g(n) = sum_k w(n + k hop)^2, by which the overlap-add inverse divides.

    The inverse turns errors e_k of the frames into sum_k w e_k / g; by Cauchy-Schwarz that has at most 1 / g
    times their power. So at the worst covered sample errors are louder by up to 1 / coverage in power than at
    the best one. Where a signal starts or ends on the centre of a frame, at least half of g is left.
    """
    n_hops = -(-len(window) // hop_samples)
    padded = np.pad(window**2, (0, n_hops * hop_samples - len(window)))
    summed = padded.reshape(n_hops, hop_samples).sum(axis=0)
    return float(summed.min() / summed.max())


def largest_hop(name: str, window_samples: int) -> int:
    """The largest hop in samples with a coverage of COVERAGE_MIN: 0.58 to 0.74 of the window.

    Up to half a window all hops have 0.23 and more; above, coverage falls as the hop grows.
    """
    window, hops = periodic_window(name, window_samples), range(1, window_samples + 1)
    return bisect.bisect_left(hops, True, key=lambda hop: bool(coverage(window, hop) < COVERAGE_MIN))
