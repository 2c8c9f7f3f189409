"""The walls of the house: who may import whom, and what each script's digest covers.

The order of packages is the one that the library's own docstring gives.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import singmap
from singmap.runtime.code_digests import code_digests

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "workflow" / "lib" / "singmap"
ORDER = re.findall(r"^    (\w+)  ", singmap.__doc__, re.MULTILINE)
MODULES = {path.relative_to(LIBRARY).as_posix(): path for path in sorted(LIBRARY.rglob("*.py"))}
SCRIPTS = {path.stem: path for path in sorted((ROOT / "workflow" / "scripts").glob("*.py"))}
TRAINING = {"files", "spectra", "compute", "models", "training"}
# Loaded by a name that the rules know: an import would tie all scripts of its closure to every one of them.
WITH_NETWORKS = {
    *("train_model", "train_truth", "import_weights", "export_tensorboard", "map_model", "map_together"),
    *("measure_structure", "examine_controls", "study_planted"),
    *("measure_model", "measure_ablations", "measure_agreement"),
}
BY_NAME = ("singmap.models.designs", "singmap.mapping.methods.", "singmap.separation.oracles.")


def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> set[str]:
    """Names of all modules that a file imports, also inside functions; relative ones begin with a dot."""
    found = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            found |= {f"{origin}.{alias.name}" for alias in node.names}
    return found


def closure(script: str) -> set[str]:
    """Modules of the library that the digest of a script covers."""
    return {name for name in code_digests(SCRIPTS[script], ROOT) if name.startswith("singmap.")}


def test_the_order_names_every_package_once():
    entries = {
        path.stem for path in LIBRARY.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert sorted(ORDER) == sorted(entries - {"__init__"})
    assert ORDER[0] == "runtime", "what all use itself uses nothing"


@pytest.mark.parametrize("module", MODULES)
def test_a_package_imports_only_those_above_it(module):
    own = Path(module).parts[0].removesuffix(".py")
    allowed = {*ORDER[: ORDER.index(own) + 1]} if own in ORDER else set()
    for name in imports(MODULES[module]):
        first, *rest = name.split(".")
        assert first, f"relative import {name}"
        assert first not in ("workflow", "snakemake", "tests", "tools", "benchmarks")
        assert first != "singmap" or rest[0] in allowed, name


@pytest.mark.parametrize("module", MODULES)
def test_the_library_knows_neither_snakemake_nor_its_configuration(module):
    names = {node.id for node in ast.walk(syntax(MODULES[module])) if isinstance(node, ast.Name)}
    assert not names & {"snakemake", "config"}


@pytest.mark.parametrize("module", [module for module in MODULES if module.endswith("__init__.py")])
def test_importing_a_package_imports_nothing_else(module):
    tree = syntax(MODULES[module])
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_imports_nothing_of_this_project_but_the_library(script):
    first_party = {"workflow", "tests", "tools", "benchmarks", *SCRIPTS}
    assert not {name.split(".")[0] for name in imports(SCRIPTS[script])} & (first_party | {""})


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_digest_covers_what_shapes_no_number_or_is_loaded_by_name(script):
    assert not [name for name in closure(script) if name.startswith(("singmap.runtime", *BY_NAME))]


def test_training_depends_on_what_shapes_weights_alone():
    assert {name.split(".")[1] for name in closure("train_model")} == TRAINING


def test_only_what_computes_with_networks_waits_for_torch():
    """Its import takes a second and a half, more than all that most tables take."""
    assert {script for script in SCRIPTS if "torch" in code_digests(SCRIPTS[script], ROOT)} == WITH_NETWORKS


def test_a_network_is_built_without_what_only_torch_s_compilers_need():
    """Half a second of every job on a network, were it to make tensors without memory first."""
    build = """
import sys
from singmap.models.designs import MODELS
from singmap.models.network import build_model
build_model(MODELS["dae"], 8, seed=0)
print("sympy" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", build], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"
