"""Any model under study from its design: those of this project and those of one's own."""

from singmap.models.design import Design, OwnDesign
from singmap.models.network import FrameModel, SpectralModel, build_model
from singmap.models.own import build_own_model


def new_model(design: Design, n_bins: int, seed: int) -> FrameModel:
    """Make a model with weights drawn from `seed`, on the CPU in float32.

    The same design, size and seed give the same weights. Raises InputError where a user's file can't.
    """
    if isinstance(design, OwnDesign):
        return build_own_model(design, n_bins, seed)
    return build_model(design, n_bins, seed)


def blank_model(design: Design, n_bins: int) -> FrameModel:
    """Make a model whose weights are to be loaded."""
    return new_model(design, n_bins, 0) if isinstance(design, OwnDesign) else SpectralModel(n_bins, design)
