"""Floors and ceilings: estimates of the target that need no training but, the mixture aside, the truth.

Each is a module of `oracles` with a function ``estimate(track)`` from a KnownTrack to the estimates of target
and accompaniment. They work on the short-time spectra that the models see, block by block, so the
differences between a model and its ceilings come from the magnitudes alone. Nothing imports them: they are
loaded by name, so that an edit of one makes no other anew.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import cast

import numpy as np

from singmap.runtime.errors import InputError
from singmap.separation import oracles
from singmap.separation.known_track import Estimates, KnownTrack
from singmap.spectra.settings import StftSettings

Oracle = Callable[[KnownTrack], Estimates]


def oracle_names() -> list[str]:
    """Names of the floors and ceilings that are there, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(oracles.__path__))


def load_oracle(name: str) -> Oracle:
    """Return the function ``estimate`` of the module `name`; raises InputError for an unknown name."""
    if name not in oracle_names():
        raise InputError("baseline", f"one of {', '.join(oracle_names())}", repr(name))
    return cast(Oracle, importlib.import_module(f"{oracles.__name__}.{name}").estimate)


def baseline_estimates(
    name: str, mixture: np.ndarray, target: np.ndarray, rest: np.ndarray, stft: StftSettings
) -> Estimates:
    """Estimates of target and accompaniment by the baseline `name`; all (n_channels, n_samples)."""
    return load_oracle(name)(KnownTrack(mixture, lambda: (target, rest), stft))
