"""The checkout agrees with itself: locks with requirements, environments with locks, and versions."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from singmap.configuration import read_yaml
from singmap.runtime.code_digests import DISTRIBUTIONS
from tools.config_reference import current

SETS = ("requirements", "requirements-dev")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^[\s-]*([A-Za-z0-9._-]+)==([^\s;]+)", text, flags=re.MULTILINE)
    return {normalised(name): version for name, version in found}


def asked(text: str) -> dict[str, str]:
    """Name -> exact version, or nothing, of what a requirements file asks for."""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = [line.partition("==") for line in lines if line and not line.startswith("-")]
    return {normalised(name): version for name, _, version in found}


@pytest.fixture(scope="module")
def lock(root):
    return pins((root / "requirements.lock").read_text())


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("name", SETS)
def test_every_requirement_is_locked_as_asked(root, name):
    locked = pins((root / f"{name}.lock").read_text())
    for package, version in asked((root / f"{name}.in").read_text()).items():
        assert package in locked, f"{package} is not in {name}.lock: run `make lock`"
        assert version in ("", locked[package])


def test_both_locks_name_one_version_of_each_package(root, lock):
    for name in SETS:
        lines = (root / f"{name}.lock").read_text().splitlines()
        assert (
            lines[0]
            == f"# Resolved from {name}.in for Python 3.11 to 3.13 on Linux; `make lock` rewrites it."
        )
        assert len(pins("\n".join(lines))) == len(lines) - 1, "a package twice, or a line that is no pin"
    tools = pins((root / "requirements-dev.lock").read_text())
    assert {name: lock[name] for name in tools.keys() & lock.keys()} == {
        name: tools[name] for name in tools.keys() & lock.keys()
    }


@pytest.mark.long
@pytest.mark.parametrize("name", SETS)
def test_the_lock_is_what_its_requirements_resolve_to(root, tmp_path, name):
    """Needs the package registry: `make lock` would change nothing."""
    for path in (root / "Makefile", *root.glob("requirements*"), *root.glob("tools/tidy_lock.py")):
        (tmp_path / path.relative_to(root)).parent.mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(root))
    recipe = subprocess.run(
        ["make", "--dry-run", "--silent", "lock"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    subprocess.run(["bash", "-c", recipe[recipe.index("for set in") :]], cwd=tmp_path, check=True)
    assert (tmp_path / f"{name}.lock").read_text() == (root / f"{name}.lock").read_text()


def test_conda_environments_hold_the_locked_versions(root, lock):
    for path in sorted((root / "envs").glob("*.yaml")):
        packages = read_yaml(path)["dependencies"][-1]["pip"]
        found = pins("\n".join(packages))
        assert len(found) == len(packages)
        assert {name: lock.get(name) for name in found} == found, path


def test_the_conda_environment_holds_all_that_the_study_asks_for(root):
    packages = "\n".join(read_yaml(root / "envs/study.yaml")["dependencies"][-1]["pip"])
    assert pins(packages).keys() == asked((root / "requirements.in").read_text()).keys()


def test_the_library_says_what_it_imports(root, project):
    """`pip install .` brings all that any module of singmap imports, and no more."""
    imported = {
        name.split(".")[0]
        for path in (root / "workflow/lib").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    foreign = imported - sys.stdlib_module_names - {"singmap"}
    needed = {normalised(DISTRIBUTIONS.get(name, name)) for name in foreign}
    assert {re.match(r"[\w.-]+", entry)[0] for entry in project["dependencies"]} == needed


def test_the_study_asks_for_what_the_library_imports(root, project):
    needed = {re.match(r"[\w.-]+", entry)[0] for entry in project["dependencies"]}
    assert needed <= asked((root / "requirements.in").read_text()).keys()


def test_versions_agree(root, project):
    """pyproject.toml, CITATION.cff and the first heading of CHANGELOG.md; a release has its date in both."""
    citation = read_yaml(root / "CITATION.cff")
    (heading, *_) = re.findall(r"^## (.+)$", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    released = citation.get("date-released")
    version = project["version"]
    assert citation["version"] == version
    assert heading == (f"{version}, {released}" if released else f"Unreleased ({version})")


def test_config_reference_is_current(root):
    text = (root / "config/README.md").read_text(encoding="utf-8")
    assert text == current(), "run `make references`"


# What the catalog reads: "Adding workflows" in the documentation of snakemake/snakemake-workflow-catalog.
CATALOG = {
    "mandatory-flags": {"desc": str, "flags": str},
    "software-stack-deployment": {"conda": bool, "apptainer": bool, "apptainer+conda": bool, "report": bool},
}


def test_the_workflow_catalog_finds_what_it_asks_for(root):
    usage = read_yaml(root / ".snakemake-workflow-catalog.yml")["usage"]
    assert usage.pop("report") is True
    assert {
        section: {key: type(value) for key, value in keys.items()} for section, keys in usage.items()
    } == (CATALOG)
    rules = [path.read_text() for path in (root / "workflow/rules").glob("*.smk")]
    has_container = any(re.search(r"^    container:|^container:", text, re.MULTILINE) for text in rules)
    assert usage["software-stack-deployment"]["apptainer"] is has_container
    in_conda = [len(re.findall(r"^    (?:conda|script):", text, re.MULTILINE)) for text in rules]
    assert usage["software-stack-deployment"]["conda"] is all(count % 2 == 0 for count in in_conda)
    readme = (root / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    assert (root / "workflow/Snakefile").is_file()
    assert (root / "config/README.md").is_file()


@pytest.mark.long
def test_snakemake_has_nothing_to_remark(root):
    command = [sys.executable, "-m", "snakemake", "--lint"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Congratulations" in done.stdout + done.stderr
