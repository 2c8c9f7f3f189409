"""Studies of other sizes than the tests' own, as 100 models on 50 tracks, or one of each."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from singmap.files.tables import Controls, Curve, Fidelity, History, Training, columns
from tests.helpers import study_tables
from tests.helpers.rendered_page import Made, render_study
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from tests.helpers.track_measures import measured
from workflow.scripts import plot_mappings, plot_methods, plot_scores, plot_training, plot_verdicts

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "workflow" / "report"
MEASURES = ("outside_effect", "rest_effect", "diagonal_cost")
SUBJECTS = {"trained": "best", "untrained": "epoch0", "shuffled": "best"}  # and their weights
OF_PAGE = ("scores", "score_summary", "statistics", "structure", "training")
METHODS = ("nca", "least_squares", "jacobian")
BASELINES = {"mixture": -6.0, "irm": 8.0}
STFT = {"window": "hamming", "window_samples": 512, "fft_samples": 512, "hop_samples": 128}


def render_sized(folder: Path, n_models: int, n_tracks: int, draws: bool = True) -> Path:
    """Write a study of so many models, of one seed, and tracks to `folder`; returns its page.

    Two models have matrices, and two tracks sounds: the others would only fill the disk.
    """
    seeds = (0,)
    models = ["dae", *(f"m{number:02}" for number in range(1, n_models))]
    tracks = {name: f"Artist {name} - Song of {name}" for name in ("one", *map(str, range(2, n_tracks + 1)))}
    systems = [*BASELINES, "truth", *(f"{model}_seed{seed}" for model in models for seed in seeds)]
    made = Made(
        models=models,
        seeds=seeds,
        tracks=tracks,
        segments=list(tracks),
        heard=list(tracks)[:2],
        tones={system: 220.0 + 3 * place for place, system in enumerate(systems)},
        examined=dict.fromkeys(models, METHODS),
        excerpt_s=0.2,
    )
    tables = _tables(models, len(tracks), seeds)
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    of_page = {name: tables[name] for name in OF_PAGE}
    return render_study(
        folder, SOURCES, "folder", made, of_page, (lambda place: _draw(place, made)) if draws else None
    )


def _tables(models: Sequence[str], n_tracks: int, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(0)
    levels = {model: 2 + generator.normal() for model in models}
    scores = study_tables.scores(30, n_tracks, models, seeds)
    shift = scores["model"].map(levels | BASELINES)
    scores["value"] = shift + generator.normal(0, 1.5, len(scores)).round(3)
    pairs = [*itertools.combinations(models, 2), *itertools.product(models, BASELINES)]
    known = levels | BASELINES
    compared = [
        (a, b, d, d - 0.4, d + 0.4, 0.01 if abs(d) > 0.5 else 0.3)
        for a, b in pairs
        for d in [known[a] - known[b]]
    ]
    structure = study_tables.structure(models=models, seeds=seeds)
    structure["value"] = (structure["value"] + generator.normal(0, 0.03, len(structure))).clip(0, 1)
    controls = structure[structure["method"] == "nca"].assign(control="shuffled")
    values = [
        measured(
            measure,
            model,
            subject,
            mean=0.1 * place,
            tracks_differ=0.05,
            n_seeds=len(seeds),
            n_tracks=n_tracks,
            weights=weights,
        )
        for place, (subject, weights) in enumerate(SUBJECTS.items())
        for measure in MEASURES
        for model in models
    ]
    trained = [
        {"model": model, "seed": seed, "best_epoch": 7, "valid_loss": 0.01}
        for model in models
        for seed in seeds
    ]
    verdicts = study_tables.verdicts().assign(family="findings", source="paper, first finding")
    return {
        "scores": scores,
        "score_summary": study_tables.score_summary(known),
        "statistics": study_tables.statistics(compared),
        "structure": structure,
        "controls": controls[columns(Controls)],
        "planted": study_tables.planted(),
        "training": study_tables.filled(Training, trained),
        "measures": pd.concat(values),
        "verdicts": verdicts,
        "histories": study_tables.histories(models),
    }


def _draw(folder: Path, made: Made) -> Path:
    """Draw all figures but spectrograms from the tables in `folder`; returns their folder."""
    figures = folder / "drawn" / "figures"
    figures.mkdir(parents=True)
    csv = {path.stem: path for path in folder.glob("*.csv")}

    def outputs(*names: str) -> dict[str, Path]:
        return outputs_of(figures, *names)

    plot_scores.main(
        scores=csv["scores"],
        summary=csv["score_summary"],
        statistics=csv["statistics"],
        outputs=outputs("scores", "differences"),
        settings=ALL_FIGURES | {"models": list(made.models), "confidence": 0.95, "reference": None},
    )
    plot_methods.main(
        structure=csv["structure"],
        controls=csv["controls"],
        planted=csv["planted"],
        curves=_curves(folder, made),
        outputs=outputs("structure", "harmonics", "fidelity", "planted_truth", "convergence"),
        settings=ALL_FIGURES | {"iterations": 600, "lobe_bins": 2},
    )
    plot_verdicts.main(
        verdicts=csv["verdicts"],
        measures=csv["measures"],
        training=csv["training"],
        sources=ROOT / "workflow",
        outputs=outputs("effects", "effects_other", "subjects", "trajectories"),
        settings=ALL_FIGURES,
    )
    plot_training.main(
        histories=_histories(folder, csv["histories"]),
        outputs=outputs("loss_curves"),
        settings=ALL_FIGURES | {"loss": "mse"},
    )
    _draw_mappings(folder, made, csv, outputs)
    return figures


def _draw_mappings(
    folder: Path, made: Made, csv: dict[str, Path], outputs: Callable[..., dict[str, Path]]
) -> None:
    """Every model's matrices are those of the first: what is looked at is the room that they take."""
    first, files = made.models[0], []
    for model in made.models[:14]:
        for method in METHODS:
            file = folder / "mappings" / model / f"seed{made.seeds[0]}" / f"{method}.npy"
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.symlink_to(folder / "mappings" / first / f"seed{made.seeds[0]}" / f"{method}.npy")
            files.append(file)
    fidelity = pd.DataFrame(
        [(method, "relative_l2", "optimised", 0.3) for method in METHODS],
        columns=["method", "measure", "frames", "median"],
    )
    study_tables.filled(Fidelity, fidelity).to_csv(folder / "fidelity.csv", index=False)
    plot_mappings.main(
        mappings=files,
        segments=folder / "segments.csv",
        mixture=folder / "mixture.npy",
        planted=csv["planted"],
        fidelity=folder / "fidelity.csv",
        outputs=outputs("mappings_full", "mappings_zoom", "mappings_weighted", "mappings_other"),
        settings=ALL_FIGURES | {"stft": STFT, "zoom_hz": 3000, "range_db": 50, "cells_max": 32},
    )


def _curves(folder: Path, made: Made) -> list[Path]:
    paths = []
    for place, model in enumerate(made.models):
        path = folder / "mappings" / model / f"seed{made.seeds[0]}" / "nca_curve.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        steps = np.arange(0, 600, 10)
        known = {"segment": 0, "iteration": steps, "loss": 1 / (1 + steps / (20 + place)), "relative_l1": 0.5}
        study_tables.filled(Curve, known).to_csv(path, index=False)
        paths.append(path)
    return paths


def _histories(folder: Path, table: Path) -> list[Path]:
    paths = []
    for (model, seed), history in pd.read_csv(table).groupby(["model", "seed"], sort=False):
        path = folder / "models" / str(model) / f"seed{seed}" / "history.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        study_tables.filled(History, history).to_csv(path, index=False)
        paths.append(path)
    return paths
