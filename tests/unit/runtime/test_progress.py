"""Progress lines: rate-limited, with what is done and what remains."""

import pytest

from singmap.runtime import progress
from singmap.runtime.progress import Progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test winds by hand."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_lines_are_rare_and_tell_the_remaining_time(clock, capsys):
    bar = Progress("train dae", 10, "epochs", interval_s=3)
    for _ in range(10):
        clock[0] += 1
        bar.update(note="loss 0.5")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "[train dae] 3/10 epochs, 7 s left, loss 0.5"
    assert lines[-1] == "[train dae] 10/10 epochs, loss 0.5"
    assert len(lines) == 4


def test_resumed_items_do_not_flatter_the_estimate(clock, capsys):
    bar = Progress("nca", 100, "iterations", interval_s=0)
    bar.resume_at(50)
    clock[0] += 5
    bar.update(5)
    assert capsys.readouterr().err == "[nca] 55/100 iterations, 45 s left\n"


def test_iteration_and_unknown_totals(clock, capsys):
    assert list(Progress("fetch", None, "files", interval_s=0).over("abc")) == ["a", "b", "c"]
    assert capsys.readouterr().err.splitlines()[-1] == "[fetch] 3 files"
