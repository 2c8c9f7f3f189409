"""Take over the weights of a model of one's own that is only examined, as if it had been trained here."""

import math
from pathlib import Path
from typing import Any

import torch

from singmap.models.building import new_model
from singmap.models.checkpoints import save_model
from singmap.models.design import design_from
from singmap.models.own import OwnModel, check_output, check_start, load_given
from singmap.runtime.errors import InputError
from singmap.runtime.job import run
from singmap.runtime.provenance import git_commit, machine, versions
from singmap.spectra.cache import SpectraCache
from singmap.training.batches import check_frames, sampled_frames
from singmap.training.evaluation import evaluate_model
from singmap.training.losses import loss_function


def main(
    *, valid_index: Path, weights: Path, provenance: Path, model: str, seed: int, design: dict[str, Any],
    given: Path, loss: str,
) -> None:  # fmt: skip
    """Write weights and provenance of a model whose weights are `given`, a file of safetensors.

    design : the fields of an OwnDesign
    loss : name of the training loss, by which the model is compared with those that are trained here
    """
    cache = SpectraCache(valid_index.parent)
    check_frames(cache, cache.n_bins)
    network = new_model(design_from(design), cache.n_bins, seed)
    assert isinstance(network, OwnModel)
    check_start(network, seed)
    load_given(network, given)
    check_output(network, sampled_frames(cache))
    found = evaluate_model(network, cache, loss_function(loss))
    if not (math.isfinite(found.loss) and found.peak):
        problem = "silence" if math.isfinite(found.loss) else "NaN or infinity"
        raise InputError(str(given), "some sound on the validation tracks", problem)
    facts = {"model": model, "design": design, "seed": seed, "given": str(given)}
    outcome = {"epochs": 0, "best_epoch": 0, "valid_loss": found.loss, "relative_error": found.relative_error}
    made_by = {"device": "cpu", "precision": "float32", "threads": torch.get_num_threads()}
    made_by |= {"versions": versions(), "commit": git_commit(), "machine": machine()}
    source = {"source": network.file.read_text(encoding="utf-8")}  # for readers, it is never run
    save_model(weights, provenance, network, facts | outcome | made_by | source)


if __name__ == "__main__":
    run(main)
