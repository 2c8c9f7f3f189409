"""The method `student`: the gradient of its free matrix, its starts, and where it ends with enough time."""

import numpy as np
import pytest
import torch

from singmap.mapping.method import map_segments
from singmap.mapping.methods.student import StudentProblem, xavier_student
from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.mapping.subject import examine
from tests.helpers.examined_stacks import random_frames, random_layers


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def test_gradient_equals_autograd(rng):
    frames, target, start = random_frames(rng, 2, 9, 6), random_frames(rng, 2, 9, 5), rng.random((2, 5, 6))
    matrix = torch.from_numpy(start).requires_grad_()
    losses = (torch.from_numpy(target) - torch.from_numpy(frames) @ matrix.mT).abs().sum(dim=(1, 2))
    losses.sum().backward()
    found, (gradient,) = StudentProblem(frames, target, start, "float64").gradients()
    torch.testing.assert_close(found, losses.detach(), rtol=1e-13, atol=0)
    torch.testing.assert_close(gradient, matrix.grad, rtol=1e-12, atol=1e-12)


def test_with_time_it_finds_the_matrix_that_explains_all(rng):
    truth, frames = rng.random((6, 6)), random_frames(rng, 1, 40, 6)
    model = examine(lambda x: x @ torch.from_numpy(truth).T)
    settings = MappingSettings(DescentSettings(500, 1e-2), precision="float64", record_every_iterations=0)
    (result,) = map_segments("student", model, frames, settings)
    np.testing.assert_allclose(result.matrix, truth, atol=0.01)


def test_padding_changes_little(rng):
    """260 bins are padded to 272 in float32, and not in float64."""
    frames, model = random_frames(rng, 1, 20, 260), examine(random_layers(rng, 260, 260))
    results = [
        map_segments("student", model, frames, MappingSettings(DescentSettings(5, 1e-3), precision=form))[0]
        for form in ("float64", "float32")
    ]
    assert results[1].matrix.shape == (260, 260)
    np.testing.assert_allclose(results[1].matrix, results[0].matrix, atol=1e-5)


def test_starts_are_xavier_normal_and_seeded():
    start = xavier_student(300, 200, 3)
    assert start.std() == pytest.approx((2 / 500) ** 0.5, rel=0.02)
    np.testing.assert_array_equal(start, xavier_student(300, 200, 3))
    assert not np.array_equal(start, xavier_student(300, 200, 4))
