"""Training of one model: Adam on batches in random order, early stopping, the best weights restored.

The run is a function of model, settings, data and seed; on one machine and thread count it is bit-identical,
also when it was killed and resumed. Across devices, thread counts and library versions sums are rounded
differently, and the weights drift apart like those of another seed with the same start.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
import torch

from singmap.compute.adam import Adam, clip
from singmap.compute.cuda_graphs import GraphedStep
from singmap.models.network import FrameModel, SpectralModel
from singmap.runtime.errors import InputError
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress
from singmap.runtime.termination import TerminationFlag, termination_flag
from singmap.spectra.cache import SpectraCache
from singmap.training.autograd import AutogradGradients
from singmap.training.backpropagation import Backpropagation
from singmap.training.batches import ShuffledBatches, check_frames
from singmap.training.evaluation import Evaluation, Validation, check_alive
from singmap.training.losses import loss_function
from singmap.training.resume import ResumeStore
from singmap.training.schedules import learning_rate

SAVE_INTERVAL_S = 60.0  # a save of four layers of 2049 bins writes 270 MB


@dataclass(frozen=True)
class TrainingSettings:
    """Section ``training`` of the configuration; config/README.md describes each."""

    epochs_max: int
    patience_epochs: int
    batch_frames: int
    learning_rate: float
    schedule: str
    gradient_clip_norm: float | None
    loss: str
    resident_frames: int


class EpochRow(TypedDict):
    """What is recorded of one finished epoch; the losses are means over frames and bins."""

    epoch: int
    learning_rate: float
    train_loss: float
    valid_loss: float
    relative_error: float


@dataclass
class Run:
    """Where a run stands: everything but tensors.

    history : one row per finished epoch
    batches_done : of the unfinished epoch
    """

    history: list[EpochRow] = field(default_factory=list)
    batches_done: int = 0

    @property
    def epoch(self) -> int:
        """Number of the epoch under way, from 1."""
        return len(self.history) + 1

    @property
    def best_epoch(self) -> int:
        """The epoch with the lowest validation loss; 0 before the first has finished."""
        return min(range(len(self.history)), key=lambda i: self.history[i]["valid_loss"], default=-1) + 1


class Trainer:
    """Trains `model` in place; see `run`.

    Parameters
    ----------
    model : on the CPU or on `device`; it is moved there
    settings : of the training
    train, valid : spectra
    seed : of the order of batches
    device, dtype : where the products run, and their number format
    name : the run's name in progress lines and errors
    store : where the state of an unfinished run is kept; None keeps none
    """

    def __init__(
        self,
        model: FrameModel,
        settings: TrainingSettings,
        train: SpectraCache,
        valid: SpectraCache,
        seed: int,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        name: str = "model",
        store: ResumeStore | None = None,
        save_interval_s: float = SAVE_INTERVAL_S,
    ):
        for cache in (train, valid):
            check_frames(cache, model.n_bins)
        self.model, self.settings, self.name = model.to(device), settings, name
        self.device, self.store, self.save_interval_s, self.seed = device, store, save_interval_s, seed
        self.batches = ShuffledBatches(train, settings.batch_frames, seed, settings.resident_frames, device)
        self.loss = loss_function(settings.loss)
        self.validation = Validation(valid, self.loss, device)
        self.gradients: Backpropagation | AutogradGradients
        if isinstance(model, SpectralModel):
            self.gradients = Backpropagation(model, self.loss, dtype, pads=device.type == "cuda")
        else:
            self.gradients = AutogradGradients(model, self.loss, dtype, self._step_seed)
        self.optimiser = Adam(self.gradients.parameters, self.gradients.copies, settings.learning_rate)
        records = device.type == "cuda" and isinstance(
            model, SpectralModel
        )  # a module of one's own may branch
        self._graphed = GraphedStep(self._update) if records else None
        self.best = {name: value.clone() for name, value in model.state_dict().items()}
        self.loss_sum = torch.zeros((), dtype=torch.float64, device=device)
        self.state = Run()
        self._saved_s = time.monotonic()

    def run(self, on_epoch: Callable[[EpochRow], None] = lambda row: None) -> Evaluation:
        """Train until the validation loss stops falling, restore the best weights, evaluate in float32.

        `on_epoch` gets every new row of the history. Raises InputError when the model diverges, dies or
        ends no better than silence; SystemExit(143) on SIGTERM or SIGINT, after the state was saved.
        """
        self._resume()
        progress = Progress(f"train {self.name}", self.settings.epochs_max, "epochs")
        progress.resume_at(len(self.state.history))
        with termination_flag() as asked_to_stop:
            while not self._is_finished():
                self._train_epoch(asked_to_stop)
                row = self._finish_epoch()
                on_epoch(row)
                progress.update(note=f"valid loss {row['valid_loss']:.4g}, error {row['relative_error']:.3f}")
        self.model.load_state_dict(self.best)
        final = self.validation.evaluate_model(self.model)
        check_alive(final, self.name, finished=True)
        return final

    def _is_finished(self) -> bool:
        waited = len(self.state.history) - self.state.best_epoch
        return len(self.state.history) >= self.settings.epochs_max or waited >= self.settings.patience_epochs

    def _train_epoch(self, asked_to_stop: TerminationFlag) -> None:
        self.optimiser.set_learning_rate(self._learning_rate())
        for mixture, target in self.batches.epoch(self.state.epoch, self.state.batches_done):
            self.step(mixture, target)
            self.state.batches_done += 1
            if asked_to_stop.is_set:
                self._save()
                raise SystemExit(143)
            if time.monotonic() - self._saved_s >= self.save_interval_s:
                self._save()

    def step(self, mixture: torch.Tensor, target: torch.Tensor) -> None:
        """Update the weights by one batch, (batch_frames, n_bins) each, and add its loss to the epoch's."""
        update = self._graphed or self._update
        self.loss_sum += update(mixture, target)

    def _update(self, mixture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        gradients: Iterable[tuple[int, torch.Tensor]]
        loss, gradients = self.gradients.gradients(mixture, target)
        if self.settings.gradient_clip_norm is not None:
            gradients = list(gradients)
            clip([gradient for _, gradient in gradients], self.settings.gradient_clip_norm)
        self.optimiser.step(gradients)
        return loss

    def _finish_epoch(self) -> EpochRow:
        """Validate, add a row to the history, keep the weights if they are the best so far."""
        train_loss = self.loss_sum.item() / self.state.batches_done
        if not math.isfinite(train_loss):
            remedy = "lower training.learning_rate or set training.gradient_clip_norm"
            raise InputError(self.name, "a finite training loss", f"{train_loss} (it diverged)", remedy)
        valid = self.validation.evaluate(self.gradients.estimate)
        check_alive(valid, self.name, finished=False)
        row = EpochRow(
            epoch=self.state.epoch,
            learning_rate=self._learning_rate(),
            train_loss=train_loss,
            valid_loss=valid.loss,
            relative_error=valid.relative_error,
        )
        self.state.history.append(row)
        self.state.batches_done = 0
        self.loss_sum.zero_()
        if self.state.best_epoch == row["epoch"]:
            for name, value in self.model.state_dict().items():
                self.best[name].copy_(value)
        return row

    def _step_seed(self) -> int:
        """Seed of what a model draws in the next step: a function of where the run stands, no state."""
        place = [self.seed, self.state.epoch, self.state.batches_done]
        return int(np.random.SeedSequence(place).generate_state(1)[0])

    def _learning_rate(self) -> float:
        losses = [row["valid_loss"] for row in self.state.history]
        settings = self.settings
        return learning_rate(settings.schedule, settings.learning_rate, settings.epochs_max, losses)

    def _tensors(self) -> dict[str, torch.Tensor]:
        """All tensors that training goes on from, under names of their own."""
        groups = {
            "weights": self.model.state_dict(),
            "best": self.best,
            "adam": self.optimiser.state(),
            "epoch": {"loss_sum": self.loss_sum},
        }
        return {f"{group}.{name}": own for group, parts in groups.items() for name, own in parts.items()}

    def _save(self) -> None:
        if self.store is not None:
            self.store.save(self._tensors(), vars(self.state))
        self._saved_s = time.monotonic()

    def _resume(self) -> None:
        found = self.store.load() if self.store is not None else None
        if found is None:
            return
        tensors, facts = found
        self.state = Run(**facts)
        for name, own in self._tensors().items():
            own.copy_(tensors[name])
        self.gradients.refresh()
        tell_user(f"[train {self.name}] resumed in epoch {self.state.epoch}")
