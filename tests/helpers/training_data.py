"""A small spectra cache on which training works: the target is a fixed share of every bin of noise."""

from pathlib import Path

import numpy as np
import pandas as pd

from singmap.spectra.cache import SpectraCache
from singmap.training.trainer import Trainer, TrainingSettings

SETTINGS = {
    "epochs_max": 4,
    "patience_epochs": 4,
    "batch_frames": 32,
    "learning_rate": 3.0e-3,
    "schedule": "constant",
    "gradient_clip_norm": None,
    "loss": "mse",
    "resident_frames": 10_000,
}


def write_cache(folder: Path, n_frames: int, n_bins: int = 24, seed: int = 0, tracks: str = "a") -> Path:
    """Write a cache in the format that compute_spectra leaves; returns its folder.

    n_frames : of all tracks together, which share them evenly
    tracks : their ids, one letter each
    """
    generator = np.random.default_rng(seed)
    mixture = np.abs(generator.normal(size=(n_frames, n_bins))).astype(np.float32)
    share = np.linspace(0.1, 0.9, n_bins, dtype=np.float32)
    folder.mkdir(parents=True)
    np.save(folder / "mixture.npy", mixture)
    np.save(folder / "target.npy", mixture * share)
    share_frames = n_frames // len(tracks)
    rows = [
        {
            "track_id": name,
            "track": name.upper(),
            "first_frame": place * share_frames,
            "n_frames": share_frames,
        }
        for place, name in enumerate(tracks)
    ]
    pd.DataFrame(rows).to_csv(folder / "index.csv", index=False)
    return folder


def make_cache(folder: Path, n_frames: int, n_bins: int = 24, seed: int = 0) -> SpectraCache:
    """Write such a cache and open it."""
    return SpectraCache(write_cache(folder, n_frames, n_bins, seed))


def make_settings(**changes) -> TrainingSettings:
    """Settings that train a small model in a second, with changes."""
    return TrainingSettings(**{**SETTINGS, **changes})


class StoppedError(Exception):
    """Raised by a trainer that `stop_in_epoch` stops."""


def stop_in_epoch(trainer: Trainer, epoch: int, batches: int) -> None:
    """Let the trainer raise StoppedError after so many batches of an epoch, as if it was killed there."""
    step = trainer.step

    def counted(mixture, target):
        step(mixture, target)
        if (trainer.state.epoch, trainer.state.batches_done) == (epoch, batches):
            raise StoppedError

    trainer.step = counted
