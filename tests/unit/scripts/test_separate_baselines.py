"""Estimates of baselines: where they are written, and that they sum to the mixture."""

import numpy as np
import pytest

from singmap.files.wav import read_wav

BASELINES = ["mixture", "irm", "diagonal_filter"]


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("track_id", ["one", "two"])
def test_estimates_have_the_layout_and_length_of_the_references(scored, baseline, track_id):
    truth = scored / "audio/test/tracks" / track_id
    mixture, drums = (read_wav(truth / f"{name}.wav") for name in ("mixture", "drums"))
    folder = scored / "separated" / baseline / track_id
    estimates = {path.stem: read_wav(path) for path in folder.iterdir()}
    assert set(estimates) == {"drums", "accompaniment"}
    assert all(estimate.shape == drums.shape for estimate in estimates.values())
    if baseline == "mixture":
        assert np.array_equal(estimates["drums"], mixture)
    else:
        np.testing.assert_allclose(sum(estimates.values()), mixture, atol=1e-6)
        assert np.sum((estimates["drums"] - drums) ** 2) < 0.9 * np.sum((mixture - drums) ** 2)
