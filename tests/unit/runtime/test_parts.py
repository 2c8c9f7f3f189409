"""Several rules' scripts as one job: each sees what it would see alone, and the next one what it wrote."""

import re
import sys
from types import SimpleNamespace

import pytest

from singmap.runtime.parts import part_of, run_parts
from singmap.runtime.records import check_inputs

FIRST = """
from pathlib import Path
from threadpoolctl import threadpool_info
import numpy

def main(*, table: Path, made: Path, seed: int, scale: float) -> None:
    threads = max(pool["num_threads"] for pool in threadpool_info())
    made.write_text(f"{float(table.read_text()) * scale + seed} {threads}")
"""
SECOND = """
from pathlib import Path

def main(*, made: Path, others: list[Path], doubled: Path, scale: int = 7) -> None:
    print("doubling")
    if made.read_text() == "":
        raise ValueError("nothing")
    doubled.write_text(made.read_text() * 2 + f" {len(others)} {scale}")
"""


class Named(dict):
    """Snakemake's lists of names and values, as far as they are read."""

    def __getattr__(self, name):
        return self[name]


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job of two parts, the second of which reads what the first makes."""
    (tmp_path / "scripts").mkdir()
    for name, text in {"make_first": FIRST, "make_second": SECOND}.items():
        (tmp_path / "scripts" / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path / "scripts")
    results = tmp_path / "results"
    (results / "logs/both").mkdir(parents=True)
    (tmp_path / "table.txt").write_text("2")
    return SimpleNamespace(
        rule="both",
        input=Named(make_first__table=f"{tmp_path}/table.txt", make_second__others=["x", "y"]),
        output=Named(make_first__made=f"{results}/made.txt", make_second__doubled=f"{results}/doubled.txt"),
        params=Named(
            make_first__scale=0.5, parts={"make_first": 2, "make_second": 1},
            inner={"make_second__made": f"{results}/made.txt"},
        ),
        wildcards=Named(seed="3"),
        resources=SimpleNamespace(),
        log=[f"{results}/logs/both/all.log"],
    )  # fmt: skip


def test_each_script_gets_its_own_files_and_parameters_and_what_parts_before_it_made(job, tmp_path):
    job.input["make_second__others"] = [f"{tmp_path}/table.txt"]
    run_parts(job)
    results = tmp_path / "results"
    assert (results / "made.txt").read_text() == "4.0 2"
    assert (results / "doubled.txt").read_text() == "4.0 24.0 2 1 7"


def test_it_says_which_script_runs_and_at_the_end_what_all_took(job, capsys):
    job.input["make_second__others"] = []
    run_parts(job)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["make_first:", "make_second:", "doubling"]
    assert re.fullmatch(r"[\d.]+ CPU s, of which [\d.]+ to start", lines[-1])


def test_files_are_recorded_so_that_damage_to_them_is_noticed(job, tmp_path):
    job.input["make_second__others"] = []
    run_parts(job)
    made = tmp_path / "results/made.txt"
    check_inputs(tmp_path / "results", [made])
    made.write_text("4.0 3")
    with pytest.raises(Exception, match=r"made\.txt"):
        check_inputs(tmp_path / "results", [made])


def test_a_part_is_called_by_its_rule_and_sees_no_names_of_others(job):
    part = part_of(job, "make_second", 1)
    assert part.rule == "make_second"
    assert part.input == {"others": ["x", "y"], "made": job.output["make_first__made"]}
    assert list(part.output) == ["doubled"]
    assert part.params == {}


def test_an_error_ends_the_job_before_the_next_part(job, tmp_path):
    (tmp_path / "table.txt").write_text("no number")
    with pytest.raises((SystemExit, ValueError)):
        run_parts(job)
    assert not (tmp_path / "results/doubled.txt").exists()
