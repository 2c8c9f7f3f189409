"""The page of results: current, and it explains every file, table, column and unit."""

import re
from fnmatch import fnmatch

import pytest

from singmap.files.tables import columns
from tools.results_reference import (
    ENTRIES,
    PAGE,
    PLACEHOLDERS,
    all_tables,
    matches,
    reference,
    table_columns,
    table_of,
    units,
)


def test_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == reference(), "run `make references`"


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.__name__)
def test_every_column_has_a_unit_that_is_explained_and_a_meaning(table):
    described = table_columns(table)
    assert [column.name for column in described if not column.is_many] == columns(table)
    assert all(column.name not in columns(table) for column in described if column.is_many)
    for column in described:
        assert column.unit in units(), column
        assert len(column.meaning.split()) >= 3, column
        assert column.meaning.endswith("."), column


@pytest.mark.parametrize("table", all_tables(), ids=lambda table: table.__name__)
def test_every_table_says_what_one_row_is(table):
    assert re.match(r"One row per .+\.$", table.__doc__.splitlines()[0])


def test_every_table_has_its_files_among_those_of_a_study():
    places = [file for table in all_tables() for file in table.files]
    assert sorted(places) == sorted(
        entry.place for entry in ENTRIES if entry.place.endswith((".csv", ".parquet"))
    )
    for entry in ENTRIES:
        assert bool(entry.meaning) != bool(table_of(entry.place)), f"{entry.place}: words, or a table's own"


def test_every_rule_writes_something_and_no_other_does(root):
    text = "".join(path.read_text() for path in (root / "workflow/rules").glob("*.smk"))
    rules = set(re.findall(r"^(?:rule|checkpoint) (\w+):", text, re.MULTILINE))
    named = {rule for entry in ENTRIES for rule in entry.rule.split(", ") if rule}
    assert rules <= named
    assert all(any(fnmatch(rule, name) for rule in rules) for name in named)


def test_every_placeholder_is_explained():
    used = {name for entry in ENTRIES for name in re.findall(r"<(\w+)>", entry.place)}
    assert used == set(PLACEHOLDERS)


def test_places_stand_for_their_files_only():
    assert matches("mappings/<model>/seed<seed>/<method>.npy", "mappings/sf/seed0/nca.npy")
    assert not matches("mappings/<model>/seed<seed>/<method>.npy", "mappings/unfinished/sf_seed0/nca/a.npy")
    assert matches("mappings/unfinished/", "mappings/unfinished/sf_seed0/nca/a.npy")
    assert matches("**/.snakemake_timestamp", "museval/.snakemake_timestamp")
    assert matches("report/files/", "report/files/tables/scores.csv")
    assert not matches("report/files/", "report/files/.snakemake_timestamp"), "it has a place of its own"
    assert not matches("tables/scores.csv", "tables/scores_csv")


def test_a_copy_is_the_table_of_its_original():
    assert table_of("report/files/tables/scores.csv") is table_of("tables/scores.csv") is not None
    assert table_of("report/files/figures/scores.svg") is None
