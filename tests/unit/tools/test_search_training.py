"""The search trains variants of the study's training, each with its own settings."""

from tests.helpers.training_data import write_cache
from tools.search_training import VARIANTS, chosen_settings, outcome


def test_every_variant_of_the_search_trains_with_its_own_settings(tmp_path):
    for subset, n_frames in (("train", 600), ("valid", 100)):
        write_cache(tmp_path / subset, n_frames, seed=n_frames)
    settings = chosen_settings() | {"epochs_max": 2, "learning_rate": 3e-3}
    for name, changes in VARIANTS.items():
        found = outcome(tmp_path, "sf", 0, settings | {"batch_frames": 32} | changes)
        assert found["epochs"] == 2
        assert changes.items() <= found["settings"].items(), name
        assert 0 < found["relative_error"] < 1 or found["settings"]["loss"] != "mse"


def test_variants_change_only_settings_that_there_are():
    assert set().union(*VARIANTS.values()) <= set(chosen_settings())
