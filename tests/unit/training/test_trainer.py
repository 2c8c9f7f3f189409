"""The trainer: it learns, stops early, repeats and resumes to the bit, and names what goes wrong."""

import dataclasses
import itertools
import weakref

import pytest
import torch

from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.runtime.errors import InputError
from singmap.runtime.termination import TerminationFlag
from singmap.training.resume import ResumeStore
from singmap.training.trainer import Trainer
from tests.helpers.training_data import StoppedError, make_cache, make_settings, stop_in_epoch

CPU = torch.device("cpu")
N_BINS = 24


@pytest.fixture(scope="module")
def caches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spectra")
    return make_cache(folder / "train", 300, seed=1), make_cache(folder / "valid", 100, seed=2)


def make_trainer(caches, name="sf", seed=0, **changes):
    options = {key: changes.pop(key) for key in ("store", "save_interval_s", "dtype") if key in changes}
    model = build_model(design_of(name), N_BINS, seed)
    return Trainer(model, make_settings(**changes), *caches, seed, CPU, name=f"{name} seed {seed}", **options)


def weights_of(trainer):
    return torch.cat([value.flatten() for value in trainer.model.state_dict().values()])


def trained(caches, **changes):
    trainer = make_trainer(caches, **changes)
    return trainer, trainer.run()


@pytest.mark.parametrize("name", ["dae", "mdae", "sf"])
def test_training_learns_the_target(caches, name):
    _, final = trained(caches, name=name, epochs_max=25, patience_epochs=25)
    assert final.relative_error < 0.25  # silence has 1.0, the mixture itself about 0.7


@pytest.mark.parametrize("changes", [{"loss": "l1"}, {"loss": "kl"}, {"dtype": torch.bfloat16}])
def test_other_losses_and_precisions_learn_too(caches, changes):
    _, final = trained(caches, epochs_max=25, patience_epochs=25, **changes)
    assert final.loss < 0.3 * final.silence_loss


def test_same_seed_gives_the_same_bits_whatever_ran_before(caches):
    first, _ = trained(caches)
    trained(caches, name="dae", seed=5)
    torch.manual_seed(99)
    again, _ = trained(caches)
    other, _ = trained(caches, seed=1)
    assert torch.equal(weights_of(first), weights_of(again))
    assert first.state == again.state
    assert not torch.equal(weights_of(first), weights_of(other))


def test_the_best_weights_are_restored_and_training_stops_early(caches):
    # A learning rate this high overshoots now and then.
    trainer = make_trainer(caches, learning_rate=0.03, epochs_max=200, patience_epochs=3)
    by_epoch = []
    final = trainer.run(lambda row: by_epoch.append(weights_of(trainer)))
    losses = [row["valid_loss"] for row in trainer.state.history]
    best = min(losses)
    assert len(losses) < 200
    assert losses.index(best) == len(losses) - 4
    assert final.loss == pytest.approx(best, rel=1e-5)
    assert torch.equal(weights_of(trainer), by_epoch[losses.index(best)])
    assert not torch.equal(weights_of(trainer), by_epoch[-1])


def test_history_has_a_row_for_every_epoch(caches):
    rows = []
    trainer = make_trainer(caches, epochs_max=3, schedule="cosine")
    trainer.run(on_epoch=rows.append)
    assert rows == trainer.state.history
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[0]["learning_rate"] == 3.0e-3
    assert rows[2]["learning_rate"] == pytest.approx(3.0e-3 / 4)
    assert rows[2]["train_loss"] < rows[0]["train_loss"]


def test_gradients_are_clipped(caches):
    free, _ = trained(caches, epochs_max=1)
    clipped, _ = trained(caches, epochs_max=1, gradient_clip_norm=1e-9)
    start = weights_of(make_trainer(caches))
    # Adam's step is nearly free of the gradient's scale, but not where that is far below its epsilon of 1e-8.
    assert torch.linalg.norm(weights_of(clipped) - start) < 0.2 * torch.linalg.norm(weights_of(free) - start)


@pytest.mark.parametrize("resident", [10_000, 1])
@pytest.mark.parametrize("changes", [{}, {"dtype": torch.bfloat16, "schedule": "plateau", "name": "dae"}])
def test_a_resumed_run_ends_with_the_same_bits(caches, tmp_path, resident, changes):
    whole, _ = trained(caches, resident_frames=resident, **changes)
    for epoch, batches in ((1, 4), (3, 2)):
        store = ResumeStore(tmp_path, "key")
        broken = make_trainer(caches, store=store, save_interval_s=0.0, resident_frames=resident, **changes)
        stop_in_epoch(broken, epoch, batches)
        with pytest.raises(StoppedError):
            broken.run()
    resumed = make_trainer(
        caches, seed=0, store=ResumeStore(tmp_path, "key"), resident_frames=resident, **changes
    )
    resumed.run()
    assert resumed.state == whole.state
    assert torch.equal(weights_of(resumed), weights_of(whole))


