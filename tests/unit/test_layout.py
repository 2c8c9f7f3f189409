"""tests/unit mirrors the code: what tests a module, a script or a tool is found by its name."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
# Where code lies, and the folder of its tests below tests/unit.
TESTED = {ROOT / "workflow" / "lib" / "singmap": UNIT, ROOT / "workflow" / "scripts": UNIT / "scripts"}
TOOLS = {ROOT / "tools": UNIT / "tools"}  # not every tool has tests of its own, but no test lacks its tool
# test_<name>.py about no single module
OF_THE_CHECKOUT = {"documentation", "examples", "fake_gpu", "layout", "makefile", "packages", "project"}


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
