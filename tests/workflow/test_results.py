"""A finished study holds what docs/results.md says, and nothing else."""

import csv
from pathlib import Path

import duckdb
import pytest

from singmap.files.tables import columns
from tools.results_reference import COPIES, ENTRIES, all_tables, matches, table_columns


@pytest.fixture(scope="module")
def files(finished_run) -> dict[str, Path]:
    """All files of the study below its folder of results, {place: path}."""
    results = finished_run / "results/tiny"
    return {str(path.relative_to(results)): path for path in results.rglob("*") if path.is_file()}


def test_every_file_is_described_once(files):
    found = {place: [entry.place for entry in ENTRIES if matches(entry.place, place)] for place in files}
    assert {place: entries for place, entries in found.items() if len(entries) != 1} == {}


def test_every_table_has_the_columns_of_the_dictionary(files):
    found = [place for place in files if place.endswith((".csv", ".parquet"))]
    described = {place: [table for table in all_tables() if is_of(table, place)] for place in found}
    assert {place: tables for place, tables in described.items() if len(tables) != 1} == {}
    for place, (table,) in described.items():
        header = header_of(files[place])
        known = columns(table)
        has_more = any(column.is_many for column in table_columns(table))
        assert header[: len(known)] == known, place
        assert (len(header) > len(known)) == has_more, place
    assert {table for tables in described.values() for table in tables} == set(all_tables())


def test_copies_beside_the_page_are_those_of_their_originals(files):
    copies = [place for place in files if matches(COPIES, place)]
    assert {Path(place).suffix for place in copies} == {".csv", ".svg"}
    for place in copies:
        assert files[place].read_bytes() == files[place.removeprefix(COPIES)].read_bytes(), place


def header_of(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return duckdb.read_parquet(str(path)).columns
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def is_of(table, place: str) -> bool:
    return any(matches(file, place.removeprefix(COPIES)) for file in table.files)
