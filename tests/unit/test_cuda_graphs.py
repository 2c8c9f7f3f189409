import pytest
import torch

from tests.unit.training_data import make_cache, make_settings
from workflow.lib.cuda_graphs import EAGER_CALLS, GraphedStep
from workflow.lib.models import build_model
from workflow.lib.resume import ResumeStore
from workflow.lib.training import Trainer

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT RUN: needs a CUDA device"),
]


def test_a_replayed_step_computes_what_the_eager_one_does():
    weights = [torch.ones(4, device="cuda") for _ in range(2)]

    def step_on(weight):
        def step(mixture, target):
            weight.add_((mixture - target).sum(0))
            return weight.sum()

        return step

    eager, graphed = step_on(weights[0]), GraphedStep(step_on(weights[1]))
    for number in range(EAGER_CALLS + 4):
        mixture = torch.full((3, 4), float(number), device="cuda")
        target = torch.ones(3, 4, device="cuda")
        assert torch.equal(eager(mixture, target), graphed(mixture, target))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_training_on_the_gpu_learns_repeats_and_resumes(tmp_path, dtype, schedule):
    caches = make_cache(tmp_path / "train", 300, seed=1), make_cache(tmp_path / "valid", 100, seed=2)
    device = torch.device("cuda")

    def trainer(epochs_max=25, store=None):
        settings = make_settings(epochs_max=epochs_max, patience_epochs=25, schedule=schedule)
        model = build_model("sf", 24, seed=0)
        return Trainer(model, settings, *caches, 0, device, dtype, store=store, save_interval_s=0.0)

    first, again = trainer(), trainer(store=ResumeStore(tmp_path / "states", "key"))
    assert first.run().relative_error < 0.25
    again.run()
    resumed = trainer(store=ResumeStore(tmp_path / "states", "key"))
    resumed.run()
    for other in (again, resumed):
        for name, value in first.model.state_dict().items():
            assert torch.equal(value, other.model.state_dict()[name])