def test_states_are_saved_also_when_an_epoch_is_shorter_than_the_interval(caches, tmp_path, monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr("singmap.training.trainer.time.monotonic", lambda: next(clock))
    store = ResumeStore(tmp_path, "key")
    trainer = make_trainer(caches, store=store, save_interval_s=20)
    trainer.run()
    assert store.load()[1]["history"], "no state was saved after the first epoch"


def test_a_request_to_stop_saves_the_state(caches, tmp_path):
    store, asked = ResumeStore(tmp_path, "key"), TerminationFlag()
    trainer = make_trainer(caches, store=store)
    trainer._train_epoch(asked)
    assert trainer.state.batches_done == trainer.batches.n_batches
    assert store.load() is None
    trainer = make_trainer(caches, store=store)
    asked.set()
    with pytest.raises(SystemExit) as status:
        trainer._train_epoch(asked)
    assert status.value.code == 143
    assert store.load()[1]["batches_done"] == 1


def test_a_dead_model_is_an_error(caches):
    trainer = make_trainer(caches)
    with torch.no_grad():
        trainer.model.linears[-1].bias.fill_(-1e3)
    trainer.gradients.refresh()
    with pytest.raises(InputError, match=r"sf seed 0.*dead"):
        trainer.run()


@pytest.mark.parametrize("bad", [float("nan"), 1e30])
def test_a_diverging_model_is_an_error(caches, bad):
    trainer = make_trainer(caches)
    with torch.no_grad():
        trainer.model.linears[0].weight.fill_(bad)
    with pytest.raises(InputError, match=r"diverged.*training\.learning_rate"):
        trainer.run()


def test_a_model_no_better_than_silence_is_an_error(caches):
    with pytest.raises(InputError, match="below that of silence"):
        trained(caches, name="dae", learning_rate=1e-9, epochs_max=1)


def test_misfitting_frames_are_an_error(caches, tmp_path):
    wide = make_cache(tmp_path / "wide", 50, n_bins=N_BINS + 1)
    with pytest.raises(InputError, match="frames of 24 bins, found 25"):
        make_trainer((caches[0], wide))


def test_a_dropped_trainer_frees_its_frames_at_once(caches):
    """Resident frames can be gigabytes; a reference cycle would keep them until Python looks for cycles."""
    trainer = make_trainer(caches, epochs_max=1)
    trainer.run()
    dropped = weakref.ref(trainer)
    del trainer
    assert dropped() is None


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_settings().loss = "l1"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_product_of_a_training_suits_tensor_cores(tmp_path, fake_gpu, dtype):
    """With a size or a stride that is no multiple of 8, 2-byte products leave the fast kernels."""
    caches = [make_cache(tmp_path / name, 64, n_bins=257) for name in ("train", "valid")]
    model = build_model(design_of("mdae"), 257, 0)
    trainer = Trainer(
        model, make_settings(epochs_max=1, learning_rate=1e-3), *caches, 0, torch.device("cuda"), dtype
    )
    trainer._train_epoch(TerminationFlag())
    trainer._finish_epoch()
    sizes = {size for _, shapes in fake_gpu.products for shape in shapes for size in shape}
    assert sizes == {32, 64, 272}, "batch, validation frames, padded bins"


def test_an_unfinished_run_on_a_gpu_is_that_of_its_padded_weights(tmp_path, fake_gpu):
    caches = [make_cache(tmp_path / name, 64, n_bins=257, seed=1) for name in ("train", "valid")]

    def trainer(store=None):
        model = build_model(design_of("sf"), 257, 0)
        settings = make_settings(learning_rate=1e-3)
        return Trainer(model, settings, *caches, 0, torch.device("cuda"), store=store, save_interval_s=0.0)

    whole = trainer()
    whole.run()
    broken = trainer(ResumeStore(tmp_path / "states", "key"))
    stop_in_epoch(broken, 2, 1)
    with pytest.raises(StoppedError):
        broken.run()
    resumed = trainer(ResumeStore(tmp_path / "states", "key"))
    resumed.run()
    assert resumed.state == whole.state
    assert torch.equal(weights_of(resumed).cpu(), weights_of(whole).cpu())
    assert weights_of(whole).numel() == 2 * 257 * 258
