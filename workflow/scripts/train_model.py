"""Train one model with one seed; a killed job goes on from its last saved state."""

from pathlib import Path
from typing import Any

import pandas as pd
import torch

from singmap.compute.device import choose_device, choose_precision, memory_advice
from singmap.files.storage import remove_emptied
from singmap.files.tables import History, write_table
from singmap.files.unfinished import data_digest, run_key
from singmap.models.checkpoints import save_model
from singmap.models.design import ModelDesign
from singmap.models.network import build_model
from singmap.runtime.job import run
from singmap.runtime.provenance import git_commit, machine, versions
from singmap.spectra.cache import SpectraCache
from singmap.training.evaluation import Evaluation
from singmap.training.resume import ResumeStore
from singmap.training.trainer import SAVE_INTERVAL_S, Run, Trainer, TrainingSettings

MEMORY_REMEDY = "lower training.resident_frames or training.batch_frames"


def main(
    *, train_index: Path, valid_index: Path, weights: Path, history: Path, provenance: Path, model: str,
    design: dict[str, Any], seed: int, settings: dict[str, Any], device: str, gpu_slots: int,
    code: dict[str, str], unfinished: Path, save_interval_s: float = SAVE_INTERVAL_S,
) -> None:  # fmt: skip
    """Write weights, history and provenance of one network.

    train_index, valid_index : of the caches of spectra, in their folders
    design : the fields of a ModelDesign; model : its name
    settings : the configuration's section ``training``; code : the digests of the code
    unfinished : the folder that keeps the state of an unfinished run, saved every `save_interval_s` seconds
    """
    caches = SpectraCache(train_index.parent), SpectraCache(valid_index.parent)
    chosen = choose_device(device, gpu_slots)
    precision = choose_precision(settings["precision"], chosen)
    named = {"model": model, "design": design, "seed": seed, "settings": settings}
    facts = named | describe(*caches, chosen, precision)
    key = run_key(facts | {"code": code})
    options = TrainingSettings(**{name: value for name, value in settings.items() if name != "precision"})
    store = ResumeStore(unfinished, key)
    with memory_advice("train_model", MEMORY_REMEDY):
        network = build_model(ModelDesign(**design), caches[0].n_bins, seed)
        trainer = Trainer(
            network,
            options,
            *caches,
            seed,
            device=chosen,
            dtype=precision,
            name=f"{model} seed {seed}",
            store=store,
            save_interval_s=save_interval_s,
        )
        outcome = summarise(trainer.run(), trainer.state)
    write_table(history, pd.DataFrame(trainer.state.history), History)
    made_by = {"run_key": key, "commit": git_commit(), "machine": machine()}
    save_model(weights, provenance, network, facts | outcome | made_by)
    store.clear()
    remove_emptied(unfinished.parent)


def describe(
    train: SpectraCache, valid: SpectraCache, device: torch.device, precision: torch.dtype
) -> dict[str, Any]:
    """What shapes a run beside its settings; a run that differs in it never resumes another's state."""
    return {
        "device": device.type,
        "precision": str(precision).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "train_data": data_digest(train.mixture, train.target),
        "valid_data": data_digest(valid.mixture, valid.target),
        "train_frames": train.n_frames,
        "valid_frames": valid.n_frames,
        "versions": versions(),
    }


def summarise(final: Evaluation, state: Run) -> dict[str, float]:
    """The losses of the weights that were kept, the validation loss computed anew in float32."""
    return {
        "epochs": len(state.history),
        "best_epoch": state.best_epoch,
        "train_loss": state.history[state.best_epoch - 1]["train_loss"],
        "valid_loss": final.loss,
        "relative_error": final.relative_error,
    }


if __name__ == "__main__":
    run(main)
