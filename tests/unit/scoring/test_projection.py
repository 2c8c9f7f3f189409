"""Normal equations of the distortion filters against their definitions."""

import numpy as np
import pytest

from singmap.scoring.projection import (
    N_TAPS,
    NormalEquations,
    RoundedEquations,
    block_toeplitz,
    filtered_scores,
)


def test_block_toeplitz_is_the_gram_matrix_of_delayed_signals():
    n_taps = 5
    signals = np.random.default_rng(0).standard_normal((2, 30))
    padded = np.pad(signals, [(0, 0), (n_taps, n_taps)])
    delayed = np.array([[np.roll(signal, delay) for delay in range(n_taps)] for signal in padded]).reshape(
        10, -1
    )
    lags = np.array(
        [[[np.dot(np.roll(x, k), y) for k in range(n_taps)] for y in padded] for x in padded]
    )  # lags[p, q, k] = sum over n of x_p[n - k] x_q[n]
    np.testing.assert_allclose(block_toeplitz(lags), delayed @ delayed.T, atol=1e-12)


def test_solution_of_a_regular_system():
    generator = np.random.default_rng(1)
    root = generator.standard_normal((6, 6))
    gram, filters = root @ root.T + np.eye(6), generator.standard_normal((6, 2))
    for equations in (NormalEquations, RoundedEquations):
        np.testing.assert_allclose(equations(gram).solve(gram @ filters), filters, atol=1e-10)


def test_dither_is_noise_on_every_channel():
    """White noise adds its energy to the diagonal of G, and nothing to D."""
    generator = np.random.default_rng(4)
    references = generator.standard_normal((3, 40000))
    noise = 0.3 * generator.standard_normal(references.shape)
    gram = references @ references.T
    target = generator.standard_normal((2, 3)) @ references
    noisy = np.linalg.solve((references + noise) @ (references + noise).T, references @ target.T)
    dither = np.sum(noise[0] ** 2) / np.diagonal(gram).max()
    found = NormalEquations(gram, dither).solve(references @ target.T)
    np.testing.assert_allclose(found, noisy, atol=0.02)
    assert np.abs(found - NormalEquations(gram).solve(references @ target.T)).max() > 0.1


@pytest.mark.parametrize(
    "equations", [NormalEquations, lambda gram: NormalEquations(gram, 1e-12), RoundedEquations]
)
def test_singular_system_still_projects(equations):
    """Two identical channels: the filters are arbitrary, what they project is not."""
    channel = np.random.default_rng(2).standard_normal(300)
    delayed = np.array([np.roll(channel, delay) for delay in range(20)] * 2)
    target = 3 * channel - 2 * np.roll(channel, 5)
    filters = equations(delayed @ delayed.T).solve(delayed @ target[:, None])
    np.testing.assert_allclose(filters[:, 0] @ delayed, target, atol=1e-6)


def test_filtered_scores_of_a_known_decomposition():
    """Filters that pass the references through at known gains give every ratio in closed form."""
    generator = np.random.default_rng(3)
    references = generator.standard_normal((2, 1000, 1))
    noise = generator.standard_normal((1000, 1))
    own, every = np.zeros((1, N_TAPS, 1)), np.zeros((2, 1, N_TAPS, 1))
    own[0, 0, 0] = 0.5
    every[:, 0, 0, 0] = 0.5, 0.1
    estimate = 0.5 * references[0] + 0.1 * references[1] + 0.01 * noise
    sdr, isr, sir, sar = filtered_scores(references, estimate, 0, every, own)
    power = np.sum(references**2, axis=(1, 2))
    assert sdr == pytest.approx(10 * np.log10(power[0] / np.sum((estimate - references[0]) ** 2)))
    assert isr == pytest.approx(10 * np.log10(1 / 0.25))
    assert sir == pytest.approx(10 * np.log10(0.25 * power[0] / (0.01 * power[1])))
    projection = 0.5 * references[0] + 0.1 * references[1]
    assert sar == pytest.approx(10 * np.log10(np.sum(projection**2) / np.sum((0.01 * noise) ** 2)))
