"""The mutants: each has a text to replace and tests, and one that tests don't notice is told."""

import pytest

from tools.mutants import LIBRARY, MUTANTS, Mutant, survives


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.module}:{mutant.wrong}")
def test_every_mutant_finds_its_text_once_and_has_tests(root, mutant):
    text = (root / LIBRARY / mutant.module).read_text(encoding="utf-8")
    assert text.count(mutant.right) == 1
    assert (root / "tests" / "unit" / mutant.tests).is_file()
    compile(text.replace(mutant.right, mutant.wrong), mutant.module, "exec")


@pytest.fixture
def checkout(tmp_path):
    """A checkout of one module with two tests, one of which can't fail."""
    module, tests = tmp_path / LIBRARY / "sums.py", tmp_path / "tests" / "unit"
    module.parent.mkdir(parents=True)
    tests.mkdir(parents=True)
    module.write_text("def add(a, b):\n    return a + b\n")
    (tmp_path / LIBRARY / "__init__.py").write_text("")
    for name, claim in {"test_good.py": "add(2, 3) == 5", "test_bad.py": "add(0, 0) == 0"}.items():
        (tests / name).write_text(f"from singmap.sums import add\n\ndef test_it():\n    assert {claim}\n")
    return tmp_path


def test_a_mutant_is_noticed_or_survives_and_the_text_comes_back(checkout):
    before = (checkout / LIBRARY / "sums.py").read_text()
    assert not survives(Mutant("sums.py", "a + b", "a - b", "test_good.py"), checkout)
    assert survives(Mutant("sums.py", "a + b", "a - b", "test_bad.py"), checkout)
    assert (checkout / LIBRARY / "sums.py").read_text() == before


def test_a_text_that_is_not_there_is_no_silent_success(checkout):
    with pytest.raises(RuntimeError, match="once"):
        survives(Mutant("sums.py", "a * b", "a", "test_good.py"), checkout)
