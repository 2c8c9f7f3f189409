"""Designs are plain data: they pass through JSON and the rules, and load no torch."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict

import pytest

from singmap.models.design import ModelDesign


def test_a_design_survives_json():
    design = ModelDesign(encoder_layers=3, decoder_layers=2, skip_filtering=True, zero_biases=True)
    assert ModelDesign(**json.loads(json.dumps(asdict(design)))) == design


def test_the_plain_model_filters_nothing_and_draws_its_biases():
    assert ModelDesign(1) == ModelDesign(1, decoder_layers=1, skip_filtering=False, zero_biases=False)


def test_a_design_is_not_changed_but_replaced():
    with pytest.raises(FrozenInstanceError):
        ModelDesign(1).encoder_layers = 2


def test_the_rules_load_designs_without_torch():
    code = "import sys; import singmap.models.design; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
