import numpy as np
import pytest
import torch

from singmap.mapping.examination import Examination
from singmap.mapping.fit import converged, descend, descent_steps, fit_segments
from singmap.mapping.matrix import curve_measures
from singmap.mapping.methods.student import StudentProblem
from singmap.mapping.settings import DescentSettings, MappingSettings, StoppingRule
from singmap.mapping.subject import examine
from singmap.runtime.progress import Progress
from tests.helpers.examined_stacks import random_frames


@pytest.fixture
def rng():
    return np.random.default_rng(4)


class Falling:
    """A problem whose losses are told beforehand, one list per segment; Adam moves its one number down."""

    def __init__(self, *losses):
        self.parameters = [torch.zeros(len(losses), 1, 1, dtype=torch.float64)]
        self._losses = iter(torch.tensor(losses, dtype=torch.float64).T)

    def gradients(self):
        return next(self._losses), [torch.ones_like(self.parameters[0])]

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


def test_a_segment_ends_where_it_meets_the_rule_and_the_descent_with_the_last():
    flat, late = [1, 1, 1, 1, 1, 1, 1], [9, 8, 1, 1, 1, 1, 1]
    steps = list(descent_steps(Falling(flat, late), 99, 0.1, StoppingRule(0.01, 2)))
    assert [(step.done, step.running, step.ended) for step in steps if step.ended] == [
        (4, [0, 1], [0]),
        (6, [1], [1]),
    ]
    assert steps[-1].done == 6


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
    flat, late = [1, 1, 1, 1, 1, 1, 1], [9, 8, 1, 1, 1, 1, 1]
    descent = DescentSettings(99, 0.5, StoppingRule(0.01, 2))
    results = fitted(Falling(flat, late), random_frames(rng, 2, 3, 1), descent, 0)
    np.testing.assert_allclose([result.matrix.item() for result in results], [-2, -3], rtol=1e-6)
    assert [list(result.curve["loss"]) for result in results] == [flat[:5], late]
    assert [list(result.curve.dropna()["iteration"]) for result in results] == [[4], [6]]


def test_progress_counts_every_update_once(rng, capsys):
    progress = Progress("fit", None, "iterations", interval_s=0)
    fitted(Falling([3, 2, 1, 0]), random_frames(rng, 1, 3, 1), DescentSettings(3, 0.5), 1, progress)
    told = [line.partition(",")[0] for line in capsys.readouterr().err.splitlines()]
    assert told == [f"[fit] {done}/3 iterations" for done in (1, 2, 3)]


def test_loss_falls_and_the_rule_stops(rng):
    problem = StudentProblem(
        frames := random_frames(rng, 1, 30, 6), frames @ rng.random((6, 6)), np.zeros((1, 6, 6)), "float64"
    )
    losses = descend(problem, 5000, 0.01, StoppingRule(0.01, 20))[:, 0]
    assert 40 <= len(losses) < 5000
    assert len(losses) % 20 == 0
    before, now = losses[-40:-20].mean(), losses[-20:].mean()
    assert (before - now) / before < 0.01
    assert now < 0.05 * losses[0]


def test_rule_names_the_segments_that_have_converged():
    falling = torch.linspace(100, 1, 40, dtype=torch.float64)
    both = torch.stack([falling, torch.ones(40, dtype=torch.float64)], dim=1)
    rule = StoppingRule(0.01, 20)
    assert converged(both, rule) == [1]
    assert converged(both[:39], rule) == []
