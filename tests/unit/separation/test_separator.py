"""All that separates behind one interface: what it reads, and that it gives museval's layout."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from singmap.files.wav import write_wav
from singmap.runtime.errors import InputError
from singmap.separation.baseline import baseline_estimates
from singmap.separation.separator import (
    SeparatorSettings,
    files_of_systems,
    filtering,
    load_separator,
    separated,
)
from tests.helpers.separated_signals import N_SAMPLES, STFT


@pytest.fixture
def folder(sources, tmp_path) -> Path:
    """A decoded track with the low band as vocals."""
    for name, audio in zip(("vocals", "accompaniment", "mixture"), (*sources, sum(sources)), strict=True):
        write_wav(tmp_path / f"{name}.wav", audio)
    return tmp_path


@pytest.mark.parametrize("oracle", ["irm", "mixture", "diagonal_filter"])
def test_oracles_give_their_estimates_in_museval_s_layout(folder, sources, oracle):
    separator = load_separator(f"singmap.separation.oracles.{oracle}", (), SeparatorSettings())
    found = separated(separator, folder, "vocals", STFT, N_SAMPLES)
    expected = baseline_estimates(oracle, sum(sources), *sources, STFT)
    np.testing.assert_array_equal(found, [estimate.T for estimate in expected])


def test_what_filters_the_mixture_never_reads_the_truth(folder, sources):
    for name in ("vocals", "accompaniment"):
        (folder / f"{name}.wav").unlink()
    found = np.asarray(separated(filtering(lambda x: x / 4, SeparatorSettings()), folder, "vocals", STFT))
    np.testing.assert_allclose(found[0], sum(sources).T / 4, atol=1e-6)
    np.testing.assert_allclose(found[1], 3 * sum(sources).T / 4, atol=1e-6)


@pytest.mark.parametrize(("estimator", "share"), [("magnitude", 0.25), ("ratio_mask", 0.1)])
def test_the_equaliser_filters_as_a_model_would(folder, sources, estimator, share, tmp_path):
    """A quarter of each magnitude is a quarter of the mixture; as a ratio of powers it is 1 to 9."""
    gains = {"bin": range(257), "frequency_hz": 0.0, "gain": 0.25, "mixture_power": 1.0}
    pd.DataFrame(gains).to_csv(tmp_path / "gains.csv", index=False)
    settings = SeparatorSettings(estimator=estimator)
    separator = load_separator("singmap.separation.static_filter", [tmp_path / "gains.csv"], settings)
    found = np.asarray(separated(separator, folder, "vocals", STFT))
    np.testing.assert_allclose(found[0], share * sum(sources).T, atol=1e-6)


def test_a_track_of_another_length_than_listed_is_refused(folder):
    with pytest.raises(InputError, match=rf"{N_SAMPLES + 1} samples"):
        separated(filtering(np.copy, SeparatorSettings()), folder, "vocals", STFT, N_SAMPLES + 1)


def test_every_system_has_its_own_files():
    weights = [Path(f"R/models/{model}/weights") for model in ("sf/seed0", "dae/seed12")]
    provenance = [path.with_name("provenance") for path in weights]
    gains = [Path("R/equaliser/gains.csv")]
    assert files_of_systems(weights, provenance, gains) == {
        "sf_seed0": (weights[0], provenance[0]),
        "dae_seed12": (weights[1], provenance[1]),
        "equaliser": (gains[0],),
    }
