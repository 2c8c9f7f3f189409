import dataclasses
import math

import numpy as np
import pytest
import torch

from singmap.runtime.errors import InputError
from singmap.training.evaluation import EVALUATION_FRAMES, Evaluation, check_alive, evaluate
from singmap.training.losses import LOSSES
from tests.helpers.training_data import make_cache

CPU = torch.device("cpu")
FINE = Evaluation(loss=0.5, relative_error=0.5, silence_loss=1.0, peak=3.0)


@pytest.fixture
def cache(tmp_path):
    return make_cache(tmp_path / "cache", n_frames=EVALUATION_FRAMES + 100)


def test_figures_are_those_of_the_whole_cache(cache):
    found = evaluate(lambda mixture: 0.5 * mixture, cache, LOSSES["l1"], CPU)
    mixture, target = (np.array(part, dtype=np.float64) for part in (cache.mixture, cache.target))
    assert found.loss == pytest.approx(np.abs(0.5 * mixture - target).mean(), rel=1e-6)
    assert found.silence_loss == pytest.approx(np.abs(target).mean(), rel=1e-6)
    error = ((0.5 * mixture - target) ** 2).sum() / (target**2).sum()
    assert found.relative_error == pytest.approx(error, rel=1e-6)
    assert found.peak == pytest.approx(0.5 * mixture.max(), rel=1e-6)


def test_silence_has_relative_error_one(cache):
    found = evaluate(torch.zeros_like, cache, LOSSES["mse"], CPU)
    assert found.relative_error == 1.0
    assert found.loss == found.silence_loss


def test_a_model_that_learns_is_alive():
    check_alive(FINE, "sf seed 0", finished=True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"loss": math.nan}, r"sf seed 0.*diverged.*training\.learning_rate"),
        ({"loss": math.inf}, r"diverged"),
        ({"peak": 0.0, "loss": 1.0}, r"dead"),
        ({"loss": 1.0}, r"below that of silence"),
    ],
)
def test_a_dead_model_is_no_result(changes, message):
    with pytest.raises(InputError, match=message):
        check_alive(dataclasses.replace(FINE, **changes), "sf seed 0", finished=True)


def test_a_model_may_be_worse_than_silence_before_the_end():
    check_alive(dataclasses.replace(FINE, loss=7.0), "sf seed 0", finished=False)
