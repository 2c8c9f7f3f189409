"""After an edit exactly the stages that it touches run again, and the reason names what changed.

One finished study and a copy of the checkout are edited in one place at a time; a dry run tells which
rules would run. `Case.rules` is the whole set: a rule too many fails like a rule too few.
"""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.workflow.dryrun import copy_checkout, dry_run, planned_jobs

# All but `student`.
METHODS_LEFT = [
    "nca",
    "nca_converged",
    "nca_ones",
    "jacobian",
    "jacobian_weighted",
    "least_squares",
    "diagonal",
]
REASON = re.MULTILINE | re.IGNORECASE

PAGE = {"render_page"}
TRUST = {"plot_trust"} | PAGE
PLANTED = {"study_planted"} | TRUST
CONTROLS = {"examine_controls", "tabulate_controls"} | TRUST
STRUCTURE_TABLES = {"tabulate_structure", "plot_structure", "tabulate_controls"} | TRUST
STRUCTURE = {"measure_structure"} | STRUCTURE_TABLES
MAPPING_FIGURES = {"plot_mappings", "plot_convergence"} | PAGE
MAPPING = {"map_model", "map_model_directly"} | STRUCTURE | MAPPING_FIGURES | CONTROLS
SEGMENTS = {"select_segments"} | MAPPING
STATISTICS = {"compare_systems", "plot_scores"} | PAGE
AUDIT = {"audit_scores"} | PAGE
SCORING = {"score_track", "tabulate_scores"} | STATISTICS | AUDIT
EXCERPTS = {"cut_excerpts", "plot_spectrograms"} | PAGE
SEPARATING = {"separate_tracks"} | SCORING | EXCERPTS
BASELINES = {"separate_baselines"} | SCORING | EXCERPTS
TRAINING_REPORT = {"tabulate_training", "plot_training"} | PAGE
TRAINING = {"train_model"} | TRAINING_REPORT | MAPPING | SEPARATING
# Pictures of matrices, excerpts and controls show the first seed.
SEED = TRAINING - {"plot_mappings", "cut_excerpts", "plot_spectrograms", "plot_trust"} - CONTROLS | PAGE
FIGURES = PAGE | {
    "plot_training",
    "plot_mappings",
    "plot_structure",
    "plot_convergence",
    "plot_scores",
    "plot_spectrograms",
    "plot_trust",
}
SPECTRA = {"compute_spectra"} | SEGMENTS | TRAINING
TEST_TRACKS = {"decode_tracks", "compute_spectra"} | SEGMENTS | SEPARATING | BASELINES
DECODING = {"decode_tracks"} | SPECTRA | BASELINES
FETCHING = {"fetch_dataset"} | DECODING
# What depends on the number of test tracks is planned once the data set is there again.
FETCHING = FETCHING - {"score_track"}
EVERYTHING = FETCHING | PLANTED


@dataclass(frozen=True)
class Case:
    """One edit: of a file (`path`, `old`, `new`) or of the configuration, and the rules that must run."""

    rules: set[str]
    named: str = ""  # what the printed reason must name
    path: str = ""
    old: str = ""
    new: str = ""
    config: dict = field(default_factory=dict)


def comment(path: str) -> Case:
    """Add a comment at the end of a file."""
    return Case(set(), path=path, new="\n# A remark.\n")


def module(name: str, rules: set[str]) -> Case:
    """Add a line of code to a module."""
    return Case(rules, f"singmap.{name}", f"workflow/lib/{name.replace('.', '/')}.py", new="\nADDED = 1\n")


def pin(package: str, rules: set[str]) -> Case:
    """Change the version of a package in the lock."""
    return Case(rules, package, "requirements.lock", old=f"\n{package}==", new=f"\n{package}==99.")


def key(section: str, name: str, value, rules: set[str]) -> Case:
    """Change one key of the configuration."""
    return Case(rules, name, config={section: {name: value}})


