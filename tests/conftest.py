"""What several tests share: the checkout, and the real data beside it (skipped aloud where absent)."""

import os
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# What tests start as processes of their own finds the library as pytest itself does (pyproject.toml).
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "workflow/lib"), str(ROOT)])


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and golden numbers beside the checkout; skips aloud without it."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        warnings.warn(f"{folder} is absent: tests on real MUSDB18-7s clips are skipped", stacklevel=1)
        pytest.skip(f"needs {folder}")
    return folder
