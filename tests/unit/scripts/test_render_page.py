"""The page from all tables, figures and excerpts: whole, safe, and honest about what it leaves out."""

import json
import re

import pytest

from tests.helpers import study_tables
from workflow.scripts import render_page

TITLE = "What & <why>"


@pytest.fixture
def page_with(root, tmp_path, excerpts):
    """Renders the page with these tables: its HTML, and the names of its figures."""
    sources = root / "workflow" / "report"
    names = set(re.findall(r'figure\("(\w+)"\)', (sources / "study.html.j2").read_text()))
    pictures = [tmp_path / f"{name}.svg" for name in names]
    for picture in pictures:
        picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    facts = {
        "versions": {"python": "3.11.7"},
        "machine": {"cores": 2},
        "device": "cpu",
        "precision": "float32",
    }
    record = tmp_path / "provenance.json"
    record.write_text(json.dumps({**facts, "commit": "abc"}))
    settings = {"dataset": "demo", "target": "vocals", "models": ["dae", "mdae", "sf"], "seeds": [0, 1]}
    page = tmp_path / "study.html"

    def rendered(tables):
        render_page.main(
            figures=pictures,
            tables=list(tables.values()),
            provenance=[record, record],
            sources=sources,
            page=page,
            settings={
                **settings,
                "titles": dict.fromkeys(names, TITLE),
                "configuration": {"device": "auto"},
            },
            **excerpts,
        )
        return page.read_text(), names

    return rendered


def test_page_is_whole_safe_and_honest(page_with, tables):
    html, names = page_with(tables)
    assert html.count("<audio") == 5
    assert html.count("data:image/svg+xml") == len(names)
    assert "What &amp; &lt;why&gt;" in html
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in html
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html), "the page must not need anything outside it"
    assert "the machinery at work on six seconds of one song" in html
    assert "SIR and SAR are left out" in html
    assert "vocals uSDR" in html
    assert "accompaniment SI-SDR" in html
    assert "No score of these metrics had to be withheld" in html
    assert "vocals SIR" not in html
    assert "2.0e-09 dB" in html
    assert "looks wrong" not in html
    assert "has not put the hypotheses" in html


def test_the_answer_is_printed_from_the_verdicts_alone(page_with, tables, tmp_path):
    verdicts = study_tables.verdicts()
    verdicts.to_csv(tmp_path / "verdicts.csv", index=False)
    html, _ = page_with(tables | {"verdicts": tmp_path / "verdicts.csv"})
    answer, rest = (re.sub(r"\s+", " ", part) for part in html.split('<section id="listen">'))
    assert "has not put the hypotheses" not in html
    for row in verdicts.itertuples():
        assert f"<td>Statement of {row.id} &lt;b&gt;.</td><td>{row.verdict}</td>" in answer
    assert "0.0812 [0.06, 0.1]" in answer
    words = ("supported", "contradicted", "agrees", "disagrees", "undecided")
    assert not [word for word in words if f"<td>{word}</td>" in rest], "verdicts stand in the answer only"
