"""Parquet files hold what was put in, to the bit, and a damaged one is named."""

import os
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest

from singmap.files import storage
from singmap.files.parquet import read_parquet, write_parquet
from singmap.runtime.errors import InputError

KINDS = {"word": str, "score": float, "count": int, "flag": bool}
WORDS = [
    *("01", "1e5", "NA", "nan", "null", "None", "inf", "True", "NULL", "\\N", " led", "trailed "),
    *('quo"te', "it's", "a,b;c\t", "lone\rreturn", "\r\n", "last\r", "nul\0byte", "\ufeffmark"),
    *("日本 ü 🎵", "é", "e\u0301", "\u202eright to left", "x" * 10_000, "$(name)", "%s", "{}"),
]
NUMBERS = [0.1, -0.0, np.inf, -np.inf, 5e-324, np.finfo(float).max, np.nextafter(1, 2), np.nan]


def hostile() -> pd.DataFrame:
    """A row per word; numbers of every size, whole ones beyond those that float64 holds."""
    n_rows = len(WORDS)
    finite = np.random.default_rng(0).integers(0, 0x7FE << 52, n_rows - len(NUMBERS)).view(np.float64)
    columns = {
        "word": pd.Series(WORDS, dtype="str"),
        "score": np.concatenate([NUMBERS, finite]),
        "count": 2**53 + np.arange(n_rows),
        "flag": np.arange(n_rows) % 2 == 0,
    }
    return pd.DataFrame(columns)


def words(column) -> list:
    return [None if pd.isna(word) else word for word in column]


def test_hostile_values_come_back_to_the_bit(tmp_path):
    write_parquet(tmp_path / "a.parquet", hostile(), KINDS)
    found = read_parquet(tmp_path / "a.parquet", KINDS)
    assert words(found["word"]) == WORDS
    bits, expected = (table["score"].to_numpy().view(np.int64) for table in (found, hostile()))
    np.testing.assert_array_equal(bits, expected)
    pd.testing.assert_frame_equal(found[["count", "flag"]], hostile()[["count", "flag"]])


def test_what_is_missing_stays_missing_and_empty_text_is(tmp_path):
    table = hostile().astype({"count": "Int64", "flag": "boolean"})
    table.loc[:2, "word"] = ["", None, np.nan]
    table.loc[:1, ["count", "flag"]] = None
    write_parquet(tmp_path / "a.parquet", table, KINDS)
    found = read_parquet(tmp_path / "a.parquet", KINDS)
    assert words(found["word"]) == [None, None, None, *WORDS[3:]]
    n_missing = {"word": 3, "score": 1, "count": 2, "flag": 2}
    assert found.isna().sum().to_dict() == n_missing
    # And so it is to other readers: an average leaves NULL out, NaN would spoil it.
    file = duckdb.read_parquet(str(tmp_path / "a.parquet"))
    assert {name: len(file.filter(f"{name} IS NULL")) for name in KINDS} == n_missing


@pytest.mark.parametrize("n_rows", [0, 3])
def test_a_table_without_rows_and_one_without_any_word(tmp_path, n_rows):
    table = hostile()[:n_rows].assign(word=pd.Series([None] * n_rows, dtype=object))
    write_parquet(tmp_path / "a.parquet", table, KINDS)
    found = read_parquet(tmp_path / "a.parquet", KINDS)
    assert len(found) == n_rows
    assert found["word"].isna().all()
    assert found["score"].dtype == np.float64


def test_rows_keep_their_order_over_many_row_groups(tmp_path):
    path, number = tmp_path / "a.parquet", np.arange(300_000)
    table = pd.DataFrame({"word": np.array(["b", "a", "c"])[number % 3], "count": number})
    write_parquet(path, table, {"word": str, "count": int})
    query = "SELECT num_row_groups FROM parquet_file_metadata($path)"
    assert duckdb.execute(query, {"path": str(path)}).fetchall() == [(3,)]
    found = read_parquet(path, {"word": str, "count": int})
    pd.testing.assert_frame_equal(found.astype({"word": "str"}), table)
    some = read_parquet(path, {"count": int, "word": str}, {"word": "a"})
    assert list(some) == ["count", "word"]
    np.testing.assert_array_equal(some["count"], number[1::3])


def test_text_that_rows_must_hold_is_taken_as_it_is(tmp_path):
    write_parquet(tmp_path / "a.parquet", hostile(), KINDS)
    for word in ("it's", 'quo"te', "\\N", "nul\0byte"):
        assert words(read_parquet(tmp_path / "a.parquet", KINDS, {"word": word})["word"]) == [word]
    assert read_parquet(tmp_path / "a.parquet", KINDS, {"word": "' OR ''='"}).empty


