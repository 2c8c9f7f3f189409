"""Files are whole or absent, and a damaged file is named."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from singmap.files.storage import (
    atomic_path,
    load_array,
    make_folder,
    read_csv,
    read_json,
    remove_emptied,
    save_array,
    write_csv,
    write_json,
)
from singmap.runtime.errors import InputError


def test_a_reader_of_the_old_file_never_sees_a_part_of_the_new_one(tmp_path):
    """The name comes to stand for another file; a copy would write into the one that is being read."""
    path = tmp_path / "read.txt"
    path.write_text("old and whole")
    with path.open() as reader:
        with atomic_path(path) as part:
            part.write_text("new")
        assert reader.read() == "old and whole"
    assert path.read_text() == "new"


def test_content_is_on_the_disk_before_the_file_has_its_name(tmp_path, monkeypatch):
    """Or a machine that stops between the two would leave an empty file under the final name."""
    path, events = tmp_path / "synced.txt", []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(
        os, "fsync", lambda fd: (events.append((os.fstat(fd).st_size, path.exists())), sync(fd))
    )
    monkeypatch.setattr(os, "replace", lambda *names: (events.append("named"), replace(*names)))
    with atomic_path(path) as part:
        part.write_text("content")
    assert events == [(7, False), "named"]


def test_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), atomic_path(path) as part:
        part.with_name("absent").rename(part)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path):
    """Only that of the same file: another one may be at work on its neighbour."""
    command = f"""
import os, signal
from singmap.files.storage import atomic_path
with atomic_path({str(tmp_path / "a.csv")!r}):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", command], check=False)
    (left,) = tmp_path.iterdir()
    neighbours = [tmp_path / ".part-a-b-12345678.csv", tmp_path / ".part-a-12345678.npy"]
    for neighbour in neighbours:
        neighbour.touch()
    with atomic_path(tmp_path / "a.csv") as part:
        assert not left.exists()
        part.write_text("x")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a.csv", *neighbours])


def test_new_files_have_ordinary_permissions(tmp_path):
    plain, atomic = tmp_path / "plain", tmp_path / "atomic"
    plain.touch()
    with atomic_path(atomic) as part:
        part.write_text("x")
    assert atomic.stat().st_mode == plain.stat().st_mode


def test_round_trips(tmp_path):
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    save_array(tmp_path / "deep/er/a.npy", array)
    np.testing.assert_array_equal(load_array(tmp_path / "deep/er/a.npy"), array)
    write_json(tmp_path / "a.json", {"voix": "é", "n": 1.5})
    assert read_json(tmp_path / "a.json") == {"voix": "é", "n": 1.5}
    table = pd.DataFrame({"track": ["a, b", 'c"d'], "value": [0.1, np.nan]})
    write_csv(tmp_path / "a.csv", table)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "a.csv", ["track", "value"]), table)


def test_names_stay_text_and_only_empty_fields_are_missing(tmp_path):
    names = ["01", "1e5", "NA", "nan", "null", "None", "inf", "True", "lone\rreturn", "\r\n", "last\r"]
    columns = {"track_id": names, "track": names, "system": ["irm", None] + ["NA"] * 9}
    table = pd.DataFrame(columns | {"value": [0.1, np.nan, np.inf, -np.inf, *range(7)]})
    write_csv(tmp_path / "a.csv", table)
    pd.testing.assert_frame_equal(read_csv(tmp_path / "a.csv", list(table), list(columns)), table)
    write_csv(tmp_path / "one.csv", table[:1])
    alone = read_csv(tmp_path / "one.csv", ["track"], ["track"])["track"]
    assert alone.tolist() == ["01"], "without a word beside it"


def test_emptied_folders_go_up_to_the_first_that_holds_something(tmp_path):
    inner = tmp_path / "kept" / "outer" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "kept" / "file").touch()
    remove_emptied(inner, inner.parent, inner.parent.parent)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["file"]
    remove_emptied(inner, tmp_path / "kept")
    assert (tmp_path / "kept" / "file").exists()


def test_a_parent_removed_by_another_job_is_made_again(tmp_path, monkeypatch):
    mkdir, others = os.mkdir, iter([tmp_path / "unfinished", tmp_path / "unfinished"])

    def rival(path, *arguments, **options):
        mkdir(path, *arguments, **options)
        if Path(path) in others:
            Path(path).rmdir()

    monkeypatch.setattr(os, "mkdir", rival)
    make_folder(tmp_path / "unfinished" / "sf_seed0")
    assert (tmp_path / "unfinished" / "sf_seed0").is_dir()


@pytest.mark.parametrize("memory_map", [True, False])
def test_truncated_array_is_named(tmp_path, memory_map):
    path = tmp_path / "spectra.npy"
    save_array(path, np.ones((100, 10)))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"spectra\.npy.*whole.*made again by snakemake"):
        load_array(path, memory_map)


def test_pickled_arrays_are_refused(tmp_path):
    path = tmp_path / "evil.npy"
    np.save(path, np.array([{"code": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match=r"evil\.npy"):
        load_array(path, memory_map=False)


def test_json_without_a_number_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "nan.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_broken_json_and_tables_are_named(tmp_path):
    (tmp_path / "a.json").write_text('{"half": ')
    with pytest.raises(InputError, match=r"a\.json"):
        read_json(tmp_path / "a.json")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(InputError, match=r"empty\.csv"):
        read_csv(tmp_path / "empty.csv", ["track"])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"other\.csv: expected columns .*no \['track'\]"):
        read_csv(tmp_path / "other.csv", ["a", "track"])


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), OSError("9 requested, 4 written")]
)
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, monkeypatch, error):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))
    with (
        pytest.raises(InputError, match=r"a\.npy: expected room on the disk"),
        atomic_path(tmp_path / "a.npy"),
    ):
        raise error
    assert list(tmp_path.iterdir()) == []
