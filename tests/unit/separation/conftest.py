"""A track with known sources, which the tests of oracles and baselines estimate."""

import pytest

from tests.helpers.separated_signals import known_track, two_bands


@pytest.fixture(scope="session")
def sources():
    """A low and a high band of noise, (n_channels, n_samples) each."""
    return two_bands()


@pytest.fixture(scope="session")
def track():
    """The low band as target in the mixture of both."""
    return known_track()
