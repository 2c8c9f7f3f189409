"""The registry holds the paper's three designs, agrees with the schema, and loads without torch."""

import subprocess
import sys

import pytest

from singmap.configuration import read_yaml
from singmap.models.design import ModelDesign
from singmap.models.designs import MODELS, design_of
from singmap.runtime.errors import InputError


def test_designs_are_those_of_the_paper():
    assert design_of("mdae") == ModelDesign(encoder_layers=3, decoder_layers=1)
    assert [name for name in MODELS if design_of(name).skip_filtering] == ["sf"]


def test_an_unknown_model_is_refused():
    with pytest.raises(InputError, match="one of dae, mdae, sf, found 'unet'"):
        design_of("unet")


def test_the_configuration_offers_every_registered_model(root):
    schema = read_yaml(root / "workflow/schemas/config.schema.yaml")
    assert schema["properties"]["models"]["items"]["else"]["enum"] == list(MODELS)


def test_planning_a_study_does_not_wait_for_torch():
    """The rules import the registry in every Snakemake process; torch takes seconds."""
    code = "import sys; import singmap.models.designs; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
