"""The profiles are accepted by Snakemake, agree where they must, and are explained in docs/clusters.md."""

import getpass
import importlib.util
import os
import pwd
import re
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
    assert "conclude_together" in done.stdout + done.stderr


def rules_of_the_workflow() -> dict[str, str]:
    """The text of every rule, by name."""
    text = "\n".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    return dict(re.findall(r"^rule (\w+):\n((?:(?: .*)?\n)+)", text, re.MULTILINE))


def test_the_slurm_profile_names_all_rules_that_ask_for_a_gpu():
    asking = {
        name for name, text in rules_of_the_workflow().items() if re.search(r"^ +gpu=", text, re.MULTILINE)
    }
    assert len(asking) > 3
    profile = (ROOT / "profiles/slurm/config.yaml").read_text()
    assert set(re.findall(r"^#   (\w+): \{slurm_partition: gpu\}$", profile, re.MULTILINE)) == asking


def test_tables_and_figures_wait_in_no_queue():
    rules = rules_of_the_workflow()
    quick = {name for name in rules if name.startswith(("plot_", "tabulate_", "render_"))}
    assert len(quick) > 10
    (local,) = re.findall(
        r"^localrules:\n((?:    \w+,\n)+)", (ROOT / "workflow/Snakefile").read_text(), re.MULTILINE
    )
    named = {name.strip(" ,") for name in local.splitlines()}
    assert quick - named == set()
    assert named - set(rules) == set()  # of rules that are no more


def test_the_image_is_built_from_the_lock_and_lets_any_user_write_its_caches():
    """No engine runs here; what its file says is held to what jobs need (runtime/caches.py)."""
    text = (ROOT / "envs/Dockerfile").read_text()
    assert "--requirement /opt/study/requirements.lock" in text
    lines = (ROOT / "envs/Dockerfile.dockerignore").read_text().splitlines()
    ignored = [line for line in lines if not line.startswith("#")]
    copied = re.findall(r"^COPY (\S+) ", text, re.MULTILINE)
    assert ignored == ["*", *(f"!{name}" for name in copied)]
    caches = dict(re.findall(r"(\w+)=(/tmp\S*)", text))
    assert {"HOME", "NUMBA_CACHE_DIR", "MPLCONFIGDIR"} <= set(caches)


def test_a_user_without_a_name_has_one_in_the_image(monkeypatch):
    """`docker run --user` with a number: Snakemake asks Python for a name before it does anything."""

    def unknown(uid: int):
        raise KeyError(uid)

    variables = re.findall(r"^(?:ENV|   ) (\w+)=(\S+)", (ROOT / "envs/Dockerfile").read_text(), re.MULTILINE)
    monkeypatch.setattr(os, "environ", dict(variables))
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert getpass.getuser() == "study"
