"""The job runner: arguments by name and type, one log, one limit of threads; what it says by hand."""

import inspect
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from threadpoolctl import threadpool_info

from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.job import bound, limited_threads, run_checked

SCRIPTS = sorted(Path(__file__).resolve().parents[3].glob("workflow/scripts/*.py"))
# Runs those of other rules: it has no arguments of its own.
SCRIPTS = [path for path in SCRIPTS if path.stem != "do_parts"]
SCRIPT = """
from pathlib import Path
from typing import Any
from singmap.runtime.job import run

def main(*, table: Path, parts: list[Path], seed: int, settings: dict[str, Any], threads: int) -> None:
    print("seed", seed, "threads", threads)
    if settings["fails"]:
        raise ValueError("as asked")
    table.write_text(f"{[part.name for part in parts]} {seed + 1}")

if __name__ == "__main__":
    run(main)
"""


def job(**parts):
    """What Snakemake puts into a script, as far as the runner reads it."""
    empty = {"input": {}, "output": {}, "params": {}, "wildcards": {}}
    own = {"rule": "some_rule", "threads": 1, "resources": SimpleNamespace(gpu=1)}
    return SimpleNamespace(**(empty | own | parts))


def test_arguments_come_by_name_from_every_part_in_the_type_that_is_asked_for():
    def main(
        *,
        a: Path,
        several: list[Path],
        seed: int,
        model: str,
        bands: list[int],
        gpu_slots: int,
        late: int = 5,
    ) -> None:
        pass

    parts = {
        "input": {"a": "in/a.csv", "several": ["x.npy", "y.npy"], "not_asked_for": "z"},
        "output": {"made": "out/made.csv"},
        "params": {"bands": [1, 2], "singmap.spectra.stft": "singmap.spectra.stft 0123"},
        "wildcards": {"seed": "3", "model": "sf"},
    }
    assert bound(main, job(**parts)) == {
        "a": Path("in/a.csv"),
        "several": [Path("x.npy"), Path("y.npy")],
        "seed": 3,
        "model": "sf",
        "bands": [1, 2],
        "gpu_slots": 1,
    }


def test_an_input_of_one_file_is_a_list_of_one_where_the_script_wants_a_list():
    def main(*, several: list[Path]) -> None:
        pass

    assert bound(main, job(input={"several": "x.npy"})) == {"several": [Path("x.npy")]}


def test_outputs_are_all_named_outputs():
    def main(*, outputs: dict[str, Path]) -> None:
        pass

    made = {"figure_svg": "f.svg", "figure_csv": "f.csv"}
    assert bound(main, job(output=made)) == {"outputs": {name: Path(path) for name, path in made.items()}}


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"input": {"table": "a"}, "output": {"table": "b"}}, "several values"),
        ({"input": {"other": "a"}}, "no value"),
    ],
)
def test_a_name_with_no_or_two_values_is_an_error_that_names_rule_and_argument(parts, found):
    def main(*, table: Path) -> None:
        pass

    with pytest.raises(TypeError, match=f"rule some_rule gives {found} for the argument 'table'"):
        bound(main, job(**parts))


def run_script(folder: Path, fails: bool) -> subprocess.CompletedProcess:
    """Run SCRIPT as Snakemake would, in a process of its own, below `folder`."""
    script = folder / "some_rule.py"
    script.write_text(SCRIPT)
    parts = {
        "input": {"parts": ["in/a", "in/b"]},
        "output": {"table": str(folder / "made.txt")},
        "params": {"settings": {"fails": fails}},
        "wildcards": {"seed": "7"},
        "log": [str(folder / "job.log")],
    }
    driver = f"""
import runpy
from types import SimpleNamespace as namespace
job = {job(**parts)}
runpy.run_path({str(script)!r}, init_globals={{"snakemake": job}}, run_name="__main__")
"""
    return subprocess.run([sys.executable, "-c", driver], capture_output=True, text=True)


def test_a_job_runs_and_its_output_and_what_it_took_go_to_the_log(tmp_path):
    done = run_script(tmp_path, fails=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "made.txt").read_text() == "['a', 'b'] 8"
    log = (tmp_path / "job.log").read_text()
    assert re.fullmatch(r"seed 7 threads 1\n\d+\.\d\d CPU s, of which \d+\.\d\d to start\n", log)


def test_a_failing_job_ends_with_status_1_one_line_and_its_traceback_in_the_log(tmp_path):
    done = run_script(tmp_path, fails=True)
    assert done.returncode == 1
    assert done.stderr == f"Error: ValueError: as asked (log: {tmp_path / 'job.log'})\n"
    assert 'raise ValueError("as asked")' in (tmp_path / "job.log").read_text()


def study_job(results: Path, **parts) -> SimpleNamespace:
    """A job that reads a table and a folder of audio of a study, and writes another table."""
    read = {"index": str(results / "audio/index.csv"), "tracks": [str(results / "audio/my tracks")]}
    made = {"table": str(results / "tables/scores.csv")}
    return job(input=read, output=made, log=[str(results / "logs/some_rule/all.log")], **parts)


@pytest.mark.parametrize(
    ("damaged", "named"),
    [
        ("audio/index.csv", "audio/index.csv"),
        ("audio/my tracks/one/vocals.wav", "'{}/audio/my tracks'"),
        ("audio", "audio/index.csv '{}/audio/my tracks'"),
    ],
)
def test_what_is_damaged_is_made_again_by_the_whole_output_that_holds_it(tmp_path, damaged, named):
    def main(*, index: Path) -> None:
        raise InputError(str(tmp_path / damaged), "sound", "none", REBUILD)

    named = named.format(tmp_path) if named.startswith("'") else f"{tmp_path}/{named.format(tmp_path)}"
    with pytest.raises(InputError) as refused:
        run_checked(main, study_job(tmp_path))
    assert refused.value.remedy == f"run snakemake again with --forcerun {named}"


def test_a_remedy_of_its_own_stays():
    def main() -> None:
        raise InputError("a.wav", "b", "c", "sing it again")

    with pytest.raises(InputError, match=r"c; sing it again$"):
        run_checked(main, study_job(Path("results/demo")))


def test_a_job_does_not_start_on_what_was_changed_since_it_was_written(tmp_path):
    def write(*, table: Path) -> None:
        table.parent.mkdir(exist_ok=True)
        table.write_text("a\n1\n")

    def read(*, scores: Path) -> None:
        pytest.fail("it started")

    run_checked(write, study_job(tmp_path))
    scores = tmp_path / "tables/scores.csv"
    scores.write_text("a\n2\n")
    reading = job(input={"scores": str(scores)}, log=[str(tmp_path / "logs/next/all.log")])
    with pytest.raises(InputError) as refused:
        run_checked(read, reading)
    assert str(refused.value) == (
        f"{scores}: expected the content that some_rule wrote, found other content; "
        f"run snakemake again with --forcerun {scores}"
    )


def test_a_job_s_threads_bind_torch_and_blas():
    before = torch.get_num_threads()
    try:
        with limited_threads(1):
            assert torch.get_num_threads() == 1
            assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_by_hand_every_script_says_what_it_needs(script, capsys):
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"snakemake --cores 2 --until {script.stem}" in said
    main = runpy.run_path(str(script))["main"]
    for parameter in inspect.signature(main).parameters.values():
        assert f"    {parameter}" in said
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.annotation is not parameter.empty


def test_one_file_under_a_name_that_may_stand_for_several_is_a_list_of_it():
    def main(*, parts: list[Path]) -> None: ...

    assert bound(main, job(input={"parts": "a/one.csv"})) == {"parts": [Path("a/one.csv")]}
