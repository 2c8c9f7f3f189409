"""What may vary between the models under study; free of torch, for the rules pass designs to their jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ModelDesign:
    """What distinguishes one model from another.

    encoder_layers, decoder_layers : numbers of square layers, one after the other
    skip_filtering : the last layer's output is a mask that multiplies the input spectrum
    zero_biases : biases start at zero; otherwise uniformly within 1 / sqrt(n_bins), torch's default
    """

    encoder_layers: int
    decoder_layers: int = 1
    skip_filtering: bool = False
    zero_biases: bool = False


@dataclass(frozen=True)
class OwnDesign:
    """A model of one's own, told from others by the digest of the Python file that defines it (own_file)."""

    file_digest: str


Design = ModelDesign | OwnDesign


def design_from(fields: Mapping[str, Any]) -> Design:
    """The design with these fields, as rules and provenance hold them; raises TypeError for unknown ones."""
    return OwnDesign(**fields) if "file_digest" in fields else ModelDesign(**fields)
