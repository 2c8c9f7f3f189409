"""What each unit of the data dictionary allows, whoever wrote the table."""

import numpy as np
import pandas as pd
import pytest

from singmap.files import tables
from singmap.files.table_values import Range, Unit, require_values, unit_of
from singmap.runtime.errors import InputError

# Unit -> values that it holds, values that it must refuse.
VALUES = {
    "Text": (["NA", "01", ""], []),
    "YesNo": ([True, False], [1, "True", "yes", 1.0]),
    "Number": ([-3.5, 0, 1e300], [np.inf, -np.inf, "many", 1j, True]),
    "Count": ([0, 7, 3.0], [-1, 1.5, "x", np.inf, 2j]),
    "Share": ([0, 0.5, 1, 1 + 1e-9], [-0.01, 1.01, np.inf, "0.5 or so"]),
    "Probability": ([0, 1], [1.2, -1e-3]),
    "Cosine": ([-1, 1], [1.1, -1.1]),
    "Ratio": ([0, 5000.0], [-0.1, np.inf]),
    "Score": ([np.inf, -np.inf, -12.5], ["x"]),
    "Decibels": ([-200.0], [np.inf]),
}
CASES = [
    (unit, value, is_good)
    for unit, (good, bad) in VALUES.items()
    for is_good, values in ((True, good), (False, bad))
    for value in values
]


@pytest.mark.parametrize(("unit", "value", "is_good"), CASES)
def test_units_hold_what_they_mean(unit, value, is_good):
    # As in a column that Python's own objects or NumPy's numbers fill.
    columns = [pd.Series([value], dtype=object), pd.Series([value])]
    for column in columns:
        if is_good:
            require_values("a.csv", pd.DataFrame({"x": column}), {"x": unit_of(getattr(tables, unit))})
            continue
        with pytest.raises(InputError, match=r"a\.csv: expected values of x that are .* in row 1"):
            require_values("a.csv", pd.DataFrame({"x": column}), {"x": unit_of(getattr(tables, unit))})


def test_only_columns_that_say_so_may_be_empty():
    frame = pd.DataFrame({"x": [1.0, np.nan, 2.0]})
    assert unit_of(tables.Share | None) == Unit(float, Range(0, 1), is_optional=True)
    assert unit_of(tables.Text | None) == Unit(str, Range(), is_optional=True)
    require_values("a.csv", frame, {"x": unit_of(tables.Number | None)})
    with pytest.raises(InputError, match=r"expected a value of x in every row, found none in row 2; again"):
        require_values("a.csv", frame, {"x": unit_of(tables.Number)}, "again")


def test_a_wrong_value_among_missing_ones_is_named_with_its_row():
    frame = pd.DataFrame({"x": [np.nan, 0.5, 1.5]})
    with pytest.raises(InputError, match=r"finite numbers from 0 to 1, found 1.5 in row 3"):
        require_values("a.csv", frame, {"x": unit_of(tables.Share | None)})


def test_no_row_may_stand_there_twice():
    frame = pd.DataFrame({"track": ["a", "b", "a"], "value": [1.0, 1.0, 1.0]})
    units = {"track": unit_of(tables.Text), "value": unit_of(tables.Number)}
    require_values("a.csv", frame[:2], units)
    with pytest.raises(InputError, match="expected no row twice, found one of them again in row 3"):
        require_values("a.csv", frame, units)
