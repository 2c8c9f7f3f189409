"""One whole training, from spectra to the files of a trained model; a killed one goes on where it was."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from singmap.compute.device import choose_device, choose_precision, memory_advice
from singmap.files.storage import remove_emptied
from singmap.files.tables import History, write_table
from singmap.files.unfinished import UnfinishedRun, data_digest, run_key
from singmap.models.building import new_model
from singmap.models.checkpoints import save_epochs, save_model
from singmap.models.design import design_from
from singmap.models.own import OwnModel, check_output, check_start
from singmap.runtime.provenance import git_commit, machine, versions
from singmap.spectra.cache import SpectraCache
from singmap.training.batches import sampled_frames
from singmap.training.evaluation import Evaluation
from singmap.training.kept_epochs import KeptEpochs
from singmap.training.resume import ResumeStore
from singmap.training.trainer import SAVE_INTERVAL_S, Run, Trainer, TrainingSettings

NOT_THE_TRAINERS = {"precision", "kept_epochs"}  # of the settings
MEMORY_REMEDY = "lower training.resident_frames or training.batch_frames; on a GPU let fewer jobs share it"


@dataclass(frozen=True)
class TrainedFiles:
    """Where the files of a trained model are written; `epochs` is None where no epoch's weights are kept."""

    weights: Path
    history: Path
    provenance: Path
    epochs: Path | None = None


def run_training(
    caches: tuple[SpectraCache, SpectraCache],
    named: dict[str, Any],
    code: dict[str, str],
    unfinished: Path,
    files: TrainedFiles,
    device: str = "auto",
    gpu_slots: int = 0,
    save_interval_s: float = SAVE_INTERVAL_S,
) -> None:
    """Train one network and write its files.

    Parameters
    ----------
    caches : spectra to train on and to validate on
    named : what was asked for, and stands in the provenance: ``model``, a name; ``design``, the fields of a
        Design; ``seed``; ``settings``, the configuration's section ``training``; and what else there is
    code : the digests of the code
    unfinished : the folder that keeps the state of an unfinished run, saved every `save_interval_s` seconds
    device, gpu_slots : as `singmap.compute.device.choose_device` takes them

    Raises InputError as `singmap.training.trainer.Trainer` does.
    """
    model, seed, settings = named["model"], named["seed"], named["settings"]
    chosen = choose_device(device, gpu_slots)
    precision = choose_precision(settings["precision"], chosen)
    facts = named | describe(*caches, chosen, precision)
    key = run_key(facts | {"code": code})
    options = {name: value for name, value in settings.items() if name not in NOT_THE_TRAINERS}
    store = ResumeStore(unfinished, key)
    with memory_advice("train_model", MEMORY_REMEDY):
        network = new_model(design_from(named["design"]), caches[0].n_bins, seed)
        label, source = f"{model} seed {seed}", {}
        if isinstance(network, OwnModel):
            check_start(network, seed)
            check_output(network, sampled_frames(caches[0]))
            label = f"{label} ({network.file.name})"
            source = {"source": network.file.read_text(encoding="utf-8")}  # for readers, it is never run
        trainer = Trainer(
            network,
            TrainingSettings(**options),
            *caches,
            seed,
            device=chosen,
            dtype=precision,
            name=label,
            store=store,
            save_interval_s=save_interval_s,
        )
        kept = KeptEpochs(settings["kept_epochs"], UnfinishedRun(unfinished, f"{key}-epochs"), network)
        outcome = summarise(trainer.run(kept), trainer.state)
    write_table(files.history, pd.DataFrame(trainer.state.history), History)
    made_by = {"run_key": key, "commit": git_commit(), "machine": machine()} | source
    if files.epochs is not None:
        made_by |= {"epochs_sha256": save_epochs(files.epochs, kept.weights(outcome["epochs"]))}
    save_model(files.weights, files.provenance, network, facts | outcome | made_by)
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


def summarise(final: Evaluation, state: Run) -> dict[str, Any]:
    """The losses of the weights that were kept, the validation loss computed anew in float32."""
    return {
        "epochs": len(state.history),
        "best_epoch": state.best_epoch,
        "train_loss": state.history[state.best_epoch - 1]["train_loss"],
        "valid_loss": final.loss,
        "relative_error": final.relative_error,
    }
