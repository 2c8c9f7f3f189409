"""Tables: sorted by their heads, filtered by words, scores of a chosen kind; all of it in the address."""

import pytest

from tests.helpers.rendered_page import TRACKS

COLUMN = """
const rows = [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].filter((row) => !row.hidden);
return rows.map((row) => row.cells[arguments[1]].textContent);
"""
SCORES = "return singmap.index.scores.values[1].map(row => row.map(v => v === null ? '–' : v.toFixed(2)))"
SHOWN = """
const rows = [...document.querySelectorAll("#by-track tbody tr")];
return rows.map((row) => [...row.cells].slice(1).map((cell) => cell.textContent));
"""


def column(page, table, place):
    return page.run(COLUMN, table, place)


@pytest.mark.parametrize(
    ("table", "place"), [("by-track", 1), ("agreement", 3), ("summary", 1), ("comparisons", 4)]
)
def test_numbers_are_sorted_as_numbers_both_ways(page, table, place):
    head = f"#{table} thead th:nth-child({place + 1})"
    for expected, reverse in (("ascending", False), ("descending", True)):
        page.run("document.querySelector(`${arguments[0]} button`).click()", head)
        assert page.run("return document.querySelector(arguments[0]).ariaSort", head) == expected
        numbers = [float(text.split(" ")[0]) for text in column(page, table, place) if text not in ("–", "")]
        assert numbers == sorted(numbers, reverse=reverse)
    assert page.state()[f"sort-{table}"] == f"{place}down"


def test_what_has_no_number_stays_below(page):
    page.run("const cell = document.querySelector('#by-track tbody tr').cells[1]; cell.textContent = '–'")
    for _ in range(2):
        page.run("document.querySelector('#by-track thead th:nth-child(2) button').click()")
        assert column(page, "by-track", 1)[-1] == "–"


def test_rows_are_filtered_by_all_words_in_any_case(page):
    field = page.find("[data-filters=agreement]")
    page.run("arguments[0].scrollIntoView({block: 'center'})", field)
    field.send_keys("JACOBIAN raw")
    methods = column(page, "agreement", 2)
    assert methods
    assert set(methods) == {"Jacobian"}
    assert set(column(page, "agreement", 1)) == {"raw"}
    assert page.text("[data-counts=agreement]").startswith(f"{len(methods)} of ")
    page.open(f"rows-agreement={page.state()['rows-agreement']}")
    assert column(page, "agreement", 2) == methods


def test_scores_of_another_kind_take_their_place(page):
    looks = page.run("return singmap.index.scores.looks")
    assert page.text("#by-track caption").startswith(looks[0])
    page.choose("#sc-look", looks[1])
    assert page.run(SHOWN) == page.run(SCORES)
    assert column(page, "by-track", 0) == list(TRACKS.values())
    page.open(f"score={page.state()['score'].replace(' ', '+')}")
    assert page.text("#by-track caption").startswith(looks[1])
