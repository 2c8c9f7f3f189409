"""What stands on the page: captions, sounds, readable names, copies of files, provenance."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.storage import write_json
from singmap.files.wav import write_wav
from singmap.report.page_content import (
    copy_files,
    excerpt_entries,
    figure_entries,
    labelled,
    player_index,
    provenance_table,
    svg_size,
)
from singmap.runtime.errors import InputError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 792.4 300"/>'


@pytest.fixture
def figures(tmp_path):
    for name in ("scores", "structure", "mine"):
        (tmp_path / f"{name}.svg").write_text(SVG)
        (tmp_path / f"{name}.rst").write_text(f"*About* {name} <b>", encoding="utf-8")
    return {name: tmp_path / f"{name}.svg" for name in ("structure", "scores", "mine")}


def test_a_figure_stands_in_its_section_with_its_own_title_caption_and_size(tmp_path, figures):
    captions = {name: tmp_path / f"{name}.rst" for name in figures}
    shown = {"structure": ("Mappings", "S"), "scores": ("Scores", "T"), "mine": ("My own", "M")}
    entries = figure_entries(figures, captions, shown)
    places = {section: [entry["name"] for entry in found] for section, found in entries.items() if found}
    assert places == {"Mappings": ["structure"], "Scores": ["scores"], "Other": ["mine"]}
    (entry,) = entries["Scores"]
    assert (entry["title"], entry["width"], entry["height"]) == ("T", 792, 300)
    assert (entry["picture"], entry["data"]) == ("files/figures/scores.svg", "files/figures/scores.csv")
    assert "<em>About</em> scores &lt;b&gt;" in entry["caption"]


def test_a_figure_without_a_caption_is_an_error(figures):
    with pytest.raises(KeyError, match="scores"):
        figure_entries(figures, {}, {"scores": ("Scores", "T")})


@pytest.mark.parametrize("content", [SVG[:-1], "<html/>", SVG.replace("viewBox", "box"), ""])
def test_what_is_no_whole_svg_is_named(tmp_path, content):
    (tmp_path / "scores.svg").write_text(content)
    with pytest.raises(InputError, match=r"scores\.svg"):
        svg_size(tmp_path / "scores.svg")


def test_copies_lie_below_the_names_of_their_folders(tmp_path):
    for place in ("tables/a.csv", "figures/a.csv"):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_text(place)
    copied = copy_files([tmp_path / "tables/a.csv", tmp_path / "figures/a.csv"], tmp_path / "files")
    assert copied == ["files/tables/a.csv", "files/figures/a.csv"]
    for place in copied:
        assert (tmp_path / place).read_text() == place.removeprefix("files/")


def test_sounds_are_listed_by_track_in_the_order_of_the_table(tmp_path):
    rows = [
        ("b", "Second & first", "mixture", "mixture", 1.26, "truth/b/mixture.wav"),
        ("b", "Second & first", "sf_seed0", "vocals", 1.26, "sf_seed0/b/vocals.wav"),
        ("a", "Other", "irm", "vocals", 0.0, "irm/a/vocals.wav"),
    ]
    index = pd.DataFrame(rows, columns=["track_id", "track", "system", "source", "start_s", "file"])
    for file, n_samples in zip(index["file"], (22050, 22050, 44100), strict=True):
        write_wav(tmp_path / file, np.zeros((2, n_samples), np.float32))
    second, other = excerpt_entries(index, tmp_path)
    assert (second["track_id"], second["track"], second["start"]) == ("b", "Second & first", "1.3 s")
    assert (second["duration_s"], other["duration_s"]) == (0.5, 1.0)
    told = [(sound["label"], sound["part"], sound["whole"]) for sound in second["sounds"]]
    assert told == [("mixture", "mixture", True), ("sf, seed 0", "vocals", False)]
    known = player_index([second, other])
    assert [known["sounds"][place]["system"] for place in known["tracks"][0]["sounds"]] == [
        "mixture",
        "sf_seed0",
    ]
    assert known["tracks"][1] | {"sounds": [2]} == other | {"sounds": [2]}
    assert player_index([second, second])["sounds"] == second["sounds"], "each kind of sound once"
    assert other["sounds"][0]["label"] == "ideal ratio mask"


def test_names_in_tables_are_readable():
    table = labelled(pd.DataFrame({"system": ["irm", "sf_seed1"], "value": [1, 2], "track": ["nca", "irm"]}))
    assert table["system"].tolist() == ["ideal ratio mask", "sf, seed 1"]
    assert table["track"].tolist() == ["nca", "irm"], "a track's name is not a method's"


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
