"""Trained models on disk: tensors in safetensors (no pickled code), everything else in a JSON beside them."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from singmap.files.storage import atomic_path, write_json
from singmap.models.building import blank_model
from singmap.models.design import design_from
from singmap.models.network import FrameModel
from singmap.models.provenance import read_provenance
from singmap.runtime.errors import REBUILD, InputError


def save_model(
    weights_path: Path, provenance_path: Path, model: FrameModel, provenance: dict[str, Any]
) -> None:
    """Write a model's weights, then `provenance` and what rebuilding needs (MODEL_KEYS); both atomically.

    Weights that two layers share are written for each of them.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in model.state_dict().items()
    }
    _require_finite(weights_path, tensors)
    content = safetensors.torch.save(tensors)
    with atomic_path(weights_path) as part:
        part.write_bytes(content)
    added = {
        "design": asdict(model.design),
        "n_bins": model.n_bins,
        "weights_sha256": hashlib.sha256(content).hexdigest(),
    }
    write_json(provenance_path, provenance | added)


def save_epochs(path: Path, epochs: dict[int, dict[str, torch.Tensor]]) -> str:
    """Write the weights of several epochs to one file, atomically; returns the SHA-256 of its content."""
    named = {_in_epoch(epoch, name): value for epoch, own in epochs.items() for name, value in own.items()}
    _require_finite(path, named)
    content = safetensors.torch.save(named)
    with atomic_path(path) as part:
        part.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def load_epochs(epochs_path: str | Path, provenance_path: str | Path) -> dict[int, FrameModel]:
    """The models of all kept epochs by number, as `load_model` gives the best one's; raises as it does."""
    provenance = read_provenance(provenance_path)
    content = Path(epochs_path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != provenance.get("epochs_sha256"):
        expected = f"the SHA-256 that {provenance_path} records, {provenance.get('epochs_sha256')}"
        raise InputError(str(epochs_path), expected, digest, REBUILD)
    tensors = safetensors.torch.load(content)
    numbers = sorted({int(name.partition(".")[0].removeprefix("epoch")) for name in tensors})
    models = {
        number: blank_model(design_from(provenance["design"]), provenance["n_bins"]) for number in numbers
    }
    for number, model in models.items():
        model.load_state_dict({name: tensors[_in_epoch(number, name)] for name in model.state_dict()})
    return {number: model.eval() for number, model in models.items()}


def _in_epoch(epoch: int, name: str) -> str:
    return f"epoch{epoch}.{name}"


def load_model(weights_path: str | Path, provenance_path: str | Path) -> FrameModel:
    """Rebuild a trained model, on the CPU in float32 and ready to be evaluated.

    The provenance alone says how the network is built; the registry is not asked. A model of one's own needs
    its file beside it (own_file.file_of). Raises InputError when a file is damaged, or the two don't belong
    together.
    """
    provenance = read_provenance(provenance_path)
    content = Path(weights_path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != provenance["weights_sha256"]:
        expected = f"the SHA-256 that {provenance_path} records, {provenance['weights_sha256']}"
        raise InputError(str(weights_path), expected, digest, REBUILD)
    try:
        model = blank_model(design_from(provenance["design"]), provenance["n_bins"])
    except TypeError as error:
        raise InputError(str(provenance_path), "the design of a model", str(error), REBUILD) from error
    try:
        tensors = safetensors.torch.load(content)
        model.load_state_dict(tensors)
    except (RuntimeError, safetensors.SafetensorError) as error:
        raise InputError(str(weights_path), "the weights of the model", str(error), REBUILD) from error
    _require_finite(weights_path, tensors, REBUILD)
    return model.eval()


def _require_finite(path: str | Path, tensors: Mapping[str, torch.Tensor], remedy: str = "") -> None:
    """Raise InputError, naming the file, for weights that are not finite."""
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise InputError(str(path), "finite weights", f"NaN or infinity in {name}", remedy)
