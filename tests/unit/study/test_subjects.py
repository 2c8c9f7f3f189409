"""What is measured beside the trained model: its controls, and which frames of each track."""

import numpy as np
import pytest
import torch

from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.spectra.cache import SpectraCache
from singmap.study.subjects import frames_of_tracks, subjects_of

N_BINS = 6


def network(value):
    """A network whose every weight and bias is `value`."""
    model = build_model(design_of("dae"), N_BINS, 5)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(value)
    return model


@pytest.fixture
def subjects():
    found = subjects_of(network(9.0), 5, {1: network(1.0), 4: network(4.0)}, {"band": network(2.0)})
    return {(subject.name, subject.weights): subject for subject in found}


def test_every_subject_is_there_under_its_names(subjects):
    assert list(subjects) == [
        ("trained", "best"),
        ("trained", "epoch1"),
        ("trained", "epoch4"),
        ("untrained", "epoch0"),
        ("shuffled", "best"),
        ("band", "best"),
    ]
    weights = {key: float(subject.model.known_layers[0].weight[0, 0]) for key, subject in subjects.items()}
    del weights["untrained", "epoch0"]
    assert list(weights.values()) == [9, 1, 4, 9, 2]


def test_the_untrained_one_has_the_weights_that_its_training_started_from(subjects):
    found = subjects["untrained", "epoch0"].model.known_layers
    expected = build_model(design_of("dae"), N_BINS, 5).layers()
    assert all(torch.equal(mine.weight, other.weight) for mine, other in zip(found, expected, strict=True))


def test_only_shuffled_bins_change_places(subjects):
    frames = np.arange(12, dtype=np.float32).reshape(2, N_BINS)
    for key, subject in subjects.items():
        shown = subject.shown(frames)
        assert np.array_equal(np.sort(shown), frames), "nothing is lost"
        assert np.array_equal(shown, frames) == (key[0] != "shuffled")


@pytest.fixture
def cache(tmp_path):
    """Tracks of 3, 10 and 4 frames; every number is its frame's, and track b is loudest in frames 8 to 11."""
    rows = np.repeat(np.arange(17, dtype=np.float32)[:, None], 3, axis=1)
    target = np.zeros_like(rows)
    target[8:12] = 1
    np.save(tmp_path / "mixture.npy", rows)
    np.save(tmp_path / "target.npy", target)
    lines = ["track_id,track,first_frame,n_frames", "a,A,0,3", "b,B,3,10", "c,C,13,4"]
    (tmp_path / "index.csv").write_text("\n".join(lines))
    return SpectraCache(tmp_path)


def test_long_tracks_give_their_loudest_frames_and_short_ones_all(cache):
    found = {each.track.track_id: each for each in frames_of_tracks(cache, 4, 100, cache.tracks)}
    assert found["a"].mixture[:, 0].tolist() == [0, 1, 2]
    assert found["b"].mixture[:, 0].tolist() == [8, 9, 10, 11]
    assert found["b"].target.min() == 1
    assert found["c"].mixture[:, 0].tolist() == [13, 14, 15, 16], "silent and short: as it is"


def test_others_are_frames_of_other_tracks_evenly_spread(cache):
    found = {
        each.track.track_id: each.others[:, 0].tolist()
        for each in frames_of_tracks(cache, 4, 100, cache.tracks)
    }
    assert found["b"] == [0, 1, 2, 13, 14, 15, 16]
    spread = {
        each.track.track_id: each.others[:, 0].tolist()
        for each in frames_of_tracks(cache, 4, 3, cache.tracks)
    }
    assert spread["b"] == [0, 13, 16]
    assert spread["a"] == [3, 9, 16]
    (alone,) = frames_of_tracks(cache, 4, 100, cache.tracks[1:2])
    assert (alone.track.track_id, alone.others[:, 0].tolist()) == ("b", found["b"]), (
        "of all tracks, if one is asked for"
    )
