"""After an edit exactly the stages that it touches run again, and the reason names what changed.

One finished study and a copy of the checkout are edited in one place at a time; a dry run tells which
rules would run. `Case.rules` is the whole set: a rule too many fails like a rule too few.
"""

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from singmap.configuration import read_yaml
from tests.workflow.dryrun import copy_checkout, dry_run, planned_jobs, planned_messages
from tests.workflow.running import ROOT

DEFAULTS = read_yaml(ROOT / "config/config.yaml")
MODELS, METHODS = DEFAULTS["models"], DEFAULTS["mapping"]["methods"]
BASELINES = DEFAULTS["scoring"]["baselines"]
METHODS_LEFT = [name for name in METHODS if name != "student"]
DIRECT = ["jacobian", "jacobian_weighted", "least_squares", "diagonal"]  # made by one job
SINGLE = [name for name in METHODS if name not in DIRECT]
WHOLE_REASONS = "--verbose"  # without it the terminal shortens reasons and lists of files
REASON = re.compile(r"^ *reason: (.*)$", re.MULTILINE | re.IGNORECASE)
# In messages: "Examining sf, seed 0, by nca", "Separating the test tracks with irm and scoring it".
MODEL, SEED, METHOD = r"(\w+), seed", r", seed (\d+)", r", by (\w+)"
SYSTEM = r"tracks with (\w+) and scoring"

PAGE = {"render_page"}
TRUST = {"plot_methods"} | PAGE
# Pictures show first the methods that can be trusted: by planted truths, and by fidelity.
PLANTED = {"study_planted", "plot_mappings"} | TRUST
JUDGING = {"judge_hypotheses", "plot_verdicts"} | PAGE
VERDICTS = {"tabulate_measures"} | JUDGING
CONTROLS = {"examine_controls", "tabulate_controls"} | TRUST | VERDICTS
STRUCTURE_TABLES = {"tabulate_structure", "plot_mappings", "tabulate_controls"}
STRUCTURE_TABLES |= TRUST | VERDICTS
STRUCTURE = {"measure_structure"} | STRUCTURE_TABLES
MAPPING_FIGURES = {"plot_mappings", "plot_methods"} | PAGE
# Methods that take seconds are one job.
MATRICES = {"map_together", "encode_mappings"} | STRUCTURE | {"plot_mappings"} | PAGE
ONE_METHOD = MATRICES | PLANTED
MAPPING = {"map_model"} | MATRICES | MAPPING_FIGURES | CONTROLS
SEGMENTS = {"select_segments"} | MAPPING
STATISTICS = {"compare_systems", "plot_scores"} | PAGE
AUDIT = {"audit_scores"} | PAGE
SCORE_TABLES = {"tabulate_scores"} | STATISTICS | AUDIT
SCORING = {"score_system"} | SCORE_TABLES
EXCERPTS = {"cut_excerpts", "encode_excerpts", "plot_spectrograms"} | PAGE
# A system's scores and the excerpts of its audio are made by one job.
SYSTEMS_MADE = SCORING | EXCERPTS
MODEL_MEASURES, ABLATIONS = {"measure_model"} | VERDICTS, {"measure_ablations"} | VERDICTS
AGREEMENT = {"measure_agreement"} | VERDICTS
TRUTHS = {"train_truth"} | CONTROLS | MODEL_MEASURES | ABLATIONS | AGREEMENT
SEPARATING = SYSTEMS_MADE | ABLATIONS
EQUALISER = {"learn_equaliser"} | SYSTEMS_MADE | TRUTHS
TRAINING_REPORT = {"tabulate_training", "plot_training", "plot_verdicts"} | PAGE
ONE_MODEL = {"train_model"} | TRAINING_REPORT | MAPPING | SEPARATING | MODEL_MEASURES | AGREEMENT
TRAINING = ONE_MODEL | TRUTHS
# Controls are of the first seed.
FIRST_SEEDS = CONTROLS - VERDICTS - TRUST
# Pictures of matrices, too: a new seed makes none of theirs anew.
NEW_SEED = ONE_MODEL - FIRST_SEEDS - {"plot_mappings"}
FIGURES = PAGE | {
    "plot_training",
    "plot_mappings",
    "plot_methods",
    "plot_scores",
    "plot_spectrograms",
    "plot_verdicts",
}
SPECTRA = {"compute_spectra"} | SEGMENTS | TRAINING | EQUALISER
COMPARING = {"tabulate_tracks"} | PAGE
# Spectra of test tracks are computed where they are read.
OF_TEST_FRAMES = SEGMENTS | MODEL_MEASURES | AGREEMENT
TEST_TRACKS = {"decode_tracks", "choose_excerpts"} | COMPARING | SEPARATING | OF_TEST_FRAMES
DECODING = {"decode_tracks", "choose_excerpts"} | COMPARING | SPECTRA | SYSTEMS_MADE
FETCHING = {"fetch_dataset"} | DECODING


