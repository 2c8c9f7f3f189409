"""The page's pieces: nothing unescaped, nothing from the network, numbers rounded, captions rendered."""

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError

from singmap.files.storage import write_json
from singmap.report.page import cells, data_uri, html_from_rst, render
from singmap.report.page_content import labelled, provenance_table


def test_cells_round_numbers_and_show_missing_values_as_a_dash():
    content = cells(
        pd.DataFrame({"system": ["sf"], "vocals_SDR": [1.2345], "n": [3], "p": [np.nan], "loss": [0.00039]})
    )
    assert content == {
        "header": ["system", "vocals SDR", "n", "p", "loss"],
        "numeric": [False, True, True, True, True],
        "rows": [["sf", "1.23", "3", "–", "0.00039"]],
    }


def test_data_uri_holds_the_content():
    assert data_uri(b"<svg/>", "image/svg+xml") == "data:image/svg+xml;base64,PHN2Zy8+"


def test_captions_become_html():
    assert "<em>dae</em> &lt;b&gt;" in html_from_rst("*dae* <b>")


def test_strings_are_escaped_and_missing_names_are_errors(tmp_path):
    template = tmp_path / "page.html.j2"
    template.write_text("<h1>{{ track }}</h1>")
    assert render(template, {"track": "<script>"}) == "<h1>&lt;script&gt;</h1>"
    with pytest.raises(UndefinedError, match="track"):
        render(template, {})


def test_provenance_lists_every_form_of_what_differs_between_models(tmp_path):
    for index, commit in enumerate(["abc", "abc", "def"]):
        facts = {
            "versions": {"torch": "2.13.0"},
            "machine": {"cores": 2},
            "device": "cpu",
        }
        record = facts | {"precision": "float32", "commit": commit, "epochs": index}
        write_json(tmp_path / f"{index}.json", record)
    table = provenance_table(sorted(tmp_path.glob("*.json"))).set_index("what")["value"]
    assert table["commit"] == "abc, def"
    assert table["torch"] == "2.13.0"
    assert table["machine cores"] == "2"
    assert "epochs" not in table


def test_names_in_tables_are_readable():
    table = labelled(pd.DataFrame({"system": ["irm", "sf_seed1"], "value": [1, 2]}))
    assert table["system"].tolist() == ["ideal ratio mask", "sf, seed 1"]
