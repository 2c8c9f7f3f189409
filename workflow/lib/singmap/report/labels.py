"""Names of models, methods, systems and measures as a reader sees them, and their order."""

import re
import textwrap

import pandas as pd

LABELS = {
    "nca": "NCA",
    "nca_equal_fidelity": "NCA, equal fidelity",
    "nca_ones": "NCA, all-ones",
    "student": "student",
    "jacobian": "Jacobian",
    "jacobian_weighted": "Jacobian, weighted",
    "least_squares": "least squares",
    "diagonal": "best diagonal",
    "mixture": "mixture",
    "equaliser": "learned equaliser",
    "irm": "ideal ratio mask",
    "ibm": "ideal binary mask",
    "diagonal_filter": "diagonal filter",
    "truth": "true source",
    "input_weighted": "input-weighted",
    "band_share_1": "within 1 bin",
    "diagonal_share": "on the diagonal",
    "relative_l1": "full matrix, L1",
    "relative_l2": "full matrix, L2",
    "diagonal_relative_l1": "its diagonal alone, L1",
    "diagonal_relative_l2": "its diagonal alone, L2",
    "harmonic_2f": "input f to output 2f",
    "harmonic_3f": "input f to output 3f",
    "harmonic_half_f": "input f to output f/2",
    "optimised": "optimised frames",
    "other": "other frames",
}
PATTERNS = {r"^(.+)_seed(\d+)$": r"\1, seed \2", r"^band_share_(\d+)$": r"within \1 bins"}


def label_of(name: str) -> str:
    """Name of a method, measure, model or system as a reader sees it; ``sf_seed1`` is ``sf, seed 1``."""
    if name in LABELS:
        return LABELS[name]
    for pattern, label in PATTERNS.items():
        name = re.sub(pattern, label, name)
    return name.replace("_", " ")


def wrapped(text: str, letters: int) -> str:
    """The text on lines of at most so many letters."""
    return "\n".join(textwrap.wrap(text, letters))


def ordered(values: pd.Series) -> list[str]:
    """Distinct values in their order of first appearance, so that tables decide the order in figures."""
    return list(dict.fromkeys(values))
