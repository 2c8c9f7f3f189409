"""Made-up tables of a study, for the tests of figures and page; what they need not know is missing."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from singmap.files.tables import (
    DecodedTracks,
    LossFigure,
    Planted,
    Scores,
    ScoreSummary,
    Statistics,
    Structure,
    Table,
    TruthChecks,
    Verdicts,
    columns,
    units_of,
)

MODELS = ("dae", "mdae", "sf")
METHODS = ("nca", "nca_ones", "student", "jacobian", "least_squares", "diagonal")


def filled(table: type[Table], content: dict | list[dict] | pd.DataFrame) -> pd.DataFrame:
    """A table of the dictionary of which only some columns are known.

    All others are missing, or where nothing may be missing the least that their unit allows.
    """
    known = pd.DataFrame(content)
    least = {str: "a", bool: False, int: 0, float: 0.0}
    needed = {name: least[unit.kind] for name, unit in units_of(table).items() if not unit.is_optional}
    added = {name: value for name, value in needed.items() if name not in known}
    return known.assign(**added).reindex(columns=columns(table))


def decoded_tracks(names: dict[str, str], lengths: Sequence[int] | None = None) -> pd.DataFrame:
    """The list of decoded test tracks {track_id: track}, of so many samples."""
    known = zip(names.items(), lengths or [22050] * len(names), strict=True)
    rows = [
        (track_id, track, "test", n_samples, False, -25.0, track_id, "")
        for (track_id, track), n_samples in known
    ]
    return pd.DataFrame(rows, columns=columns(DecodedTracks))


def scores(
    n_frames: int = 30, n_tracks: int = 6, models: Sequence[str] = MODELS, seeds: Sequence[int] = (0, 1)
) -> pd.DataFrame:
    """Tidy scores of models with their seeds, and of two baselines; SDR grows with the system."""
    systems = [("mixture", "mixture", None)]
    systems += [(f"{model}_seed{seed}", model, seed) for model in models for seed in seeds]
    systems += [("irm", "irm", None)]
    noise = np.random.default_rng(0)
    rows = [
        (
            system,
            model,
            seed,
            f"song_{track}",
            f"Song {track}",
            target,
            metric,
            place + noise.normal(),
            n_frames,
            1,
            0,
            "",
        )
        for place, (system, model, seed) in enumerate(systems)
        for track in range(n_tracks)
        for target in ("vocals", "accompaniment")
        for metric in ("SDR", "ISR", "SIR", "SAR")
    ]
    names = ["system", "model", "seed", "track_id", "track", "target", "metric", "value"]
    names += ["n_frames", "n_nan", "n_withheld", "flags"]
    return filled(Scores, pd.DataFrame(rows, columns=names))


COMPARED = [  # one significant, two not
    ("sf", "dae", 0.8, 0.4, 1.2, 0.01),
    ("sf", "mdae", 0.1, -0.3, 0.5, 0.6),
    ("mdae", "dae", 0.6, -0.1, 0.9, 0.2),
]
LEVELS = {"mixture": -5.0, "sf": 2.0, "irm": 6.0}  # median SDR of systems
SHAPES = ("diagonal_share", "band_share_1", "band_share_2", "band_share_5")
HARMONICS = ("harmonic_2f", "harmonic_3f", "harmonic_half_f")
ERRORS = ("relative_l1", "relative_l2", "diagonal_relative_l1", "diagonal_relative_l2")


def score_summary(levels: Mapping[str, float] = LEVELS) -> pd.DataFrame:
    """Medians of systems with intervals of +-1 dB around them, one frame of ten without a score."""
    rows = [
        (model, target, metric, median, median - 1, median + 1, 10, 1, 0, 0)
        for model, median in levels.items()
        for target in ("vocals", "accompaniment")
        for metric in ("SDR", "ISR", "SIR", "SAR", "uSDR", "SI-SDR")
    ]
    names = ["model", "target", "metric", "median", "low", "high", "n_frames", "n_nan", "n_inf"]
    names += ["n_tracks_withheld"]
    return filled(ScoreSummary, pd.DataFrame(rows, columns=names))


def structure(
    dae_share: float = 0.7,
    sf_share: float = 0.5,
    models: Sequence[str] = MODELS,
    seeds: Sequence[int] = (0, 1),
) -> pd.DataFrame:
    """Tidy structure table in which all methods see the given shares; errors fall as shares rise."""
    shares = dict.fromkeys(models, 0.6) | {"dae": dae_share, "sf": sf_share}
    rows = []
    for model, seed, method in itertools.product(models, seeds, METHODS):
        share = 1.0 if method == "diagonal" else shares[model] + 0.01 * seed
        error = 1.1 - shares[model] + 0.05 * seed
        values = [
            *(("optimised", name, view, share) for view in ("raw", "input_weighted") for name in SHAPES),
            *(("optimised", name, view, 0.5) for view in ("raw", "input_weighted") for name in HARMONICS),
            *((frames, name, "raw", error) for frames in ("optimised", "other") for name in ERRORS),
        ]
        rows += [(model, seed, method, 0, "Song 0", *value) for value in values]
    return pd.DataFrame(rows, columns=columns(Structure))


def statistics(rows: Sequence[tuple[str, str, float, float, float, float]] = COMPARED) -> pd.DataFrame:
    """Paired comparisons: names, difference with its interval, p-value."""
    parts = [
        (a, b, "vocals", metric, *rest) for metric in ("SDR", "ISR", "SIR", "SAR") for a, b, *rest in rows
    ]
    names = ["system_a", "system_b", "target", "metric", "median", "low", "high", "p_holm"]
    return filled(Statistics, pd.DataFrame(parts, columns=names))


def histories(models: Sequence[str] = MODELS) -> pd.DataFrame:
    """Loss curves whose validation loss is least in epoch 8."""
    rows = [
        (model, seed, epoch, 0.1 / epoch, 0.02 + 0.001 * (epoch - 8) ** 2)
        for model in models
        for seed in (0, 1)
        for epoch in range(1, 13)
    ]
    return pd.DataFrame(rows, columns=columns(LossFigure))


def verdicts() -> pd.DataFrame:
    """One hypothesis of every kind of verdict."""
    effect = {
        "label": "outside effect",
        "unit": "share",
        "direction": "below",
        "threshold": 0.25,
        "model": "dae",
    }
    tested = {"effect": 0.08123, "low": 0.06, "high": 0.1, "p_holm": 0.0012, "n_tracks": 25, "n_seeds": 3}
    rows = [
        {"id": "F1", "verdict": "supported", **effect, **tested},
        {
            "id": "F2",
            "verdict": "contradicted",
            **effect,
            **tested,
            "minus": "sf",
            "mark": "not tried on band",
        },
        {
            "id": "F3",
            "verdict": "undecided",
            **effect,
            **tested,
            "mark": "misjudges band (sf)",
            "reason": "would be supported, but the measure misjudges band (sf)",
        },
        {
            "id": "F4",
            "verdict": "undecided",
            **effect,
            **tested,
            "reason": "p = 0.0012 after Holm; few tracks",
        },
        {
            "id": "F5",
            "verdict": "not testable",
            **effect,
            "effect": 0.5,
            "n_tracks": 2,
            "n_seeds": 1,
            "reason": "too few seeds: 1, needs 3",
        },
        {
            "id": "F6",
            "verdict": "not testable",
            **effect,
            "n_tracks": 0,
            "n_seeds": 0,
            "reason": "not measured",
        },
    ]
    return filled(Verdicts, [{"statement": f"Statement of {row['id']} <b>.", **row} for row in rows])


def truth_checks() -> pd.DataFrame:
    """A measure that tells one truth, misjudges another of one model's, and was not tried on the third."""
    rows = [
        {"truth": "equaliser", "model": "dae", "value": 0.01, "at_most": 0.1, "outcome": "passed"},
        {"truth": "equaliser", "model": "sf", "value": 0.02, "at_most": 0.1, "outcome": "passed"},
        {"truth": "band", "model": "dae", "value": 0.03, "at_most": 0.1, "outcome": "passed"},
        {"truth": "band", "model": "sf", "value": 0.31, "at_most": 0.1, "outcome": "failed"},
        {"truth": "harmonic", "model": "dae", "at_least": 0.25, "outcome": "not measured"},
    ]
    return filled(TruthChecks, [{"measure": "outside_effect", **row} for row in rows])


def planted() -> pd.DataFrame:
    """Planted networks that the Jacobian recovers, least squares nearly, and NCA does not."""
    found = {
        "jacobian": 1.0,
        "least_squares": 0.9,
        "nca": 0.4,
        "diagonal": 0.5,
        "nca_ones": 1.0,
        "student": 0.1,
    }
    rows = [
        {
            "truth": "dense",
            "build": build,
            "method": method,
            "similarity": cosine if build == "hidden" else 1.0,
        }
        for method, cosine in found.items()
        for build in ("direct", "hidden")
    ]
    return filled(Planted, rows)


def skipped() -> pd.DataFrame:
    """A model of one's own without known layers."""
    rows = [("mask", "method", "nca"), ("mask", "measure", "bias_share")]
    return pd.DataFrame(rows, columns=["model", "kind", "name"]).assign(reason="needs layers")
