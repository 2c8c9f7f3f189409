"""The descent that NCA and the student share: when it stops, what it records, which result it keeps."""

import numpy as np
import pytest
import torch

from singmap.mapping.examination import Examination
from singmap.mapping.fit import descent_steps, fit_segments, relative_norms
from singmap.mapping.matrix import curve_measures
from singmap.mapping.methods.student import StudentProblem
from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.mapping.subject import examine
from singmap.runtime.progress import Progress
from tests.helpers.examined_stacks import random_frames


@pytest.fixture
def rng():
    return np.random.default_rng(4)


class Falling:
    """A problem whose losses are told beforehand, one list per segment; Adam moves its one number down.

    A tenth of each loss stands for the relative L2 error that goes with it.
    """

    def __init__(self, *losses):
        self.parameters = [torch.zeros(len(losses), 1, 1, dtype=torch.float64)]
        self._losses = torch.tensor(losses, dtype=torch.float64).T
        self._seen = []  # values of the number, one for every update

    def gradients(self):
        if (number := self.parameters[0][0].item()) not in self._seen:
            self._seen.append(number)
        losses = self._losses[len(self._seen) - 1]
        self.relative_l2 = losses / 10
        return losses, [torch.ones_like(self.parameters[0])]

    def mapping(self):
        return self.parameters[0].clone()


def test_steps_stop_before_each_update_and_at_the_end():
    problem, seen = Falling([4, 3, 2, 1]), []
    for step in descent_steps(problem, 3, 0.5):
        seen.append(
            (step.done, step.losses.flatten().tolist(), step.running, step.ended, problem.mapping().item())
        )
    assert [parts[:4] for parts in seen] == [
        (0, [], [0], []),
        (1, [4], [0], []),
        (2, [4, 3], [0], []),
        (3, [4, 3, 2], [0], [0]),
    ]
    np.testing.assert_allclose([parts[4] for parts in seen], [0, -0.5, -1, -1.5], rtol=1e-6)


def test_a_segment_ends_where_it_reaches_the_goal_and_the_descent_with_the_last():
    # One step below the goal is not enough, where the next one is above it again.
    early, late = [9, 2, 7, 2, 2, 9, 9, 9], [9, 8, 7, 6, 5, 1, 1, 1]
    steps = list(descent_steps(Falling(early, late), 99, 0.1, 0.2))
    assert [(step.done, step.running, step.ended) for step in steps if step.ended] == [
        (4, [0, 1], [0]),
        (6, [1], [1]),
    ]
    assert steps[-1].done == 6


def test_without_a_goal_nothing_ends_early():
    assert [step.done for step in descent_steps(Falling([0, 0, 0]), 3, 0.1) if step.ended] == [3]


def test_no_iterations_leave_the_start():
    (step,) = descent_steps(Falling([1], [1]), 0, 0.1)
    assert (step.done, step.losses.shape, step.ended) == (0, (0, 2), [0, 1])


def fitted(problem, frames, descent, record_every, progress=None):
    settings = MappingSettings(record_every_iterations=record_every)
    subject = examine(lambda x: 2 * x)
    return fit_segments(
        problem, Examination(subject, frames, 2 * frames, settings, [0, 1], progress), descent
    )


def test_curves_hold_all_losses_and_what_is_due(rng):
    frames, losses = random_frames(rng, 2, 3, 1), ([6, 5, 4, 3, 2, 1], [9, 8, 7, 6, 5, 4])
    results = fitted(Falling(*losses), frames, DescentSettings(5, 0.5), 2)
    for segment, result in enumerate(results):
        curve = result.curve
        assert list(curve["iteration"]) == [0, 1, 2, 3, 4, 5]
        assert list(curve["loss"]) == losses[segment]
        assert list(curve["relative_l1"].notna()) == [True, False, True, False, True, True]
        np.testing.assert_allclose(result.matrix, [[-2.5]], rtol=1e-6)
        expected = curve_measures(result.matrix, frames[segment], 2 * frames[segment])
        assert curve.iloc[-1][list(expected)].to_dict() == expected


def test_a_result_is_that_of_its_own_end(rng):
    """The first segment ends after 4 updates of 0.5, and stays there while the second goes on."""
    early, late = [9, 8, 7, 2, 2, 9, 9, 9], [9, 8, 7, 6, 5, 1, 1, 1]
    descent = DescentSettings(99, 0.5, 0.2)
    results = fitted(Falling(early, late), random_frames(rng, 2, 3, 1), descent, 0)
    np.testing.assert_allclose([result.matrix.item() for result in results], [-2, -3], rtol=1e-6)
    assert [list(result.curve["loss"]) for result in results] == [early[:5], late[:7]]
    assert [list(result.curve.dropna()["iteration"]) for result in results] == [[4], [6]]


def test_progress_counts_every_update_once(rng, capsys):
    progress = Progress("fit", None, "iterations", interval_s=0)
    fitted(Falling([3, 2, 1, 0]), random_frames(rng, 1, 3, 1), DescentSettings(3, 0.5), 1, progress)
    told = [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert told == [f"[fit] {done}/3 iterations" for done in (1, 2, 3)]


def test_loss_falls_until_the_goal(rng):
    frames = random_frames(rng, 1, 30, 6)
    target = frames @ rng.random((6, 6))
    problem = StudentProblem(frames, target, np.zeros((1, 6, 6)), "float64")
    steps = list(descent_steps(problem, 5000, 0.01, 0.05))
    assert 20 < steps[-1].done < 5000
    residual = target - frames @ problem.mapping().numpy().swapaxes(1, 2)
    assert np.linalg.norm(residual) / np.linalg.norm(target) == pytest.approx(0.05, rel=0.1)


def test_relative_norms_are_those_of_each_segment():
    residual, target = torch.randn(
        2, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    expected = [np.linalg.norm(residual[s]) / np.linalg.norm(target[s]) for s in range(3)]
    np.testing.assert_allclose(relative_norms(residual, target), expected, rtol=1e-12)
