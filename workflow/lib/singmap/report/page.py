"""Pieces of the HTML page: tables as texts, captions from RST, templates."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd
from docutils.core import publish_parts
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

DECIMALS = 2
DOCUTILS = {"report_level": 5, "halt_level": 5, "file_insertion_enabled": False, "raw_enabled": False}


class Cells(TypedDict):
    """A table as the page shows it: texts, and which columns hold numbers."""

    header: list[str]
    numeric: list[bool]
    rows: list[list[str]]


def html_from_rst(text: str) -> Markup:
    """Render a caption in reStructuredText as an HTML fragment."""
    parts = publish_parts(text, writer="html5", settings_overrides=DOCUTILS)
    return Markup(parts["body"])  # noqa: S704 (docutils escapes; the captions are this repository's own)


def cells(table: pd.DataFrame, decimals: int = DECIMALS) -> Cells:
    """Header and rows of a table as strings, numbers rounded, missing values as a dash."""
    rows = [[_cell(value, decimals) for value in row] for row in table.itertuples(index=False)]
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    return {
        "header": [str(name).replace("_", " ") for name in table.columns],
        "numeric": numeric,
        "rows": rows,
    }


def _cell(value: Any, decimals: int) -> str:
    if pd.isna(value):
        return "–"
    if not isinstance(value, float):
        return str(value)
    would_vanish = 0 < abs(value) < 10**-decimals
    return f"{value:.2g}" if would_vanish else f"{value:.{decimals}f}"


def render(template: Path, context: Mapping[str, object]) -> str:
    """Fill a Jinja template; every string is escaped, a missing name is an error."""
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(context)
