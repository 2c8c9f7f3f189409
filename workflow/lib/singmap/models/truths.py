"""Trained truths on disk: networks of a model's design, trained on a known function of the mixture."""

from collections.abc import Sequence
from pathlib import Path

from singmap.models.checkpoints import load_model
from singmap.models.network import FrameModel
from singmap.models.provenance import read_provenance
from singmap.runtime.errors import REBUILD, InputError


def load_truths(weights: Sequence[Path], provenance: Sequence[Path]) -> dict[tuple[str, int], FrameModel]:
    """The networks by the name of their function and their seed, as the provenance beside each tells them.

    Raises InputError as `load_model` does, and where a provenance is that of no trained truth.
    """
    truths = {}
    for path, told in zip(weights, provenance, strict=True):
        facts = read_provenance(told)
        missing = [key for key in ("truth", "seed") if key not in facts]
        if missing:
            raise InputError(str(told), "a network trained on a known function", f"no {missing[0]}", REBUILD)
        truths[str(facts["truth"]), int(facts["seed"])] = load_model(path, told)
    return truths