# What shows all models one after the other.
ORDERED = {"plot_training", "plot_mappings", "plot_methods", "tabulate_structure"}
ORDERED |= SCORE_TABLES | VERDICTS


@dataclass(frozen=True)
class Edit:
    """Text of a file replaced, added at its end (no `old`), or a new file."""

    path: str
    new: str
    old: str = ""

    def applied(self, text: str) -> str:
        assert self.old in text, f"{self.path} holds no {self.old!r}"
        return text.replace(self.old, self.new, 1) if self.old else text + self.new


@dataclass(frozen=True)
class Case:
    """Edits of files and of the configuration, and the rules that must run.

    named : what the printed reason must name
    jobs : rule -> number of its jobs, where not all of them run
    about : pattern -> all that it finds in the planned jobs' messages
    """

    rules: set[str]
    named: str = ""
    edits: tuple[Edit, ...] = ()
    config: dict = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)
    about: dict[str, set[str]] = field(default_factory=dict)


def edit(path: str, new: str, rules: Iterable[str] = (), named: str = "", old: str = "") -> Case:
    """One edit of one file."""
    return Case(set(rules), named, (Edit(path, new, old),))


def comment(path: str) -> Case:
    """Add a comment at the end of a file."""
    return edit(path, "\n# A remark.\n")


def module(name: str, rules: Iterable[str] = (), **expected) -> Case:
    """Add a line of code to a module."""
    path = f"workflow/lib/singmap/{name.replace('.', '/')}.py"
    named = f"singmap.{name}" if rules else ""
    return Case(set(rules), named, (Edit(path, "\nADDED = 1\n"),), **expected)


def pin(package: str, rules: set[str]) -> Case:
    """Change the version of a package in the lock."""
    return edit("requirements.lock", f"\n{package}==99.", rules, package, old=f"\n{package}==")


def key(section: str, name: str, value, rules: set[str]) -> Case:
    """Change one key of the configuration."""
    return Case(rules, name, config={section: {name: value}})


def method(name: str) -> Case:
    """Edit one mapping method: its matrices are made anew, and what is made of them."""
    rules = ONE_METHOD | (CONTROLS if name in DEFAULTS["mapping"]["control_methods"] else set())
    if name in DIRECT:
        return module(f"mapping.methods.{name}", rules, jobs={"map_together": len(MODELS)})
    jobs = {"map_model": len(MODELS)}
    rules = (rules | {"map_model"}) - {"map_together"}
    return module(f"mapping.methods.{name}", rules, jobs=jobs, about={METHOD: {name}})


def offered(name: str, last: str) -> Edit:
    """Let the configuration take `name` as well, behind `last`, the last of the models or baselines."""
    return Edit("workflow/schemas/config.schema.yaml", f", {last}, {name}]}}", old=f", {last}]}}")


DESIGN = 'MODELS = {\n    "wide": ModelDesign(encoder_layers=2),'
NEW_MODEL = (
    Edit("workflow/lib/singmap/models/designs.py", DESIGN, old="MODELS = {"),
    offered("wide", MODELS[-1]),
)
NEW_ORACLE = (
    Edit(
        "workflow/lib/singmap/separation/oracles/silence.py",
        "def estimate(track):\n    return 0 * track.mixture, track.mixture\n",
    ),
    offered("silence", BASELINES[-1]),
)

