"""What is recorded beside results: it must be what is really installed and checked out."""

import json
import platform
import subprocess

import torch

from singmap.runtime import provenance
from singmap.runtime.provenance import git_commit, machine, versions


def test_versions_and_machine_are_those_of_this_process():
    assert versions()["python"] == platform.python_version()
    assert versions()["torch"] == torch.__version__
    assert "not installed" not in versions().values()
    assert machine()["cores"] >= 1
    json.dumps([versions(), machine()])


def test_the_build_of_torch_is_recorded_that_its_list_of_packages_may_not_name(monkeypatch):
    monkeypatch.setattr(torch, "__version__", "2.13.0+cu130")
    assert versions()["torch"] == "2.13.0+cu130"


def test_commit_is_the_checkout_s(root):
    head = subprocess.run(
        ["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    if head.returncode == 0:
        assert git_commit().removesuffix("-dirty") == head.stdout.strip()
    else:
        assert git_commit() == "unknown"


def test_a_package_that_is_not_there_is_recorded_as_such(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("torch", "no-such-package"))
    assert versions() | {"python": ""} == {
        "python": "",
        "torch": torch.__version__,
        "no-such-package": "not installed",
    }


def test_a_system_without_proc_still_names_its_processor(monkeypatch):
    def unreadable(path):
        raise OSError

    monkeypatch.setattr(provenance.Path, "read_text", unreadable)
    assert machine()["processor"] == platform.processor()


def test_a_checkout_without_git_has_an_unknown_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    git_commit.cache_clear()
    try:
        assert git_commit() == "unknown"
    finally:
        git_commit.cache_clear()
