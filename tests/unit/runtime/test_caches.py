"""Caches lie in the home where it can be written, in a private folder else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from singmap.runtime.caches import cache_variables
from singmap.runtime.errors import InputError

# Numba as it is in an environment that can't be written: a compiled function that wants to be kept.
COMPILED = """
import numba
@numba.njit(cache=True)
def double(x):
    return 2 * x
"""


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_a_place_that_can_be_written_or_made_is_left_alone(tmp_path, variable):
    assert cache_variables({"HOME": "/dev/null", variable: str(tmp_path / "a/b")}) == {}
    assert list(tmp_path.iterdir()) == []


UNWRITABLE = {"HOME": "/dev/null"}


@pytest.mark.parametrize(
    "environment", [UNWRITABLE, {}, {"HOME": "here"}, {"HOME": "/", "XDG_CACHE_HOME": "/dev/null/x"}]
)
def test_else_all_are_sent_to_a_folder_that_can(tmp_path, environment):
    found = cache_variables(environment, tmp_path)
    assert found == {
        "XDG_CACHE_HOME": str(tmp_path),
        "NUMBA_CACHE_DIR": str(tmp_path / "numba"),
        "MPLCONFIGDIR": str(tmp_path / "matplotlib"),
    }
    kept = cache_variables(environment | {"MPLCONFIGDIR": "x"}, tmp_path)
    assert kept == {name: place for name, place in found.items() if name != "MPLCONFIGDIR"}


def test_where_nothing_can_be_written_one_line_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"expected a folder that can be written, found .*; set HOME"):
        cache_variables({"HOME": "/dev/null"}, tmp_path / "file/caches")


def test_compiled_functions_work_with_them_and_not_without(tmp_path):
    """The code lies where nothing can be written: in a folder that has a file in the place of its cache."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "compiled.py").write_text(COMPILED)
    (code / "__pycache__").touch()
    bare = {name: os.environ[name] for name in ("PATH", "PYTHONPATH")} | UNWRITABLE
    command = [sys.executable, "-c", "import compiled; print(compiled.double(21))"]
    found = {}
    for name, environment in {
        "without": bare,
        "with": bare | cache_variables(bare, tmp_path / "caches"),
    }.items():
        done = subprocess.run(command, cwd=code, env=environment, capture_output=True, text=True)
        found[name] = done.stdout + done.stderr
    assert "no locator available" in found["without"]
    assert found["with"] == "42\n"
    assert list(Path(tmp_path, "caches/numba").rglob("*.nbi"))
