"""Weights as they were after chosen epochs, so that what a model learns can be followed on its way."""

from collections.abc import Collection

import torch

from singmap.files.unfinished import Entry, UnfinishedRun
from singmap.models.network import FrameModel
from singmap.runtime.errors import InputError
from singmap.training.trainer import EpochRow


class KeptEpochs:
    """Keeps the weights of some epochs while a training runs; a killed run finds those that it had kept.

    Parameters
    ----------
    epochs : numbers of the epochs whose weights are kept, the first is 1; later ones than the run's last
        never come
    run : where they lie until the training has finished
    model : in training; its weights are copied

    To be passed to `singmap.training.trainer.Trainer.run`, which calls it after every epoch.
    """

    def __init__(self, epochs: Collection[int], run: UnfinishedRun, model: FrameModel):
        self.epochs, self.run, self.model = frozenset(epochs), run, model

    def __call__(self, row: EpochRow) -> None:
        if row["epoch"] in self.epochs:
            weights = {name: tensor.cpu().numpy() for name, tensor in self.model.state_dict().items()}
            self.run.keep(_name(row["epoch"]), Entry(weights, {}))

    def weights(self, last_epoch: int) -> dict[int, dict[str, torch.Tensor]]:
        """Weights by epoch, of those up to `last_epoch`; raises InputError when one was damaged meanwhile."""
        return {epoch: self._load(epoch) for epoch in sorted(self.epochs) if epoch <= last_epoch}

    def _load(self, epoch: int) -> dict[str, torch.Tensor]:
        entry = self.run.load(_name(epoch))
        if entry is None:
            self.run.clear()
            where, remedy = (
                f"{self.run.folder}, epoch {epoch}",
                "run snakemake again: the training starts anew",
            )
            raise InputError(where, "the weights that were kept", "none, or damaged ones", remedy)
        return {name: torch.from_numpy(array) for name, array in entry.arrays.items()}


def _name(epoch: int) -> str:
    return f"epoch{epoch:06d}"
