"""Learning-rate schedules as functions of the history, so that a resumed run needs no state of theirs."""

import math

from singmap.runtime.errors import InputError

PLATEAU_EPOCHS = 2
PLATEAU_FACTOR = 0.5

SCHEDULES = ("constant", "cosine", "plateau")


def learning_rate(schedule: str, start: float, epochs_max: int, valid_losses: list[float]) -> float:
    """Learning rate of the epoch that follows the finished ones.

    Parameters
    ----------
    schedule : ``constant``; ``cosine``, half a period from `start` to 0 over `epochs_max` epochs
        (Loshchilov and Hutter 2017); ``plateau``, halved after every PLATEAU_EPOCHS epochs without a
        better validation loss
    start : of the first epoch
    valid_losses : of the finished epochs, in order

    Raises InputError for an unknown schedule.
    """
    if schedule == "constant":
        return start
    if schedule == "cosine":
        return start * 0.5 * (1 + math.cos(math.pi * len(valid_losses) / epochs_max))
    if schedule == "plateau":
        return start * PLATEAU_FACTOR ** _plateaus(valid_losses)
    raise InputError("training.schedule", f"one of {', '.join(SCHEDULES)}", repr(schedule))


def _plateaus(valid_losses: list[float]) -> int:
    """How often PLATEAU_EPOCHS epochs in a row brought no better loss."""
    count, waited, best = 0, 0, math.inf
    for loss in valid_losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == PLATEAU_EPOCHS:
            count, waited = count + 1, 0
    return count
