"""The profiles are accepted by Snakemake, agree where they must, and are explained in docs/clusters.md."""

import importlib.util
import subprocess
import sys
import warnings

import pytest
import yaml

from tests.workflow.running import ROOT

PROFILES = sorted(path.parent.name for path in ROOT.glob("profiles/*/config.yaml"))
PLUGINS = {"kubernetes": ["snakemake_executor_plugin_kubernetes", "snakemake_storage_plugin_fs"]}
SHARED_KEYS = ("rerun-triggers", "rerun-incomplete", "keep-going")


def settings(profile: str) -> dict:
    return yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text())


@pytest.mark.parametrize("profile", PROFILES)
def test_what_decides_on_reruns_is_the_same_everywhere(profile):
    assert {key: settings(profile)[key] for key in SHARED_KEYS} == {
        key: settings("default")[key] for key in SHARED_KEYS
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_every_line_to_edit_is_explained(profile):
    text = (ROOT / "profiles" / profile / "config.yaml").read_text()
    page = (ROOT / "docs" / "clusters.md").read_text()
    edited = [
        line.split(":")[0].strip(" #") for line in text.splitlines() if "# EDIT" in line and ":" in line
    ]
    assert f"profiles/{profile}" in page
    assert [key for key in edited if f"`{key}`" not in page] == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_dry_run_accepts_the_profile(profile, tmp_path):
    missing = [name for name in PLUGINS.get(profile, []) if importlib.util.find_spec(name) is None]
    if missing:
        warnings.warn(f"profile {profile} is not tried: {missing} are not installed", stacklevel=1)
        pytest.skip(f"needs {missing}")
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", tmp_path, "--profile", ROOT / "profiles" / profile]
    command += ["--cores=1"] if profile == "default" else []
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "render_page" in done.stdout + done.stderr
