"""Trained models as separators of magnitudes."""

import numpy as np
import pytest
import torch

from singmap.models.checkpoints import save_model
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.runtime.errors import InputError
from singmap.separation.known_track import KnownTrack
from singmap.separation.separate import separate
from singmap.separation.separator import SeparatorSettings
from singmap.separation.trained import model_magnitudes, separator
from tests.helpers.separated_signals import STFT, snr_db


def test_model_sees_each_channel_in_blocks(sources, monkeypatch):
    monkeypatch.setattr("singmap.separation.separate.FRAMES_PER_BLOCK", 7)
    layer = torch.nn.Linear(STFT.n_bins, STFT.n_bins, bias=False)
    torch.nn.init.eye_(layer.weight)
    layer.weight.data *= 0.5
    estimate = separate(sources[0], model_magnitudes(layer, torch.device("cpu")), STFT)
    assert snr_db(estimate, 0.5 * sources[0]) > 90


def test_model_that_gives_nan_is_an_error():
    class Broken(torch.nn.Module):
        def forward(self, frames):
            return frames * float("nan")

    with pytest.raises(InputError, match="finite"):
        model_magnitudes(Broken(), torch.device("cpu"))(np.ones((3, 4), dtype=np.float32))


@pytest.mark.parametrize("estimator", ["magnitude", "ratio_mask"])
def test_a_checkpoint_separates_as_its_network(sources, tmp_path, estimator):
    files = tmp_path / "weights.safetensors", tmp_path / "provenance.json"
    network = build_model(design_of("sf"), STFT.n_bins, seed=3)
    save_model(*files, network, {"model": "sf"})
    mixture = sum(sources)
    found, rest = separator(files, SeparatorSettings(estimator, "cpu"))(KnownTrack(mixture, None, STFT))

    def by_hand(magnitude):
        with torch.no_grad():
            return network(torch.from_numpy(magnitude)).numpy()

    np.testing.assert_allclose(found, separate(mixture, by_hand, STFT, estimator), atol=1e-6)
    np.testing.assert_array_equal(rest, mixture - found)
