"""Trained models on disk: tensors in safetensors (no pickled code), everything else in a JSON beside them."""

import hashlib
from pathlib import Path

import safetensors
import safetensors.torch

from workflow.lib.errors import InputError
from workflow.lib.models import MODELS, SpectralModel
from workflow.lib.provenance import read_provenance
from workflow.lib.storage import REBUILD, atomic_path, write_json


def save_model(weights_path: Path, provenance_path: Path, model: SpectralModel, provenance: dict) -> None:
    """Write a model's weights, then its provenance with their SHA-256, both atomically.

    `provenance` must name the registered ``model``; ``n_bins`` is added.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    content = safetensors.torch.save(tensors)
    with atomic_path(weights_path) as part:
        part.write_bytes(content)
    added = {"n_bins": model.n_bins, "weights_sha256": hashlib.sha256(content).hexdigest()}
    write_json(provenance_path, {**provenance, **added})


def load_model(weights_path: str | Path, provenance_path: str | Path) -> SpectralModel:
    """Rebuild a trained model, on the CPU in float32 and ready to be evaluated.

    Raises InputError when a file is damaged, the two don't belong together, or the model is unknown.
    """
    provenance = read_provenance(provenance_path)
    if provenance["model"] not in MODELS:
        raise InputError(str(provenance_path), f"a model of {', '.join(MODELS)}", repr(provenance["model"]))
    content = Path(weights_path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != provenance["weights_sha256"]:
        expected = f"the SHA-256 that {provenance_path} records, {provenance['weights_sha256']}"
        raise InputError(str(weights_path), expected, digest, REBUILD)
    model = SpectralModel(provenance["n_bins"], MODELS[provenance["model"]])
    try:
        model.load_state_dict(safetensors.torch.load(content))
    except (RuntimeError, safetensors.SafetensorError) as error:
        raise InputError(str(weights_path), "the weights of the model", str(error), REBUILD) from error
    return model.eval()
