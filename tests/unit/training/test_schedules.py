"""Learning rates of each schedule, epoch by epoch."""

import pytest

from singmap.runtime.errors import InputError
from singmap.training.schedules import learning_rate


def test_constant():
    assert [learning_rate("constant", 0.1, 9, [1.0] * done) for done in range(3)] == [0.1] * 3


def test_cosine_falls_from_start_through_half_to_zero():
    rates = [learning_rate("cosine", 0.2, 10, [1.0] * done) for done in range(11)]
    assert rates[0] == 0.2
    assert rates[5] == pytest.approx(0.1)
    assert rates[10] == pytest.approx(0)
    assert rates == sorted(rates, reverse=True)


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([3, 2, 1], 1.0),
        ([3, 3], 1.0),
        ([3, 3, 3], 0.5),
        ([3, 4, 5, 6, 7], 0.25),
        ([3, 4, 5, 2, 4, 5], 0.25),
        ([3, 4, 2, 4, 1], 1.0),
    ],
)
def test_plateau_halves_after_two_epochs_without_a_better_loss(losses, expected):
    assert learning_rate("plateau", 1.0, 50, losses) == expected


def test_unknown_schedule_is_refused():
    with pytest.raises(InputError, match=r"training\.schedule.*constant, cosine, plateau"):
        learning_rate("linear", 0.1, 9, [])
