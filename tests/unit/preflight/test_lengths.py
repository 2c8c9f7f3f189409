"""Lengths of the chosen tracks, against a data set whose tracks are known."""

import pytest

from singmap.data.tracks import write_manifest
from singmap.preflight.lengths import MUSDB18, Lengths, chosen_lengths


@pytest.fixture
def path(manifest, tmp_path):
    write_manifest(tmp_path / "manifest.json", manifest)
    return tmp_path / "manifest.json"


def test_tracks_of_any_rate_are_counted_in_seconds(settings, path):
    found = chosen_lengths(settings, path)
    assert found == {"train": Lengths(1, 2, 2), "valid": Lengths(1, 2, 2), "test": Lengths(2, 14, 10)}


def test_only_chosen_tracks_count(settings, path):
    settings["dataset"]["test"] = ["Short"]
    assert chosen_lengths(settings, path)["test"] == Lengths(1, 4, 4)
    settings["dataset"]["test"] = "all"
    assert chosen_lengths(settings, path)["test"].n_tracks == 2


@pytest.mark.parametrize("change", ["absent", "damaged", "a wrong selection"])
def test_what_is_not_known_is_assumed_to_be_musdb18(settings, path, change):
    if change == "absent":
        path.unlink()
    elif change == "damaged":
        path.write_text("{")
    else:
        settings["dataset"]["test"] = ["nobody"]
    assert chosen_lengths(settings, path) == MUSDB18
