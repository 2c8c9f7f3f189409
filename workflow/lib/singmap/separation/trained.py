"""A trained model as a separator."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from singmap.compute.device import choose_device
from singmap.models.checkpoints import load_model
from singmap.runtime.errors import InputError
from singmap.separation.separate import Magnitude, MagnitudeEstimator
from singmap.separation.separator import Separator, SeparatorSettings, filtering


def separator(files: Sequence[Path], settings: SeparatorSettings) -> Separator:
    """The separator of a model; `files` are its weights and their provenance."""
    weights, provenance = files
    device = choose_device(settings.device, settings.gpu_slots)
    return filtering(model_magnitudes(load_model(weights, provenance), device), settings)


def model_magnitudes(model: torch.nn.Module, device: torch.device) -> MagnitudeEstimator:
    """Wrap a network (n_frames, n_bins) -> (n_frames, n_bins) as a function of float32 arrays."""
    model = model.to(device).eval()

    def estimate(magnitude: Magnitude) -> Magnitude:
        frames = torch.from_numpy(np.ascontiguousarray(magnitude, dtype=np.float32))
        with torch.inference_mode():
            result: Magnitude = model(frames.to(device)).cpu().numpy()
        if not np.isfinite(result).all():
            raise InputError("model output", "finite magnitudes", "NaN or infinity", "train the model again")
        return result

    return estimate
