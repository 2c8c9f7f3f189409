"""What a result was made with: package versions, commit, machine."""

import functools
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

PACKAGES = ("snakemake", "torch", "numpy", "scipy", "musdb", "museval", "pandas", "matplotlib")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that shape the results.

    PyTorch's tells its build, too, where it is loaded (2.13.0+cu130): the registry's wheel is listed without.
    """
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            installed[package] = "not installed"
    if "torch" in sys.modules:
        installed["torch"] = str(sys.modules["torch"].__version__)
    return installed


@functools.cache
def git_commit() -> str:
    """Commit of this checkout, with ``-dirty`` behind it when tracked files differ; else ``unknown``."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def machine() -> dict[str, str | int]:
    """Operating system, processor model and number of cores of this machine."""
    return {"system": platform.platform(), "processor": _processor(), "cores": os.cpu_count() or 1}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