def test_the_same_table_has_the_same_bytes(tmp_path):
    for name in "ab":
        write_parquet(tmp_path / f"{name}.parquet", hostile(), KINDS)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_only_the_columns_that_are_asked_for_are_read(tmp_path):
    """The bytes of all others are overwritten: who read them would notice."""
    path = tmp_path / "a.parquet"
    write_parquet(path, hostile(), KINDS)
    offsets = "path_in_schema, coalesce(dictionary_page_offset, data_page_offset), total_compressed_size"
    query = f"SELECT {offsets} FROM parquet_metadata($path)"  # noqa: S608
    content = bytearray(path.read_bytes())
    for name, start, size in duckdb.execute(query, {"path": str(path)}).fetchall():
        if name != "count":
            content[start : start + size] = b"\xff" * size
    path.write_bytes(content)
    pd.testing.assert_frame_equal(read_parquet(path, {"count": int}), hostile()[["count"]])
    for name in set(KINDS) - {"count"}:
        with pytest.raises(InputError, match=r"a\.parquet: expected a Parquet table"):
            read_parquet(path, {name: KINDS[name]})


@pytest.mark.parametrize("damage", ["empty", "half", "last byte", "other content", "a table of text"])
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "a.parquet"
    write_parquet(path, hostile(), KINDS)
    whole = path.read_bytes()
    contents = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "last byte": whole[:-1],
        "other content": b"<html>not found</html>" * 100,
        "a table of text": b"word,score,count,flag\n" * 10,
    }
    path.write_bytes(contents[damage])
    with pytest.raises(InputError, match=r"a\.parquet: expected a Parquet table, found .*--forcerun$"):
        read_parquet(path, KINDS)


@pytest.mark.parametrize(
    ("kinds", "found"),
    [
        ({"absent": str}, "absent as VARCHAR, found no absent"),
        ({"score": str}, "score as VARCHAR, found DOUBLE"),
        ({"word": float}, "word as DOUBLE, found VARCHAR"),
        ({"score": int}, "score as BIGINT, found DOUBLE"),
        ({"count": float}, "count as DOUBLE, found BIGINT"),
        ({"count": bool}, "count as BOOLEAN, found BIGINT"),
    ],
)
def test_a_column_that_is_absent_or_of_another_kind_is_named(tmp_path, kinds, found):
    write_parquet(tmp_path / "a.parquet", hostile(), KINDS)
    with pytest.raises(InputError, match=rf"a\.parquet: .*{found}; have it made again"):
        read_parquet(tmp_path / "a.parquet", kinds)


def test_an_absent_file_is_told_as_any_other(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"absent\.parquet"):
        read_parquet(tmp_path / "absent.parquet", KINDS)


@pytest.mark.parametrize("folder", ["[1]*?", "word=other", 'it\'s "so" $(x)', "~", "日本", "s3:"])
def test_folders_of_any_name(tmp_path, monkeypatch, folder):
    """Neither patterns of names, nor values of columns, nor other people's homes."""
    for name, table in ((folder, hostile()), ("1xy", hostile()[:1])):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path)
        write_parquet(f"{name}/a.parquet", table, KINDS)
        assert os.listdir(tmp_path / name) == ["a.parquet"]
    assert words(read_parquet(f"{folder}/a.parquet", KINDS)["word"]) == WORDS


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    def on_a_full_disk(dir, prefix, suffix):
        part = dir / f"{prefix}12345678{suffix}"
        part.symlink_to("/dev/full")
        return os.open(os.devnull, os.O_RDONLY), str(part)

    monkeypatch.setattr(storage.tempfile, "mkstemp", on_a_full_disk)
    with pytest.raises(storage.FullDiskError, match=r"a\.parquet: expected room on the disk"):
        write_parquet(tmp_path / "a.parquet", hostile(), KINDS)
    assert list(tmp_path.iterdir()) == []


def test_a_job_has_one_thread_and_leaves_its_surroundings_alone(tmp_path):
    """A process of its own: others have their threads already. Its home can't be written to."""
    command = """
import os, sys
import pandas as pd
import singmap.files.large_tables
from singmap.files.parquet import read_parquet, write_parquet
assert "duckdb" not in sys.modules, "imported before it is needed"
import duckdb
connect, n_threads = duckdb.connect, []
def counting(**options):
    database = connect(**options)
    n_threads.append(len(os.listdir("/proc/self/task")))
    return database
duckdb.connect = counting
write_parquet("a.parquet", pd.DataFrame({"word": ["a"] * 500_000}), {"word": str})
assert len(read_parquet("a.parquet", {"word": str})) == 500_000
assert n_threads == [1, 1], n_threads
"""
    own = os.environ | {"HOME": "/proc", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", command], cwd=tmp_path, env=own, check=True)
    assert os.listdir(tmp_path) == ["a.parquet"]
