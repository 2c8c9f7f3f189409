"""Where a study's settings differ from the paper's setting, for people who compare the two."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

# Where things lie and how jobs run: no part of what is studied.
NO_DEVIATIONS = ("results", "datasets", "device", "report", "figures", "dataset.root", "dataset.url", "demo")


def deviations(settings: Mapping[str, Any], paper: Mapping[str, Any]) -> pd.DataFrame:
    """One row per key whose value is another one than in the paper's setting: key, here, paper."""
    here, there = dict(_flat(settings)), dict(_flat(paper))
    keys = [key for key in here if key in there and here[key] != there[key] and _matters(key)]
    rows = [(key, _told(here[key]), _told(there[key])) for key in keys]
    return pd.DataFrame(rows, columns=["key", "in this study", "paper's setting"])


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _matters(key: str) -> bool:
    return not key.startswith(NO_DEVIATIONS) and not key.endswith(".threads")


def _told(value: Any) -> str:
    """A value as the configuration's reader would write it."""
    if value is None:
        return "all"  # what null means of the numbers that studies differ in
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)
