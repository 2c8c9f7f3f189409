"""Losses over a whole cache, on the CPU and in pieces on a GPU, and when a model counts as dead."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from singmap.runtime.errors import InputError
from singmap.training.evaluation import EVALUATION_FRAMES, Evaluation, Validation, check_alive
from singmap.training.losses import LOSSES
from tests.helpers.training_data import make_cache

CPU = torch.device("cpu")
FINE = Evaluation(loss=0.5, relative_error=0.5, silence_loss=1.0, peak=3.0)


@pytest.fixture
def cache(tmp_path):
    return make_cache(tmp_path / "cache", n_frames=EVALUATION_FRAMES + 100)


def test_figures_are_those_of_the_whole_cache(cache):
    found = Validation(cache, LOSSES["l1"], CPU).evaluate(lambda mixture: 0.5 * mixture)
    mixture, target = (np.array(part, dtype=np.float64) for part in (cache.mixture, cache.target))
    assert found.loss == pytest.approx(np.abs(0.5 * mixture - target).mean(), rel=1e-6)
    assert found.silence_loss == pytest.approx(np.abs(target).mean(), rel=1e-6)
    error = ((0.5 * mixture - target) ** 2).sum() / (target**2).sum()
    assert found.relative_error == pytest.approx(error, rel=1e-6)
    assert found.peak == pytest.approx(0.5 * mixture.max(), rel=1e-6)


def test_silence_has_relative_error_one(cache):
    found = Validation(cache, LOSSES["mse"], CPU).evaluate(torch.zeros_like)
    assert found.relative_error == 1.0
    assert found.loss == found.silence_loss


def test_a_gpu_reads_its_frames_once_and_counts_silence_once(cache, fake_gpu):
    silent = []
    loss = dataclasses.replace(LOSSES["l1"], value=lambda y, v: silent.append(1) or LOSSES["l1"].value(y, v))
    validation = Validation(cache, loss, torch.device("cuda"))
    copied, found = fake_gpu.copied_bytes["to"], []
    for _ in range(3):
        found.append(validation.evaluate(lambda mixture: 0.5 * mixture))
    assert copied == cache.mixture.nbytes + cache.target.nbytes
    assert fake_gpu.copied_bytes["to"] == copied
    assert len(silent) == 2 * (3 + 1), "two pieces, three estimates and silence"
    on_cpu = Validation(cache, LOSSES["l1"], CPU).evaluate(lambda mixture: 0.5 * mixture)
    assert found == [found[0]] * 3
    assert dataclasses.astuple(found[0]) == pytest.approx(dataclasses.astuple(on_cpu), rel=1e-6)


def test_a_gpu_without_room_for_them_gets_pieces(cache, fake_gpu):
    fake_gpu.free_bytes = 1 << 20
    found = Validation(cache, LOSSES["l1"], torch.device("cuda")).evaluate(lambda mixture: 0.5 * mixture)
    on_cpu = Validation(cache, LOSSES["l1"], CPU).evaluate(lambda mixture: 0.5 * mixture)
    assert found.loss == pytest.approx(on_cpu.loss, rel=1e-6)


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
