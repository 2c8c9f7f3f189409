"""The digest changes with what the code does, and with nothing else."""

import pytest

from singmap.runtime.code_digests import code_digests, file_digest

SCRIPT = '''"""Train."""
from singmap.models.network import build
from singmap.data import audio_files

def main(*, seed):
    """Run it."""
    from singmap.late import helper  # inside a function
    return build(seed), audio_files, helper
'''
MODELS = """import numpy as np
from ..spectra.stft import analyse

RATE = None

def build(seed):
    return analyse(seed * 2, key=None)
"""


@pytest.fixture
def root(tmp_path):
    files = {
        "requirements.lock": "# resolved\nnumpy==2.4.0\ntorch==2.13.0\n",
        "workflow/lib/singmap/__init__.py": '"""Science."""\n',
        "workflow/lib/singmap/models/network.py": MODELS,
        "workflow/lib/singmap/spectra/stft.py": "def analyse(x, key):\n    return f'{x:.2f}'\n",
        "workflow/lib/singmap/data/audio_files.py": "X = 1\n",
        "workflow/lib/singmap/late.py": "def helper():\n    pass\n",
        "workflow/lib/singmap/figures.py": "COLOUR = 'red'\n",
        "workflow/scripts/train_model.py": SCRIPT,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def digests(root):
    return code_digests(root / "workflow/scripts/train_model.py", root)


def edit(root, module, old, new):
    path = root / "workflow" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def changed(before, after):
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def test_the_closure_holds_direct_indirect_relative_and_late_imports_and_nothing_else(root):
    assert list(digests(root)) == [
        "numpy",
        "singmap.data.audio_files",
        "singmap.late",
        "singmap.models.network",
        "singmap.spectra.stft",
        "workflow.scripts.train_model",
    ]


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("lib/singmap/models/network", "analyse(seed * 2, ", "analyse(  # doubled\n        seed  *  2,"),
        ("lib/singmap/models/network", "RATE = None", "\n\nRATE = None\n'''An explanation.'''"),
        ("scripts/train_model", "Run it.", "Run it well."),
        ("scripts/train_model", '"""Train."""', "# no docstring"),
        ("lib/singmap/spectra/stft", "'{x:.2f}'", '"{x:.2f}"'),
        ("lib/singmap/figures", "'red'", "'blue'"),
    ],
)
def test_comments_docstrings_layout_and_unused_modules_change_nothing(root, module, old, new):
    before = digests(root)
    edit(root, module, old, new)
    assert digests(root) == before


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("lib/singmap/models/network", "seed * 2", "seed * 3"),
        ("lib/singmap/models/network", "RATE = None", "RATE = 0"),
        ("lib/singmap/models/network", "key=None", "key=[]"),
        ("lib/singmap/models/network", "seed * 2", "seed * 2.0"),
        ("lib/singmap/spectra/stft", ".2f", ".3f"),
        ("lib/singmap/late", "pass", "return 1"),
        ("lib/singmap/data/audio_files", "X = 1", "Y = 1"),
        ("lib/singmap/data/audio_files", "X = 1", "X = True"),
    ],
)
def test_a_real_edit_changes_the_digest_of_its_module_alone(root, module, old, new):
    before = digests(root)
    edit(root, module, old, new)
    assert changed(before, digests(root)) == {module.replace("/", ".").removeprefix("lib.")}


@pytest.mark.parametrize(("package", "touched"), [("numpy", {"numpy"}), ("torch", set())])
def test_a_changed_pin_shows_where_the_package_is_imported(root, package, touched):
    before = digests(root)
    lock = root / "requirements.lock"
    lock.write_text(lock.read_text().replace(f"{package}==2.", f"{package}==3."))
    assert changed(before, digests(root)) == touched


def test_a_package_is_pinned_under_another_name_than_it_is_imported_by(root):
    lock = root / "requirements.lock"
    lock.write_text(f"{lock.read_text()}PyYAML==6.0.2\n")
    edit(root, "lib/singmap/late", "def helper", "import yaml\n\ndef helper")
    assert digests(root)["pyyaml"] == "6.0.2"


def test_digests_are_the_same_under_every_version_of_python(root):
    """Fixed values: another version of Python, or a changed algorithm, must not rerun a study silently."""
    assert digests(root)["singmap.models.network"] == "6da8caf2e80a"


def test_imports_in_a_circle_end(root):
    edit(root, "lib/singmap/spectra/stft", "def analyse", "from singmap.models import network\n\ndef analyse")
    assert "singmap.models.network" in digests(root)


def test_a_syntax_error_names_the_file(root):
    edit(root, "lib/singmap/spectra/stft", "def analyse", "def analyse(")
    with pytest.raises(SyntaxError) as caught:
        digests(root)
    assert caught.value.filename.endswith("workflow/lib/singmap/spectra/stft.py")


def test_a_single_file_is_digested_by_what_it_does(tmp_path):
    path = tmp_path / "any.py"
    path.write_text("import helper\nX = 1\n")
    first = file_digest(path)
    path.write_text('"""Any."""\nimport helper  # of theirs\n\nX = 1\n')
    assert file_digest(path) == first
    path.write_text("import helper\nX = 2\n")
    assert file_digest(path) != first
