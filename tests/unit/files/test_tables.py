"""Tables keep to the dictionary, and the dictionary's own edits rerun only what uses them."""

import shutil

import pandas as pd
import pytest

from singmap.files.tables import (
    Controls,
    DecodedTracks,
    History,
    SpectrogramFigure,
    Structure,
    TrackNames,
    Tracks,
    columns,
    read_table,
    write_table,
)
from singmap.runtime.code_digests import code_digests
from singmap.runtime.errors import InputError


def test_columns_are_those_of_the_bases_from_left_to_right_then_the_own():
    assert columns(TrackNames) == ["track_id", "track"]
    assert columns(DecodedTracks)[:4] == ["track_id", "track", "subset", "n_samples"]
    assert columns(Tracks) == columns(DecodedTracks)
    assert columns(Controls) == ["control", *columns(Structure)]
    assert columns(SpectrogramFigure) == ["signal", "frequency_hz"], "not those whose names vary"


def history(**changes) -> pd.DataFrame:
    return pd.DataFrame([dict.fromkeys(columns(History), 1.5) | {"epoch": 1} | changes])


def test_what_is_written_is_read_again(tmp_path):
    write_table(tmp_path / "a.csv", history(), History)
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.csv", History), history())


@pytest.mark.parametrize(
    "wrong",
    [history(surplus=0), history().drop(columns="epoch"), history()[columns(History)[::-1]]],
    ids=["surplus", "missing", "other order"],
)
def test_other_columns_are_not_written(tmp_path, wrong):
    with pytest.raises(ValueError, match=r"a\.csv: the columns of History are .* found"):
        write_table(tmp_path / "a.csv", wrong, History)
    assert not list(tmp_path.iterdir())


def test_columns_whose_names_vary_follow_the_others(tmp_path):
    row = {"signal": "truth", "frequency_hz": 21.5, "0.0029": -12.5, "0.0145": -13.0}
    write_table(tmp_path / "a.csv", pd.DataFrame([row]), SpectrogramFigure)
    assert read_table(tmp_path / "a.csv", SpectrogramFigure).to_dict("records") == [row]
    with pytest.raises(ValueError, match="SpectrogramFigure"):
        write_table(
            tmp_path / "b.csv",
            pd.DataFrame([row])[["0.0029", *columns(SpectrogramFigure)]],
            SpectrogramFigure,
        )


def test_all_text_stays_text(tmp_path):
    names = ",".join(columns(DecodedTracks))
    (tmp_path / "a.csv").write_text(f'{names}\n01,NA,"1e5",7,True,-200,12,null\n')
    row = read_table(tmp_path / "a.csv", DecodedTracks).iloc[0]
    assert row.tolist() == ["01", "NA", "1e5", 7, True, -200, "12", "null"]


def test_a_table_that_lacks_a_column_is_named_with_it(tmp_path):
    (tmp_path / "a.csv").write_text("track_id,track,subset,n_samples\na,A,test,7\n")
    with pytest.raises(InputError, match=r"a\.csv: expected columns .*no \['target_is_silent', "):
        read_table(tmp_path / "a.csv", DecodedTracks)


@pytest.fixture
def checkout(root, tmp_path):
    """A copy of library and scripts."""
    for folder in ("lib", "scripts"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / "workflow" / folder, tmp_path / "workflow" / folder, ignore=ignored)
    return tmp_path


def changed_scripts(checkout, old: str, new: str) -> set[str]:
    """Scripts whose digests another text in the dictionary changes."""
    dictionary = checkout / "workflow/lib/singmap/files/tables.py"

    def digests() -> dict[str, dict]:
        scripts = sorted((checkout / "workflow/scripts").glob("*.py"))
        return {script.stem: code_digests(script, checkout) for script in scripts}

    before, text = digests(), dictionary.read_text()
    assert text.count(old) == 1
    dictionary.write_text(text.replace(old, new))
    return {script for script, found in digests().items() if found != before[script]}


def test_another_wording_or_one_table_more_reruns_nothing(checkout):
    old = '    """Epoch whose weights were kept: the one with the smallest validation loss."""\n'
    assert not changed_scripts(checkout, old, '    """The epoch that was kept."""\n')
    old = "# Separated audio and its scores.\n"
    assert not changed_scripts(
        checkout, old, f'{old}\n\nclass More(Table):\n    """More."""\n\n    one: Count\n'
    )


def test_one_column_more_reruns_what_uses_the_table(checkout):
    old = "    same_pattern: YesNo\n"
    assert changed_scripts(checkout, old, f"{old}    more: Count\n") == {"audit_scores", "render_page"}
    old = "    learning_rate: Number\n"
    readers = {"train_model", "train_truth", "plot_training", "export_tensorboard"}
    assert changed_scripts(checkout, old, f"{old}    more: Count\n") == readers
