"""TensorBoard shows what the histories hold."""

import pandas as pd
import pytest

from workflow.scripts import export_tensorboard

FIGURES = {"learning_rate": 1e-3, "train_loss": 0.25, "valid_loss": [0.6, 0.4, 0.5], "relative_error": 0.75}
HISTORY = pd.DataFrame({"epoch": [1, 2, 3]} | FIGURES)


def test_every_figure_of_a_history_arrives_under_its_model_and_seed(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    histories = [tmp_path / f"models/sf/seed{seed}/history.csv" for seed in (0, 3)]
    for seed, path in enumerate(histories):
        path.parent.mkdir(parents=True)
        HISTORY.assign(valid_loss=HISTORY["valid_loss"] + seed).to_csv(path, index=False)
    export_tensorboard.main(histories=histories, logs=tmp_path / "tensorboard")
    for seed, name in enumerate(("seed0", "seed3")):
        events = accumulator.EventAccumulator(str(tmp_path / "tensorboard/sf" / name)).Reload()
        assert set(events.Tags()["scalars"]) == set(FIGURES)
        scalars = events.Scalars("valid_loss")
        assert [scalar.step for scalar in scalars] == [1, 2, 3]
        assert [scalar.value for scalar in scalars] == pytest.approx([0.6 + seed, 0.4 + seed, 0.5 + seed])
