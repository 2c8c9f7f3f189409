"""What the scripts of the report read and write: paths of figures as Snakemake names them, an STFT."""

from pathlib import Path

STFT = {"window": "hamming", "window_samples": 1024, "fft_samples": 1024, "hop_samples": 256}
ALL_FIGURES = {"models_max": 12, "dots_per_inch": 30}  # settings
FORMATS = ("svg", "png", "csv")


def outputs_of(folder: Path, *names: str) -> dict[str, Path]:
    """Outputs of a rule that draws these figures, as Snakemake names them."""
    return {f"{name}_{kind}": folder / f"{name}.{kind}" for name in names for kind in FORMATS}
