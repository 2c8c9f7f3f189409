"""What several tests share: the checkout, the real data beside it (skipped aloud where absent), a GPU."""

import contextlib
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


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.gpu)])
def cuda(request):
    """The device "cuda": a fake one where there is none, and a real one; skips aloud what is not there."""
    import torch

    from tests.helpers.fake_gpu import FakeGpu

    is_real = torch.cuda.is_available()
    if is_real != (request.param == "real"):
        pytest.skip("a real GPU is there" if is_real else "NOT RUN: needs a CUDA device")
    with contextlib.nullcontext() if is_real else FakeGpu():
        yield torch.device("cuda", 0)


@pytest.fixture
def fake_gpu():
    """A fake GPU, which shows what the host did with it; skips where a real one is there."""
    import torch

    from tests.helpers.fake_gpu import FakeGpu

    if torch.cuda.is_available():
        pytest.skip("a real GPU is there")
    with FakeGpu() as gpu:
        yield gpu
