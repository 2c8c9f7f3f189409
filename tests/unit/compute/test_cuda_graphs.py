"""Recorded CUDA graphs compute what the eager steps do, and are recorded only when shapes are new."""

import pytest
import torch

from singmap.compute.cuda_graphs import EAGER_CALLS, GraphedStep
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.training.resume import ResumeStore
from singmap.training.trainer import Trainer
from tests.helpers.training_data import StoppedError, make_cache, make_settings, stop_in_epoch


def adding_step(weight):
    """A step that changes `weight` in place."""

    def step(mixture, target):
        weight.add_((mixture - target).sum(0))
        return weight.sum()

    return step


def test_a_replayed_step_computes_what_the_eager_one_does(cuda):
    weights = [torch.ones(4, device=cuda) for _ in range(2)]
    eager, graphed = adding_step(weights[0]), GraphedStep(adding_step(weights[1]))
    for number in range(EAGER_CALLS + 4):
        mixture = torch.full((3, 4), float(number), device=cuda)
        target = torch.ones(3, 4, device=cuda)
        assert torch.equal(eager(mixture, target), graphed(mixture, target))


def test_another_batch_is_recorded_anew(cuda):
    """A batch of one frame would fit into the recorded one, repeated: it must count once."""
    weights = [torch.ones(4, device=cuda) for _ in range(2)]
    eager, graphed = adding_step(weights[0]), GraphedStep(adding_step(weights[1]))
    for n_frames in [3] * (EAGER_CALLS + 2) + [1] * (EAGER_CALLS + 2) + [3]:
        frames = torch.full((n_frames, 4), 2.0, device=cuda), torch.ones(n_frames, 4, device=cuda)
        assert torch.equal(eager(*frames), graphed(*frames))


def test_steps_are_launched_once_they_are_recorded(fake_gpu):
    """The operations of a step come from the host in the eager calls only."""
    weight, product = torch.ones(4, 4, device="cuda"), []

    def step(frames):
        product[:] = [frames @ weight]
        return product[0].sum()

    graphed = GraphedStep(step)
    for _ in range(EAGER_CALLS + 5):
        graphed(torch.ones(2, 4, device="cuda"))
    assert len(fake_gpu.products) == EAGER_CALLS + 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_training_on_the_gpu_learns_repeats_and_resumes(tmp_path, cuda, dtype, schedule):
    caches = make_cache(tmp_path / "train", 300, seed=1), make_cache(tmp_path / "valid", 100, seed=2)

    def trainer(store=None, device=cuda):
        settings = make_settings(epochs_max=25, patience_epochs=25, schedule=schedule)
        model = build_model(design_of("sf"), 24, seed=0)
        return Trainer(model, settings, *caches, 0, device, dtype, store=store, save_interval_s=0.0)

    first, again = trainer(), trainer()
    assert first.run().relative_error < 0.35  # silence has 1.0, the mixture itself about 0.7
    again.run()
    on_cpu = trainer(device=torch.device("cpu")).run()
    assert first.state.history[-1]["valid_loss"] == pytest.approx(on_cpu.loss, rel=0.02)
    store = ResumeStore(tmp_path / "states", "key")
    broken, resumed = trainer(store), trainer(store)
    stop_in_epoch(broken, 2, EAGER_CALLS)  # the step was recorded in epoch 1
    with pytest.raises(StoppedError):
        broken.run()
    numbers = []
    resumed.run(on_epoch=lambda row: numbers.append(row["epoch"]))
    assert numbers == list(range(2, 26)), "it went on in the second epoch"
    for other in (again, resumed):
        for name, value in first.model.state_dict().items():
            assert torch.equal(value, other.model.state_dict()[name])