CASES = {
    "nothing": Case(set()),
    "a comment in a module that all use": comment("workflow/lib/runtime/logs.py"),
    "a comment in a script": comment("workflow/scripts/train_model.py"),
    "a comment in a rule file": comment("workflow/rules/training.smk"),
    "a docstring": Case(set(), "", "workflow/lib/spectra/stft.py", '"""', '"""Well: '),
    "a conda environment that is not used": comment("envs/study.yaml"),
    "a document": comment("README.md"),
    "a test": comment("tests/workflow/running.py"),
    "the log format of all stages": Case(set(), path="workflow/lib/runtime/logs.py", new="\nADDED = 1\n"),
    "a figure's colour": Case(
        FIGURES, "singmap.report.style", "workflow/lib/report/style.py", '"#0072B2"', '"#0072B3"'
    ),
    "the page's style sheet": Case(PAGE, "study.css", "workflow/report/study.css", new="\n/* x */\n"),
    "a caption": Case(PAGE, "scores.rst", "workflow/report/scores.rst", new="\nMore.\n"),
    "the scoring module": module("scoring.bsseval", {"score_track"} | SCORING),
    "the couplings module": module("mapping.nca", MAPPING | PLANTED),
    "the training module": module("training.trainer", TRAINING),
    "the transform that many use": module("spectra.stft", SPECTRA | BASELINES),
    "a script": Case(
        PAGE, "workflow.scripts.render_page", "workflow/scripts/render_page.py", new="\nADDED = 1\n"
    ),
    "pin: matplotlib": pin("matplotlib", FIGURES),
    "pin: safetensors": pin("safetensors", TRAINING),
    "pin: ruff": pin("ruff", set()),
    "device": Case(TRAINING, "cpu", config={"device": "cpu"}),
    "dataset, test tracks": key("dataset", "test", 1, TEST_TRACKS),
    "dataset, train tracks": key("dataset", "train", 5, {"decode_tracks", "compute_spectra"} | TRAINING),
    "demo": key("demo", "seed", 21, FETCHING),
    "stft": key("stft", "hop_samples", 64, SPECTRA | BASELINES),
    "spectra": key("spectra", "dtype", "float16", SPECTRA),
    "training": key("training", "epochs_max", 4, TRAINING),
    "training, what is only watched": key("training", "tensorboard", True, PAGE | {"export_tensorboard"}),
    "mapping": key("mapping", "iterations", 21, (MAPPING | PLANTED) - {"map_model_directly"}),
    "mapping, segments": key("mapping", "segment_frames", 90, SEGMENTS | PLANTED),
    "mapping, a method less": Case(
        STRUCTURE | MAPPING_FIGURES | PLANTED, "input files", config={"mapping": {"methods": METHODS_LEFT}}
    ),
    "structure": key("structure", "band_bins", [1, 2, 4], STRUCTURE | CONTROLS),
    "structure, another order": key("structure", "band_bins", [5, 2, 1], PAGE),
    "separation": key("separation", "estimator", "ratio_mask", SEPARATING),
    "scoring": key("scoring", "window_s", 0.5, SCORING),
    "scoring, audit": key("scoring", "audit_pairs", 2, AUDIT),
    "scoring, a baseline less": Case(
        SCORING, "input files", config={"scoring": {"baselines": ["mixture", "irm"]}}
    ),
    "statistics": key("statistics", "confidence", 0.9, STATISTICS),
    "figures": key("figures", "dots_per_inch", 90, FIGURES),
    "report": key("report", "excerpt_s", 3.0, EXCERPTS),
    "a new seed": Case(SEED, "Missing output files", config={"seeds": [0, 1]}),
    "a removed model": Case(
        TRAINING_REPORT | MAPPING_FIGURES | STRUCTURE_TABLES | SCORING | EXCERPTS,
        "input files",
        config={"models": ["dae", "sf"]},
    ),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def edited(checkout):
    """Edit a file of the copied checkout; it is put back after the test."""
    saved: dict[Path, bytes] = {}

    def edit(case: Case) -> None:
        path = checkout / case.path
        saved[path] = path.read_bytes()
        text = path.read_text(encoding="utf-8")
        assert case.old in text
        path.write_text(
            text.replace(case.old, case.new, 1) if case.old else text + case.new, encoding="utf-8"
        )

    yield edit
    for path, content in saved.items():
        path.write_bytes(content)


@pytest.mark.parametrize("name", CASES)
def test_an_edit_reruns_what_it_touches(finished_run, checkout, edited, name):
    case = CASES[name]
    if case.path:
        edited(case)
    output = dry_run(finished_run, checkout, case.config)
    assert set(planned_jobs(output)) == case.rules
    assert (
        any(case.named in reason for reason in re.findall(r"^ *reason: .*$", output, REASON))
        or not case.rules
    )


def test_touched_sources_rerun_nothing(finished_run, checkout):
    for path in filter(Path.is_file, checkout.rglob("*")):
        os.utime(path)
    assert planned_jobs(dry_run(finished_run, checkout)) == {}


def test_a_fresh_clone_elsewhere_reruns_nothing(finished_run, tmp_path):
    assert planned_jobs(dry_run(finished_run, copy_checkout(tmp_path / "clone"))) == {}


def test_a_new_seed_trains_only_that_seed(finished_run, checkout):
    output = dry_run(finished_run, checkout, {"seeds": [0, 1]})
    assert planned_jobs(output)["train_model"] == 3
    assert len(re.findall("Training .*, seed 1", output)) == 3


def test_a_deleted_table_is_rebuilt_with_the_page_that_shows_it(finished_run, checkout, tmp_path):
    study = shutil.copytree(finished_run, tmp_path / "study", symlinks=True)
    (study / "results/tiny/tables/training.csv").unlink()
    assert set(planned_jobs(dry_run(study, checkout))) == {"tabulate_training"} | PAGE
