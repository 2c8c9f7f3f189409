"""tests/unit mirrors the code, so that tests are found by name; and each file says first what it is for."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
# Where code lies, and the folder of its tests below tests/unit.
TESTED = {ROOT / "workflow" / "lib" / "singmap": UNIT, ROOT / "workflow" / "scripts": UNIT / "scripts"}
TOOLS = {ROOT / "tools": UNIT / "tools"}  # not every tool has tests of its own, but no test lacks its tool
# test_<name>.py about no single module
OF_THE_CHECKOUT = {
    "benchmarks",
    "documentation",
    "examples",
    "fake_gpu",
    "layout",
    "makefile",
    "packages",
    "project",
}


def place_of_tests(module: Path, code: Path, tests: Path) -> Path:
    """Where the tests of a module lie: a/b.py is tested by a/test_b.py."""
    return tests / module.relative_to(code).with_name(f"test_{module.name}")


def expected_tests(folders: dict[Path, Path]) -> set[Path]:
    """The test files that modules of these folders of code have or should have."""
    return {
        place_of_tests(module, code, tests)
        for code, tests in folders.items()
        for module in code.rglob("*.py")
        if module.name != "__init__.py"
    }


def names(paths: set[Path]) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in paths)


def test_every_module_and_script_has_tests_of_its_name():
    missing = {path for path in expected_tests(TESTED) if not path.is_file()}
    assert not missing, f"no tests at {names(missing)}"


def test_every_test_file_has_the_module_of_its_name():
    of_the_checkout = {UNIT / f"test_{name}.py" for name in OF_THE_CHECKOUT}
    homeless = set(UNIT.rglob("test_*.py")) - expected_tests(TESTED | TOOLS) - of_the_checkout
    assert not homeless, f"nothing to test by {names(homeless)}: rename them after their module"


def test_tests_collect_something():
    """A file without a test is no test: each of its name has at least one."""
    empty = {path for path in UNIT.rglob("test_*.py") if "def test_" not in path.read_text(encoding="utf-8")}
    assert not empty, f"no test in {names(empty)}"


# Prose says in its own words what it is about; data and pictures hold no comments.
WITHOUT_COMMENTS = {".md", ".rst", ".csv", ".json", ".png", ".npz"}
# Of YAML, shells and the like, JavaScript, CSS, Jinja.
COMMENT = re.compile(r"(?:#!.*\n)?(?:#|//|/\*|\{#) *(\w.+)")


def purpose(path: Path) -> str:
    """What the first lines of a file of code or configuration say; nothing where they don't."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return ast.get_docstring(ast.parse(text)) or ""
    found = re.match(r'"""(.+)', text) if path.name == "Snakefile" else None
    found = found or COMMENT.match(text)
    return found[1] if found else ""


def test_each_file_says_first_what_it_is_for():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = {ROOT / name for name in listed.splitlines() if Path(name).suffix not in WITHOUT_COMMENTS}
    silent = {path for path in files - {ROOT / "LICENSE"} if len(purpose(path).split()) < 4}
    assert not silent, f"no docstring or comment at the head of {names(silent)}"