CASES = {
    "nothing": Case(set()),
    "a comment in a module that all use": comment("workflow/lib/singmap/files/storage.py"),
    "a comment in a script": comment("workflow/scripts/train_model.py"),
    "a comment in a rule file": comment("workflow/rules/training.smk"),
    "a docstring": edit("workflow/lib/singmap/spectra/stft.py", '"""Well: ', old='"""'),
    "a conda environment that is not used": comment("envs/study.yaml"),
    "a document": comment("README.md"),
    "a test": comment("tests/workflow/running.py"),
    # Code that shapes no number.
    "runtime: a progress line": edit(
        "workflow/lib/singmap/runtime/progress.py", " seconds left", old=" s left"
    ),
    "runtime: the log format": module("runtime.logs"),
    "runtime: the text of errors": edit(
        "workflow/lib/singmap/runtime/errors.py", ": expected {expected} but", old=": expected {expected},"
    ),
    "runtime: the job runner": module("runtime.job"),
    # Mapping: a method is its jobs and what reads them.
    **{f"method: {name}": method(name) for name in METHODS},
    "method: what all share": module("mapping.method", MAPPING | PLANTED),
    "method: an unused one more": edit(
        "workflow/lib/singmap/mapping/methods/copied.py", "NEEDS_LAYERS = False\n"
    ),
    "how subsets are compared": module("data.subsets", COMPARING),
    "a new measure": module("mapping.measures", STRUCTURE | CONTROLS),
    "one more harmonic": edit(
        "workflow/lib/singmap/mapping/measures.py",
        'HARMONICS = {"4f": (4, 1), ',
        STRUCTURE | CONTROLS,
        "singmap.mapping.measures",
        old="HARMONICS = {",
    ),
    # Models, oracles and figures: a new one is nothing to the others.
    "a new model, unused": Case(set(), edits=NEW_MODEL),
    "a new model": Case(
        TRAINING,
        "Missing output files",
        NEW_MODEL,
        {"models": [*MODELS, "wide"]},
        {"train_model": 1, "train_truth": 1, "map_model": len(SINGLE), "score_system": 1},
        {MODEL: {"wide"}, SYSTEM: {"wide_seed0"}},
    ),
    "another design of a model": Case(
        TRAINING,
        "encoder_layers",
        (Edit("workflow/lib/singmap/models/designs.py", "(encoder_layers=4)", old="(encoder_layers=3)"),),
        jobs={"train_model": 1, "map_model": len(SINGLE), "score_system": 1},
        about={MODEL: {"mdae"}},
    ),
    "a new oracle, unused": Case(set(), edits=NEW_ORACLE),
    "a new oracle": Case(
        SYSTEMS_MADE,
        "Missing output files",
        NEW_ORACLE,
        {"scoring": {"baselines": [*BASELINES, "silence"]}},
        {"score_system": 1},
        {SYSTEM: {"silence"}},
    ),
    "an edited oracle": module("separation.oracles.ibm", SYSTEMS_MADE, about={SYSTEM: {"ibm"}}),
    "what trained truths are trained to": module("spectra.known_targets", TRUTHS),
    "how one model is measured": module("study.outside_effect", MODEL_MEASURES),
    "the subjects beside a model": module("study.subjects", MODEL_MEASURES),
    "how matrices become measures": module("study.nca_shares", VERDICTS),
    "how verdicts are given": module("study.verdicts", JUDGING),
    "a hypothesis": edit(
        "workflow/hypotheses.yaml", "tracks_min: 7", JUDGING, "hypotheses.yaml", old="tracks_min: 6"
    ),
    "measures": key("measures", "pairs", 5, MODEL_MEASURES),
    "one more known function": Case(
        TRUTHS,
        "Missing output files",
        config={"controls": {"known_functions": ["equaliser", "band"]}},
        jobs={"train_truth": len(MODELS)},
    ),
    "how models are ablated": module("study.ablation", ABLATIONS),
    "how seeds are compared": module("study.jacobian_agreement", AGREEMENT),
    "ablation": key("ablation", "deep_tracks", 1, ABLATIONS),
    "agreement": key("agreement", "frames", 5, AGREEMENT),
    "how the best gains are found": module(
        "spectra.static_gains",
        EQUALISER | ABLATIONS,
        jobs={"score_system": 2},
        about={SYSTEM: {"equaliser", "diagonal_filter"}},
    ),
    "how bins are shuffled": module("mapping.bin_order", CONTROLS | MODEL_MEASURES | AGREEMENT),
    "how the equaliser filters": module(
        "separation.static_filter",
        SEPARATING,
        jobs={"score_system": 1},
        about={SYSTEM: {"equaliser"}},
    ),
    "a new figure, unused": edit("workflow/lib/singmap/report/figures/pie.py", "SLICES = 3\n"),
    "a figure's colour": edit(
        "workflow/lib/singmap/report/style.py", '"#0072B3"', FIGURES, "singmap.report.style", old='"#0072B2"'
    ),
    "a new table in the data dictionary": edit(
        "workflow/lib/singmap/files/tables.py", "\n\nclass Weather(Table):\n    rain: Share\n"
    ),
    "a column's meaning": edit(
        "workflow/lib/singmap/files/tables.py",
        '"""How long the track is."""',
        old='"""Length of the track."""',
    ),
    "a column more in one table": edit(
        "workflow/lib/singmap/files/tables.py",
        '    end_s: Seconds\n    file: Text\n    """The WAV',
        EXCERPTS,
        "singmap.files.tables",
        old='    file: Text\n    """The WAV',
    ),
    "the page's style sheet": edit("workflow/report/page/study.css", "\n/* x */\n", PAGE, "study.css"),
    "a caption": edit("workflow/report/scores.rst", "\nMore.\n", PAGE, "scores.rst"),
    "the scoring module": module("scoring.bsseval", SYSTEMS_MADE),
    "the frames that scores are made of": module("scoring.correlations", SEPARATING),
    "the training module": module("training.trainer", TRAINING),
    "the window of all transforms": module("spectra.windows", SPECTRA | SYSTEMS_MADE),
    "the transform there and back": module("spectra.stft", SEPARATING),
    "a script": edit(
        "workflow/scripts/render_page.py", "\nADDED = 1\n", PAGE, "workflow.scripts.render_page"
    ),
    "pin: matplotlib": pin("matplotlib", FIGURES),
    "pin: safetensors": pin("safetensors", TRAINING),
    "pin: grpcio": pin("grpcio", set()),
    "device": Case(TRAINING, "cpu", config={"device": "cpu"}),
    # Each system is separated on what is new alone: test_score_system.py, "a new track is the only one".
    "a track more or less to test on": Case(
        TEST_TRACKS,
        "test",
        config={"dataset": {"test": 1}},
        jobs={"decode_tracks": 1, "score_system": len(MODELS) + len(BASELINES)},
        about={SYSTEM: {*BASELINES, *(f"{model}_seed0" for model in MODELS)}},
    ),
    "dataset, train tracks": key(
        "dataset", "train", 5, {"decode_tracks", "compute_spectra"} | COMPARING | TRAINING | EQUALISER
    ),
    # Where an archive comes from is none of what it holds; the page shows all settings.
    "dataset, its address": key("dataset", "url", "https://mirror/archive.zip", PAGE),
    "dataset, its checksum": key("dataset", "sha256", "a" * 64, PAGE),
    "demo": key("demo", "seed", 21, FETCHING),
    "stft": key("stft", "hop_samples", 64, SPECTRA | SYSTEMS_MADE),
    "spectra": key("spectra", "dtype", "float16", SPECTRA),
    "training": key("training", "epochs_max", 4, TRAINING),
    "training, what is only watched": key("training", "tensorboard", True, PAGE | {"export_tensorboard"}),
    # Methods of seconds do not iterate.
    "mapping": key("mapping", "iterations", 21, (MAPPING | PLANTED) - {"map_together"}),
    "mapping, segments": key("mapping", "segment_frames", 90, SEGMENTS | PLANTED),
    "mapping, a method less": Case(
        STRUCTURE | {"encode_mappings"} | MAPPING_FIGURES | PLANTED,
        "input files",
        config={"mapping": {"methods": METHODS_LEFT}},
    ),
    "structure": key("structure", "band_bins", [1, 2, 4], STRUCTURE | CONTROLS),
    "structure, another order": key("structure", "band_bins", [5, 2, 1], PAGE),
    "separation": key("separation", "estimator", "ratio_mask", SEPARATING),
    "separation, all audio kept": key("separation", "keep", "all", SYSTEMS_MADE),
    "scoring": key("scoring", "window_s", 0.5, SEPARATING),
    "scoring, audit": key("scoring", "audit_pairs", 2, AUDIT),
    "scoring, a baseline less": Case(
        SCORE_TABLES | EXCERPTS, "input files", config={"scoring": {"baselines": ["mixture", "irm"]}}
    ),
    "statistics": key("statistics", "confidence", 0.9, STATISTICS),
    "figures": key("figures", "dots_per_inch", 90, FIGURES),
    # Scores are kept: only the tracks that are heard are separated again.
    "report": key("report", "excerpt_s", 3.0, {"choose_excerpts"} | SYSTEMS_MADE),
    "a new seed": Case(
        NEW_SEED,
        "Missing output files",
        config={"seeds": [0, 1]},
        jobs={"train_model": 3, "map_model": 3 * len(SINGLE), "score_system": 3},
        about={SEED: {"1"}, SYSTEM: {f"{model}_seed1" for model in MODELS}},
    ),
    "another order of models": Case(
        ORDERED | {"cut_excerpts", "encode_excerpts", "plot_spectrograms", "tabulate_controls"},
        "'dae'",
        config={"models": MODELS[::-1]},
    ),
    "another order of baselines": Case(
        SCORE_TABLES | EXCERPTS, "'mixture'", config={"scoring": {"baselines": BASELINES[::-1]}}
    ),
    "a removed model": Case(
        TRAINING_REPORT | MAPPING_FIGURES | STRUCTURE_TABLES | SCORE_TABLES | EXCERPTS,
        "input files",
        config={"models": ["dae", "sf"]},
    ),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def edited(checkout):
    """Apply edits to the copied checkout; they are undone after the test."""
    saved: dict[Path, bytes | None] = {}

    def apply(change: Edit) -> None:
        path = checkout / change.path
        saved[path] = path.read_bytes() if path.exists() else None
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        path.write_text(change.applied(before), encoding="utf-8")

    yield apply
    for path, content in saved.items():
        path.unlink() if content is None else path.write_bytes(content)


@pytest.mark.parametrize("name", CASES)
def test_an_edit_reruns_what_it_touches(finished_run, checkout, edited, name):
    case = CASES[name]
    for change in case.edits:
        edited(change)
    output = dry_run(finished_run, checkout, case.config, WHOLE_REASONS)
    planned = planned_jobs(output)
    assert set(planned) == case.rules
    assert {rule: planned[rule] for rule in case.jobs} == case.jobs
    messages = "\n".join(planned_messages(output))
    assert {pattern: set(re.findall(pattern, messages)) for pattern in case.about} == case.about
    reasons = REASON.findall(output)
    assert not case.rules or any(case.named in reason for reason in reasons)
    if case.named.startswith("singmap."):
        change = f"before: '{case.named} DIGEST' now: '{case.named} DIGEST'"
        params = [reason.strip() for reason in reasons if reason.startswith("Params")]
        assert {re.sub("[0-9a-f]{12}", "DIGEST", reason).partition(" output: ")[2] for reason in params} == {
            change
        }


def test_touched_sources_rerun_nothing(finished_run, checkout):
    for path in filter(Path.is_file, checkout.rglob("*")):
        os.utime(path)
    assert planned_jobs(dry_run(finished_run, checkout)) == {}


def test_a_fresh_clone_elsewhere_reruns_nothing(finished_run, tmp_path):
    assert planned_jobs(dry_run(finished_run, copy_checkout(tmp_path / "clone"))) == {}


def test_all_that_is_made_for_people_comes_back_when_it_is_deleted(finished_run, checkout, tmp_path):
    study = shutil.copytree(finished_run, tmp_path / "study", symlinks=True)
    results = study / "results/tiny"
    made = {path for folder in ("tables", "figures", "report") for path in (results / folder).rglob("*.*")}
    made.add(results / "museval")
    (results / "report/study.html").unlink()  # so that there is something to plan
    planned = dry_run(study, checkout, None, WHOLE_REASONS)
    (found,) = set(re.findall(r"^(?:local)?rule (?:all|default):\n    input: (.*)$", planned, re.MULTILINE))
    targets = {study / target for target in found.split(", ")}
    # A folder that a job makes comes back as a whole.
    assert [path for path in sorted(made) if targets.isdisjoint([path, *path.parents])] == []


def test_a_deleted_table_is_rebuilt_with_the_page_that_shows_it(finished_run, checkout, tmp_path):
    study = shutil.copytree(finished_run, tmp_path / "study", symlinks=True)
    (study / "results/tiny/tables/training.csv").unlink()
    assert set(planned_jobs(dry_run(study, checkout))) == TRAINING_REPORT - {"plot_training"}
