"""Trained models on disk: tensors in safetensors (no pickled code), everything else in a JSON beside them."""

import hashlib
from pathlib import Path

import safetensors
import safetensors.torch

from singmap.files.storage import REBUILD, atomic_path, read_json, write_json
from singmap.models.network import MODELS, SpectralModel
from singmap.runtime.errors import InputError

MODEL_KEYS = ("model", "n_bins", "weights_sha256")  # what rebuilding a model needs


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


def read_provenance(path: str | Path) -> dict:
    """Read the JSON beside a model's weights; raises InputError when it lacks one of MODEL_KEYS."""
    provenance = read_json(path)
    missing = [key for key in MODEL_KEYS if not isinstance(provenance, dict) or key not in provenance]
    if missing:
        raise InputError(str(path), f"keys {', '.join(MODEL_KEYS)}", f"no {', '.join(missing)}", REBUILD)
    return provenance
