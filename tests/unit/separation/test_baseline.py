"""Baselines by name: their estimates sum to the mixture, and every oracle is in the schema."""

import numpy as np
import pytest

from singmap.configuration import read_yaml
from singmap.runtime.errors import InputError
from singmap.separation.baseline import baseline_estimates, load_oracle, oracle_names
from tests.helpers.separated_signals import STFT, snr_db


@pytest.mark.parametrize("name", sorted(set(oracle_names()) - {"mixture"}))
def test_estimates_of_oracles_sum_to_the_mixture(sources, name):
    target, rest = sources
    mixture = target + rest
    estimate, accompaniment = baseline_estimates(name, mixture, target, rest, STFT)
    np.testing.assert_allclose(estimate + accompaniment, mixture, atol=1e-6)
    assert snr_db(estimate, target) > snr_db(mixture, target) + 12
    assert snr_db(accompaniment, rest) > snr_db(mixture, rest) + 12


@pytest.mark.parametrize("name", oracle_names())
def test_the_length_of_blocks_changes_nothing_but_rounding(sources, name, monkeypatch):
    target, rest = sources
    whole = baseline_estimates(name, target + rest, target, rest, STFT)
    monkeypatch.setattr("singmap.separation.known_track.BLOCK_FRAMES", 7)
    np.testing.assert_allclose(baseline_estimates(name, target + rest, target, rest, STFT), whole, atol=1e-6)


def test_every_oracle_is_offered_by_the_configuration(root):
    schema = read_yaml(root / "workflow/schemas/config.schema.yaml")
    offered = schema["properties"]["scoring"]["properties"]["baselines"]["items"]["enum"]
    assert sorted(offered) == sorted([*oracle_names(), "equaliser"])


@pytest.mark.parametrize("name", ["unet", "os.path", "", "__init__"])
def test_an_unknown_name_is_refused_with_those_that_are_there(name):
    with pytest.raises(InputError, match=f"one of {', '.join(oracle_names())}, found"):
        load_oracle(name)
