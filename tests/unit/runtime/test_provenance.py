"""What is recorded beside results: it must be what is really installed and checked out."""

import json
import platform
import subprocess

import torch

from singmap.runtime.provenance import git_commit, machine, versions


def test_versions_and_machine_are_those_of_this_process():
    assert versions()["python"] == platform.python_version()
    assert versions()["torch"] == torch.__version__
    assert "not installed" not in versions().values()
    assert machine()["cores"] >= 1
    json.dumps([versions(), machine()])


def test_commit_is_the_checkout_s(root):
    head = subprocess.run(
        ["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    if head.returncode == 0:
        assert git_commit().removesuffix("-dirty") == head.stdout.strip()
    else:
        assert git_commit() == "unknown"
