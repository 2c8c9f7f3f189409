"""The file of a model of one's own is read without being run, and only files that were named are run."""

import os
import subprocess
import sys

import pytest

from singmap.models.own_file import (
    FILES_VARIABLE,
    allow_files,
    file_of,
    model_names,
    own_files,
    read_own_file,
)
from singmap.runtime.errors import InputError
from tests.helpers.own_models import CONVOLUTION, NARROW, write_model


def test_a_file_is_read_without_being_run(tmp_path, monkeypatch):
    told = read_own_file(write_model(tmp_path, CONVOLUTION + "\nraise SystemExit(9)", monkeypatch))
    assert not told.has_layers
    assert read_own_file(write_model(tmp_path, NARROW, monkeypatch)).has_layers


def test_rules_read_files_without_torch(tmp_path, monkeypatch):
    path = write_model(tmp_path, NARROW, monkeypatch)
    code = f"""if True:
        import sys
        from pathlib import Path
        from singmap.models.own_file import read_own_file
        assert read_own_file(Path({str(path)!r})).has_layers
        assert 'torch' not in sys.modules
    """
    subprocess.run([sys.executable, "-c", code], check=True)


def test_comments_leave_a_model_the_same_and_code_does_not(tmp_path, monkeypatch):
    first = read_own_file(write_model(tmp_path, NARROW, monkeypatch)).design
    assert read_own_file(write_model(tmp_path, "# mine" + NARROW, monkeypatch, "b.py")).design == first
    other = NARROW.replace("n_bins, 7", "n_bins, 8")
    assert read_own_file(write_model(tmp_path, other, monkeypatch, "c.py")).design != first


@pytest.mark.parametrize(
    "source", ["from somewhere import Model", "Model = dict", "def Model(n_bins): ...", "import a as Model"]
)
def test_a_model_may_be_whatever_bears_the_name(tmp_path, monkeypatch, source):
    assert not read_own_file(write_model(tmp_path, source, monkeypatch)).has_layers


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"class Modell: ...", r"mine\.py: expected a class Model, found none; see docs/extending\.md"),
        (b"class Model:\n  def", r"mine\.py, line 2: expected Python code, found invalid syntax"),
        (b"\xff", r"mine\.py: expected Python code, found bytes that are no UTF-8"),
    ],
)
def test_what_defines_no_model_is_named(tmp_path, content, message):
    (tmp_path / "mine.py").write_bytes(content)
    with pytest.raises(InputError, match=message) as raised:
        read_own_file(tmp_path / "mine.py")
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.py: expected a Python file that defines a model"):
        read_own_file(tmp_path / "absent.py")


def test_a_model_finds_its_file_among_those_allowed_by_content(tmp_path, monkeypatch):
    first = write_model(tmp_path, NARROW, monkeypatch)
    second = write_model(tmp_path, CONVOLUTION, monkeypatch, "other.py")
    allow_files([first, second])
    assert file_of(read_own_file(second).design) == second
    design = read_own_file(first).design
    first.write_text(NARROW.replace("7", "8"))
    with pytest.raises(InputError, match=r"found another one, or none: .*other\.py, .*mine\.py; name it"):
        file_of(design)


def test_no_file_is_run_that_was_not_allowed(tmp_path, monkeypatch):
    design = read_own_file(write_model(tmp_path, NARROW, monkeypatch)).design
    monkeypatch.delenv(FILES_VARIABLE)
    with pytest.raises(InputError, match="found another one, or none: none"):
        file_of(design)


def test_a_path_that_would_be_two_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(FILES_VARIABLE, "")
    with pytest.raises(InputError, match="expected a path without"):
        allow_files([tmp_path / f"a{os.pathsep}b.py"])


def test_configured_models_are_told_apart(tmp_path, monkeypatch):
    file = write_model(tmp_path, NARROW, monkeypatch)
    given = tmp_path / "given.safetensors"
    given.touch()
    trained = {"name": "narrow", "file": str(file)}
    models = ["sf", trained, {"name": "given", "file": str(file), "weights": str(given)}]
    assert model_names(models) == ["sf", "narrow", "given"]
    own = own_files(models)
    assert list(own) == ["narrow", "given"]
    assert own["narrow"].weights is None
    assert own["given"].weights == given
    given.unlink()
    with pytest.raises(
        InputError, match=r"given\.safetensors: expected the weights of the model given, found no"
    ):
        own_files(models)
