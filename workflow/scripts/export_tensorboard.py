"""Write the loss histories of all models as TensorBoard event files, a run a model and seed."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from singmap.files.tables import History, read_table
from singmap.runtime.job import run


def main(*, histories: list[Path], logs: Path) -> None:
    """Write below `logs` one folder for each history, named after its last two folders (model, seed).

    TensorBoard compares them: ``tensorboard --logdir <logs>``.
    """
    for path in histories:
        table = read_table(path, History)
        with SummaryWriter(str(logs / path.parent.parent.name / path.parent.name)) as writer:
            for row in table.to_dict("records"):
                epoch = int(row.pop("epoch"))
                for name, value in row.items():
                    writer.add_scalar(name, value, epoch)


if __name__ == "__main__":
    run(main)
