"""What `make` would do in a fresh checkout; it is only asked, and nothing is installed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLING = "pip install"


@pytest.fixture
def checkout(root, tmp_path) -> Path:
    """The files that installing rests on, and an interpreter as `.venv/bin/python`."""
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(root / name, tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def planned(folder: Path, *arguments: str) -> str:
    """The commands that `make` would run."""
    done = make(folder, "--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(folder: Path, *arguments: str) -> None:
    """Leave the stamps that installing would leave, years ago."""
    stamps = [
        line.split()[1] for line in planned(folder, *arguments).splitlines() if line.startswith("touch")
    ]
    assert stamps
    for stamp in stamps:
        (folder / stamp).touch()
        os.utime(folder / stamp, (0, 0))


@pytest.mark.parametrize("target", ["demo", "test"])
def test_nothing_is_installed_twice_whatever_the_times_of_files(checkout, target):
    assert INSTALLING in planned(checkout, target)
    install(checkout, target)
    (checkout / "requirements.lock").touch()
    (checkout / "Makefile").touch()
    assert INSTALLING not in planned(checkout, target)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_another_lock_is_installed_even_if_it_looks_old(checkout, name):
    install(checkout, "test")
    with (checkout / name).open("a") as lock:
        lock.write("another-package==1.0\n")
    os.utime(checkout / name, (0, 0))
    assert INSTALLING in planned(checkout, "test")


def test_the_demo_needs_no_tools_of_development(checkout):
    assert "requirements-dev.lock" not in planned(checkout, "demo")
    assert "requirements-dev.lock" in planned(checkout, "test")


def test_torch_cpu_comes_before_all_that_would_bring_another_build(checkout):
    commands = planned(checkout, "demo", "TORCH=cpu")
    assert "--torch-backend cpu" in commands
    assert commands.index("--torch-backend cpu") < commands.index("--requirement requirements.lock")
    install(checkout, "demo", "TORCH=cpu")
    assert INSTALLING not in planned(checkout, "demo", "TORCH=cpu")
    assert INSTALLING not in planned(checkout, "demo"), "a build that was chosen stays"


def test_another_build_of_torch_is_installed_when_it_is_asked_for(checkout):
    install(checkout, "demo")
    assert "--torch-backend cpu" in planned(checkout, "demo", "TORCH=cpu")


@pytest.mark.parametrize(
    ("version", "is_supported"), [("3.10", False), ("3.11", True), ("3.13", True), ("3.14", False)]
)
def test_another_version_of_python_ends_in_one_line(checkout, version, is_supported):
    """A stand-in runs what the Makefile asks Python with another `sys.version_info`."""
    (checkout / ".venv/bin/python").unlink()
    stand_in = checkout / "python"
    major_minor = tuple(map(int, version.split(".")))
    stand_in.write_text(
        f"#!{sys.executable}\nimport sys\nsys.version_info = (*{major_minor}, 0)\n"
        f"if sys.argv[1] == '--version': print('Python {version}.0')\n"
        "elif sys.argv[1] == '-c': exec(sys.argv[2])\n"
    )
    stand_in.chmod(0o755)
    done = make(checkout, f"PYTHON={stand_in}", ".venv/bin/python")
    ours = [line for line in done.stderr.splitlines() if not re.match(r"make(\[\d+\])?: \*\*\*", line)]
    if is_supported:
        assert ours == []
    else:
        assert done.returncode
        assert len(ours) == 1
        assert "needs Python 3.11, 3.12 or 3.13" in ours[0]
        assert f"Python {version}.0" in ours[0]
