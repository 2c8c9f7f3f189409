"""Models of one's own: the torch module that a user's file defines, checked, so that it fails in one line."""

import contextlib
import importlib.util
import random
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import nn

from singmap.models.design import OwnDesign
from singmap.models.layers import Layer, apply_layers, checked_layers
from singmap.models.network import FrameModel
from singmap.models.own_file import CLASS, LAYERS, file_of
from singmap.runtime.errors import InputError

ROUNDING = 1e-3  # of the largest output: products of other batches are rounded differently


class OwnModel(FrameModel):
    """A user's module as a model under study.

    Its parameters have the names that the module gives them: the files of its weights are the user's own.
    Whatever goes wrong in the user's code is an InputError with file and line.
    """

    def __init__(self, module: nn.Module, n_bins: int, design: OwnDesign, file: Path):
        super().__init__()
        self.module, self.n_bins, self.file = module, n_bins, file
        self.design: OwnDesign = design
        self.skip_filtering = bool(getattr(module, "skip_filtering", False)) and hasattr(module, LAYERS)

    def forward(self, mixture: torch.Tensor) -> torch.Tensor:
        """Estimate target magnitudes (n_frames, n_bins) from mixture magnitudes of the same shape."""
        with blamed(self.file, "maps frames to frames"):
            estimate: torch.Tensor = self.module(mixture)
        if not (torch.is_tensor(estimate) and estimate.shape == mixture.shape):
            found = f"shape {tuple(estimate.shape)}" if torch.is_tensor(estimate) else repr(type(estimate))
            raise InputError(
                str(self.file), f"frames of the shape that came in, {tuple(mixture.shape)}", found
            )
        return estimate.to(mixture.dtype)

    def layers(self) -> list[Layer] | None:
        """What the module's `dense_layers` gives: (weight, bias, activation) each; None without it."""
        if not hasattr(self.module, LAYERS):
            return None
        try:
            with blamed(self.file, f"gives (weight, bias, activation) of each layer by {LAYERS}()"):
                return list(checked_layers(getattr(self.module, LAYERS)(), self.skip_filtering))
        except InputError as error:
            where = (
                error.where if str(self.file) in error.where else f"{self.file}, {LAYERS}(), {error.where}"
            )
            raise InputError(where, error.expected, error.found) from error

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The module's own."""
        return self.module.state_dict(*args, **kwargs)

    def load_state_dict(self, state_dict: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """The module's own; raises RuntimeError as that does."""
        return self.module.load_state_dict(state_dict, *args, **kwargs)


@contextlib.contextmanager
def blamed(file: Path, doing: str) -> Iterator[None]:
    """Turn an error of a user's code into an InputError that names its file and line; memory errors pass."""
    try:
        yield
    except (InputError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        if "DefaultCPUAllocator" in str(error):  # compute.device.memory_advice tells it
            raise
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
        where = f"{file}, line {lines[-1]}" if lines else str(file)
        first = (str(error).strip() or "no message").split("\n")[0]
        raise InputError(where, f"a model that {doing}", f"{type(error).__name__}: {first}") from error


def build_own_model(design: OwnDesign, n_bins: int, seed: int) -> OwnModel:
    """Make the model with weights drawn from `seed`, on the CPU; raises InputError where the file can't."""
    file = file_of(design)
    with seeded(seed), blamed(file, f"is made by {CLASS}(n_bins)"):
        definition: Callable[[int], Any] = getattr(_loaded(file), CLASS)
        module = definition(n_bins)
    if not isinstance(module, nn.Module):
        raise InputError(str(file), f"a torch.nn.Module from {CLASS}({n_bins})", type(module).__name__)
    for name, parameter in module.named_parameters():
        if parameter.dtype != torch.float32:
            raise InputError(str(file), "parameters in float32", f"{name} in {parameter.dtype}")
    return OwnModel(module, n_bins, design, file)


def _loaded(file: Path) -> ModuleType:
    """The user's file as a module; it stands alone, nothing beside it is found by imports."""
    spec = importlib.util.spec_from_file_location(f"own_model_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the module of a class
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let what is drawn from shared generators depend on `seed` alone, and leave them as they were."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002, the user's code may draw from it
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002


def check_start(model: OwnModel, seed: int) -> None:
    """Raise InputError unless a model that was made from `seed` starts the same when it is made again."""
    again = build_own_model(model.design, model.n_bins, seed)
    for (name, own), other in zip(model.named_parameters(), again.parameters(), strict=True):
        if not torch.equal(own.cpu(), other):
            raise InputError(str(model.file), "the same start from the same seed", f"another one of {name}")


@torch.no_grad()
def check_output(model: OwnModel, frames: torch.Tensor) -> None:
    """Raise InputError unless a model does on `frames` (n_frames, n_bins) what the study relies on.

    It must give finite numbers, also of silence, the same ones each time, and treat every frame alone; its
    layers, where it tells them, must give what it gives.
    """
    where = str(model.file)
    model.eval()
    output = model(frames)
    if not torch.isfinite(output).all():
        raise InputError(where, "a finite output", "NaN or infinity")
    if not torch.isfinite(model(torch.zeros_like(frames))).all():
        raise InputError(where, "a finite output of silent frames", "NaN or infinity")
    if not torch.equal(output, model(frames)):
        raise InputError(where, "the same output of the same frames", "another one each time")
    if _differ(output, torch.cat([model(frame[None]) for frame in frames])):
        raise InputError(where, "each frame treated alone", "an output that frames beside it change")
    layers = model.layers()
    if layers is not None and _differ(output, apply_layers(layers, frames, model.skip_filtering)):
        raise InputError(where, f"layers by {LAYERS}() that give the model's output", "another output")


def load_given(model: OwnModel, path: Path) -> None:
    """Load the weights that a user gives; raises InputError unless they fit the model and are finite."""
    expected = f"the weights of {CLASS} in {model.file.name} for {model.n_bins} bins, as safetensors"
    try:
        missing, unknown = safetensors.torch.load_model(model.module, path, strict=False)
    except (RuntimeError, OSError, safetensors.SafetensorError) as error:
        raise InputError(str(path), expected, str(error).strip().split("\n")[-1].strip()) from error
    problems = [f"no {name}" for name in sorted(missing)] + [
        f"{name} beside them" for name in sorted(unknown)
    ]
    if problems:
        raise InputError(str(path), expected, ", ".join(problems))
    for name, value in model.state_dict().items():
        if not torch.isfinite(value).all():
            raise InputError(str(path), "finite weights", f"NaN or infinity in {name}")


def _differ(output: torch.Tensor, other: torch.Tensor) -> bool:
    return output.shape != other.shape or bool((output - other).abs().max() > ROUNDING * output.abs().max())
