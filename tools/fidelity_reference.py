"""Write docs/fidelity.md: what follows the paper and its code and what is ours, from code and settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from singmap.configuration import merged, read_yaml
from singmap.models.design import ModelDesign
from singmap.models.designs import MODELS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "fidelity.md"
INTRODUCTION = """\
# Fidelity to the paper

<!-- Made by `make references` from config/, singmap/models/designs.py and tools/fidelity_reference.py. -->

The paper's tables were not at hand: this study claims none of its numbers. *code* follows the authors'
published Python, *group* other training code of the same group, *field* what the field agrees on; *ours* are
choices of this project. Values are those of `config/paper.yaml` over the defaults, and of the demo,
`config/config.yaml`.

| part | in the paper's setting | in the demo | source | keys |
|---|---|---|---|---|
"""
NCA_NOTES = """\

The authors' code prints the mean of NCA's loss over all iterations as its final loss; here the last one and
the whole curve are kept. NCA at equal fidelity stands beside the authors' setting because 600 iterations at
1e-4 leave models at different distances from their output
([examining a mapping](mapping.md#what-depends-on-stopping-early)).
"""


@dataclass(frozen=True)
class Part:
    """One part of the study.

    text : with `{section.key}` wherever the configuration decides
    source : code, group, field or ours
    """

    name: str
    text: str
    source: str


PARTS = (
    Part(
        "spectra",
        "mono mean, {stft.window} window of {stft.window_samples} samples, FFT {stft.fft_samples}, hop "
        "{stft.hop_samples}, divided by sqrt(FFT size)",
        "group",
    ),
    Part("data set", "{dataset.name}, target {dataset.target}", "code"),
    Part("seeds", "{seeds}", "ours"),
    Part(
        "validation",
        "musdb's own 14 tracks; stop after {training.patience_epochs} epochs without gain",
        "ours",
    ),
    Part(
        "training",
        "Adam at {training.learning_rate}, {training.schedule}, batches of {training.batch_frames} frames, "
        "loss {training.loss}, at most {training.epochs_max} epochs ([search](hyperparameters.md))",
        "ours",
    ),
    Part(
        "NCA",
        "{mapping.iterations} iterations of Adam at {mapping.learning_rate}, L1 loss, one segment of "
        "{mapping.segment_frames} frames at a time",
        "code",
    ),
    Part("NCA's bias", "added along the {mapping.bias_axis} axis", "code"),
    Part(
        "NCA at equal fidelity",
        "to a relative L2 error of {mapping.equal_fidelity.relative_l2}, at most "
        "{mapping.equal_fidelity.iterations_max} iterations",
        "ours",
    ),
    Part("mapping methods", "{mapping.methods}", "ours"),
    Part("controls", "networks trained on {controls.known_functions}; untrained, shuffled, planted", "ours"),
    Part(
        "separated audio",
        "estimator {separation.estimator}, channel by channel; the rest is the accompaniment",
        "ours",
    ),
    Part(
        "scores",
        "BSSEval v4 with museval's numbers, windows of {scoring.window_s} s, {scoring.audit_pairs} estimates "
        "scored again by museval itself; uSDR and SI-SDR beside it",
        "field",
    ),
    Part(
        "statistics",
        "{statistics.bootstrap_samples} bootstrap samples, confidence {statistics.confidence}",
        "ours",
    ),
)


def reference() -> str:
    """The whole page as Markdown."""
    demo = read_yaml(ROOT / "config" / "config.yaml")
    paper = merged(demo, read_yaml(ROOT / "config" / "paper.yaml"))
    rows = [*map(model_row, MODELS.items()), *(part_row(part, paper, demo) for part in PARTS)]
    return INTRODUCTION + "\n".join(rows) + "\n" + NCA_NOTES


def model_row(entry: tuple[str, ModelDesign]) -> str:
    """A row of the table for a design of singmap.models.designs."""
    name, design = entry
    ending = "mask times input" if design.skip_filtering else "the last layer's output"
    biases = "zero" if design.zero_biases else "uniform within 1 / sqrt(bins)"
    text = (
        f"{design.encoder_layers} + {design.decoder_layers} square layers, ReLU after each, Xavier-normal "
        f"weights, biases {biases} at the start; {ending}"
    )
    return f"| model `{name}` | {text} | the same | code | `models` |"


def part_row(part: Part, paper: Mapping[str, Any], demo: Mapping[str, Any]) -> str:
    """A row of the table: the part with the values of both configurations."""
    keys = re.findall(r"\{([\w.]+)\}", part.text)
    in_paper, in_demo = (filled(part.text, config) for config in (paper, demo))
    shown = "the same" if in_paper == in_demo else in_demo
    return f"| {part.name} | {in_paper} | {shown} | {part.source} | {', '.join(f'`{key}`' for key in keys)} |"


def filled(text: str, config: Mapping[str, Any]) -> str:
    """The text with the configuration's values at its keys."""
    return re.sub(r"\{([\w.]+)\}", lambda found: shown(value_at(config, found[1])), text)


def value_at(config: Mapping[str, Any], key: str) -> Any:
    """The value at `section.key`; raises KeyError where there is none."""
    value: Any = config
    for name in key.split("."):
        value = value[name]
    return value


def shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def main() -> None:
    """Write the page."""
    PAGE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
