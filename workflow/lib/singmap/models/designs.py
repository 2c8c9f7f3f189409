"""The registry of models: a new one is a line here, and its name in the schema of the configuration.

Rules look designs up and pass them on; no script imports this module, so a new line retrains no other model.
"""

from singmap.models.design import ModelDesign
from singmap.runtime.errors import InputError

MODELS = {
    # denoising autoencoder
    "dae": ModelDesign(encoder_layers=1),
    # the same with a multi-layer encoder
    "mdae": ModelDesign(encoder_layers=3),
    # skip-filtering model
    "sf": ModelDesign(encoder_layers=1, skip_filtering=True, zero_biases=True),
}


def design_of(name: str) -> ModelDesign:
    """Return the registered design `name`; raises InputError for an unknown one."""
    if name not in MODELS:
        raise InputError("models", f"one of {', '.join(MODELS)}", repr(name))
    return MODELS[name]
