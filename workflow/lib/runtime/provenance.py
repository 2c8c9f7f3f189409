"""What a result was made with: package versions, commit, machine; and the records of it beside models."""

import functools
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

from workflow.lib.errors import InputError
from workflow.lib.storage import REBUILD, read_json

PACKAGES = ("snakemake", "torch", "numpy", "scipy", "librosa", "musdb", "museval", "pandas", "matplotlib")
MODEL_KEYS = ("model", "n_bins", "weights_sha256")  # what rebuilding a model needs


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that shape the results."""
    installed = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            installed[package] = "not installed"
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


def read_provenance(path: str | Path) -> dict:
    """Read the JSON beside a model's weights; raises InputError when it lacks one of MODEL_KEYS."""
    provenance = read_json(path)
    missing = [key for key in MODEL_KEYS if not isinstance(provenance, dict) or key not in provenance]
    if missing:
        raise InputError(str(path), f"keys {', '.join(MODEL_KEYS)}", f"no {', '.join(missing)}", REBUILD)
    return provenance
