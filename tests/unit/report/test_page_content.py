"""What stands on the page: captions, players, readable names, and what the models were made with."""

import base64
import io

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.files.storage import write_json
from singmap.files.wav import write_wav
from singmap.report.page_content import (
    excerpt_entries,
    figure_entries,
    labelled,
    provenance_table,
    track_remarks,
)
from tests.helpers import study_tables


def content_of(uri: str, media_type: str) -> bytes:
    head, _, coded = uri.partition(",")
    assert head == f"data:{media_type};base64"
    return base64.b64decode(coded)


def test_a_figure_stands_with_its_own_title_and_caption(tmp_path):
    for name in ("scores", "structure"):
        (tmp_path / f"{name}.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg">{name} µ</svg>', encoding="utf-8"
        )
        (tmp_path / f"{name}.rst").write_text(f"*About* {name}", encoding="utf-8")
    figures = {name: tmp_path / f"{name}.svg" for name in ("structure", "scores")}
    captions = {name: tmp_path / f"{name}.rst" for name in figures}
    entries = figure_entries(figures, captions, {"scores": "Scores", "structure": "Structure"})
    assert list(entries) == ["structure", "scores"], "figures keep their order"
    for name, entry in entries.items():
        assert entry["title"] == name.capitalize()
        assert (
            content_of(entry["uri"], "image/svg+xml").decode()
            == f'<svg xmlns="http://www.w3.org/2000/svg">{name} µ</svg>'
        )
        assert f"<em>About</em> {name}" in entry["caption"]


def test_a_figure_without_a_caption_is_an_error(tmp_path):
    (tmp_path / "scores.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    with pytest.raises(KeyError, match="scores"):
        figure_entries({"scores": tmp_path / "scores.svg"}, {}, {"scores": "Scores"})


@pytest.fixture
def excerpts(tmp_path) -> pd.DataFrame:
    """Tones of two tracks whose frequency tells system and source; of the mixture there is one file."""
    rows = [
        ("b", "Second & first", "mixture", "mixture", 1.26, 220),
        ("b", "Second & first", "truth", "vocals", 1.26, 440),
        ("b", "Second & first", "sf_seed0", "vocals", 1.26, 880),
        ("a", "Other", "truth", "vocals", 0.0, 660),
    ]
    for track_id, _, system, source, _, frequency_hz in rows:
        tone = 0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(22050) / 44100)
        write_wav(tmp_path / track_id / f"{system}_{source}.wav", np.stack([tone, tone]).astype(np.float32))
    return pd.DataFrame(
        [(*row[:5], f"{row[0]}/{row[2]}_{row[3]}.wav") for row in rows],
        columns=["track_id", "track", "system", "source", "start_s", "file"],
    )


def pitch_hz(uri: str) -> float:
    """The strongest frequency of an MP3 in a URI."""
    audio, rate_hz = soundfile.read(io.BytesIO(content_of(uri, "audio/mpeg")))
    return np.abs(np.fft.rfft(audio[:, 0])).argmax() * rate_hz / len(audio)


def test_players_stand_where_their_system_and_source_cross(tmp_path, excerpts):
    second, other = excerpt_entries(excerpts, tmp_path)
    assert (second["track"], second["start"]) == ("Second & first", "1.3 s")
    assert second["sources"] == ["mixture", "vocals"]
    assert [row["label"] for row in second["rows"]] == ["mixture", "true source", "sf, seed 0"]
    heard = [[uri and round(pitch_hz(uri), -1) for uri in row["players"]] for row in second["rows"]]
    assert heard == [[220, None], [None, 440], [None, 880]]
    assert (other["track"], other["sources"], len(other["rows"])) == ("Other", ["vocals"], 1)


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


def test_tracks_whose_audio_looks_wrong_get_a_line_each():
    tracks = study_tables.decoded_tracks({"a": "A", "b": "B", "c": "C"})
    tracks["remarks"] = ["", None, "the mixture differs"]
    assert track_remarks(tracks) == ["C (test): the mixture differs"]
    assert track_remarks(tracks[:2]) == []
