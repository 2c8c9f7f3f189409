"""What may vary between the models under study; free of torch, for the rules pass designs to their jobs."""

from dataclasses import dataclass


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
