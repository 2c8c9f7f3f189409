"""Rate-limited progress lines: they read well in a log and when several jobs share one terminal."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from singmap.runtime.logs import tell_user

INTERVAL_S = 3.0

Item = TypeVar("Item")


class Progress:
    """Count finished items of a job and print label, share done, note and remaining time.

    Parameters
    ----------
    label : what is being done, e.g. ``train dae seed 0``
    total : number of items, or None when unknown
    unit : name of an item, e.g. ``epochs``
    interval_s : shortest time between two lines, in seconds; the last item always prints
    """

    def __init__(self, label: str, total: int | None, unit: str, interval_s: float = INTERVAL_S):
        self.label, self.total, self.unit, self.interval_s = label, total, unit, interval_s
        self.done = self._first = 0
        self._start_s = time.monotonic()
        self._printed_s = self._start_s

    def resume_at(self, done: int) -> None:
        """Start counting at `done` items that an earlier run finished; they don't bias the estimate."""
        self.done = self._first = done

    def update(self, n_items: int = 1, note: str = "") -> None:
        """Count `n_items` more as finished; `note` is shown at the end of the line."""
        self.done += n_items
        now_s = time.monotonic()
        if now_s - self._printed_s >= self.interval_s or self.done == self.total:
            self._printed_s = now_s
            tell_user(self._line(now_s - self._start_s, note))

    def over(self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield `items`, counting each when the next is asked for."""
        for item in items:
            yield item
            self.update()

    def _line(self, elapsed_s: float, note: str) -> str:
        counted = f"{self.done}" if self.total is None else f"{self.done}/{self.total}"
        line = f"[{self.label}] {counted} {self.unit}"
        fresh = self.done - self._first
        if self.total and fresh and self.done < self.total:
            line += f", {elapsed_s / fresh * (self.total - self.done):.0f} s left"
        return f"{line}, {note}" if note else line
