"""The page's pieces: nothing unescaped, nothing from the network, numbers rounded, captions rendered."""

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError

from singmap.report.page import cells, html_from_rst, render


def test_cells_round_numbers_and_show_missing_values_as_a_dash():
    content = cells(
        pd.DataFrame({"system": ["sf"], "vocals_SDR": [1.2345], "n": [3], "p": [np.nan], "loss": [0.00039]})
    )
    assert content == {
        "header": ["system", "vocals SDR", "n", "p", "loss"],
        "numeric": [False, True, True, True, True],
        "rows": [["sf", "1.23", "3", "–", "0.00039"]],
    }


def test_captions_become_html():
    assert "<em>dae</em> &lt;b&gt;" in html_from_rst("*dae* <b>")


def test_strings_are_escaped_and_missing_names_are_errors(tmp_path):
    template = tmp_path / "page.html.j2"
    template.write_text("<h1>{{ track }}</h1>")
    assert render(template, {"track": "<script>"}) == "<h1>&lt;script&gt;</h1>"
    with pytest.raises(UndefinedError, match="track"):
        render(template, {})


def test_small_numbers_keep_two_digits_whatever_the_decimals():
    table = pd.DataFrame({"loss": [0.0, -0.0004, 12.34567, np.inf], "text": ["a_b", None, "c", "d"]})
    rows = cells(table, decimals=3)["rows"]
    assert rows == [["0.000", "a_b"], ["-0.0004", "–"], ["12.346", "c"], ["inf", "d"]]


def test_a_caption_can_include_no_file_and_no_markup(tmp_path):
    (tmp_path / "secret").write_text("the secret")
    fragment = html_from_rst(
        f".. include:: {tmp_path / 'secret'}\n\n.. raw:: html\n\n   <script>x</script>\n"
    )
    assert "secret" not in fragment
    assert "<script>" not in fragment
