"""The tools that make measured numbers: variants of a training, and tracks of full length."""

import subprocess

import pytest
import stempeg

from tests.helpers.training_data import write_cache
from tools.long_tracks import join
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


@pytest.mark.parametrize("name", ["plain", "it's"])
def test_joined_clips_last_as_long_as_all_of_them(tmp_path, name):
    clip = tmp_path / f"{name}.stem.mp4"
    clip.symlink_to(stempeg.example_stem_path())
    join([clip, clip, clip], tmp_path / "joined" / "track.stem.mp4")
    samples = [stempeg.Info(str(path)).samples(4) for path in (clip, tmp_path / "joined/track.stem.mp4")]
    assert samples[1] == pytest.approx(3 * samples[0], abs=3 * 2048)  # AAC's frames are 1024 samples
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", tmp_path / "joined/track.stem.mp4", "-f", "null", "-"],
        capture_output=True,
    )
    assert (decoded.returncode, decoded.stderr) == (0, b"")
