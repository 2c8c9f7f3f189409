"""What the unit of a column allows: kind and range of its values, and whether one may be missing."""

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd

from singmap.runtime.errors import InputError

ROUNDING = 1e-6  # a share that is summed in float32 may end so far above 1


@dataclass(frozen=True)
class Range:
    """Numbers that a unit allows, both ends included; infinite ones only where the unit says so."""

    low: float = -np.inf
    high: float = np.inf
    may_be_infinite: bool = False

    def holds(self, numbers: np.ndarray) -> np.ndarray:
        """Whether each of the numbers, none of them NaN, is allowed."""
        within = (numbers >= self.low - ROUNDING) & (numbers <= self.high + ROUNDING)
        return within if self.may_be_infinite else within & np.isfinite(numbers)


@dataclass(frozen=True)
class Unit:
    """What a column may hold: `kind` is str, bool, int or float."""

    kind: type
    range: Range
    is_optional: bool


def unit_of(annotation: Any) -> Unit:
    """The unit of a column's annotation: ``Share``, or ``Share | None`` where a value may be missing."""
    is_optional = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    if is_optional:
        annotation = next(part for part in typing.get_args(annotation) if part is not types.NoneType)
    if typing.get_origin(annotation) is Annotated:
        kind, limits = typing.get_args(annotation)
        return Unit(kind, limits, is_optional)
    return Unit(annotation, Range(), is_optional)


def require_values(where: str, frame: pd.DataFrame, units: Mapping[str, Unit], remedy: str = "") -> None:
    """Raise InputError for the first column that holds what its unit does not allow, or a repeated row."""
    for name, unit in units.items():
        values = frame[name]
        missing = values.isna().to_numpy()
        if missing.any() and not unit.is_optional:
            _refuse(where, f"a value of {name} in every row", "none", missing, remedy)
        wrong = np.zeros(len(frame), dtype=bool)
        wrong[~missing] = ~_allowed(values[~missing], unit)
        if wrong.any():
            found = str(values.iloc[int(wrong.argmax())])
            _refuse(where, f"values of {name} that are {_words(unit)}", found, wrong, remedy)
    repeated = frame[list(units)].duplicated().to_numpy()
    if repeated.any():
        _refuse(where, "no row twice", "one of them again", repeated, remedy)


def _refuse(where: str, expected: str, found: str, wrong: np.ndarray, remedy: str) -> None:
    raise InputError(where, expected, f"{found} in row {int(wrong.argmax()) + 1}", remedy)


def _allowed(values: pd.Series, unit: Unit) -> np.ndarray:
    """Whether each of the values, none of them missing, is what the unit allows."""
    if unit.kind is str:
        return np.ones(len(values), dtype=bool)
    if unit.kind is bool:
        return np.array([isinstance(value, bool | np.bool_) for value in values], dtype=bool)
    found = pd.to_numeric(values, errors="coerce").to_numpy()
    if found.dtype.kind not in "iuf":  # complex, or True and False
        return np.zeros(len(values), dtype=bool)
    numbers = found.astype(np.float64)
    is_whole = unit.kind is float or np.isinf(numbers) | (numbers == np.round(numbers))
    return np.asarray(~np.isnan(numbers) & is_whole & unit.range.holds(numbers))


def _words(unit: Unit) -> str:
    limits = unit.range
    if unit.kind is not int and unit.kind is not float:
        return "True or False"
    kind = "whole numbers" if unit.kind is int else "numbers" if limits.may_be_infinite else "finite numbers"
    if np.isfinite(limits.high):
        return f"{kind} from {limits.low:g} to {limits.high:g}"
    return f"{kind} from {limits.low:g} up" if np.isfinite(limits.low) else kind
