"""The page from all tables, figures and excerpts: whole, safe, and honest about what it leaves out."""

import json
import re

from workflow.scripts import render_page

TITLE = "What & <why>"


def test_page_is_whole_safe_and_honest(root, tmp_path, tables, excerpts):
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
    render_page.main(
        figures=pictures,
        tables=list(tables.values()),
        provenance=[record, record],
        sources=sources,
        page=page,
        settings={**settings, "titles": dict.fromkeys(names, TITLE), "configuration": {"device": "auto"}},
        **excerpts,
    )
    html = page.read_text()
    assert html.count("<audio") == 5
    assert html.count("data:image/svg+xml") == len(names)
    assert "What &amp; &lt;why&gt;" in html
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in html
    assert not re.findall(r'(?:src|href)="(?!data:|#)', html), "the page must not need anything outside it"
    assert "the machinery at work on six seconds of one song" in html
    assert "SIR and SAR are left out" in html
    assert "vocals SIR" not in html
    assert "2.0e-09 dB" in html
    assert "looks wrong" not in html
