"""One small study from the excerpt to the page: every stage's promise, seen in its files."""

import json
import re
import runpy
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from museval import EvalStore, MethodStore

from tests.workflow.running import ROOT, TINY, run_snakemake

MODELS = ["dae", "mdae", "sf"]
BASELINES = {"mixture", "equaliser", "irm", "ibm", "diagonal_filter", "magnitude_oracle"}


@pytest.fixture(scope="module")
def results(finished_run):
    return finished_run / "results/tiny"


def table(results, name):
    return pd.read_csv(results / "tables" / f"{name}.csv")


def test_a_second_call_finds_nothing_to_do(finished_run):
    done = run_snakemake(finished_run)
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


def test_every_rule_left_log_and_benchmark(results):
    logs = {path.relative_to(results / "logs").with_suffix("") for path in (results / "logs").rglob("*.log")}
    benchmarks = results / "benchmarks"
    measured = {path.relative_to(benchmarks).with_suffix("") for path in benchmarks.rglob("*.tsv")}
    assert len(logs) > 20
    assert logs == measured


def test_progress_reached_log_and_terminal(results):
    log = (results / "logs/train_model/dae_seed0.log").read_text()
    assert re.search(r"\[train dae seed 0\] 3/3 epochs, valid loss", log)


@pytest.mark.parametrize("model", MODELS)
def test_training_leaves_history_and_provenance(results, model):
    folder = results / f"models/{model}/seed0"
    history = pd.read_csv(folder / "history.csv")
    facts = json.loads((folder / "provenance.json").read_text())
    assert list(history["epoch"]) == [1, 2, 3]
    assert facts["valid_loss"] == pytest.approx(history["valid_loss"].min(), rel=1e-3)
    assert (facts["model"], facts["seed"], facts["device"]) == (model, 0, "cpu")
    assert facts["versions"]["torch"].startswith("2.13.0")


def test_ideal_ratio_mask_is_the_ceiling_and_the_mixture_no_estimate(results):
    scores = table(results, "scores")
    sdr = scores[(scores["metric"] == "SDR") & (scores["target"] == "vocals")]
    median = sdr.groupby("system")["value"].median()
    assert set(median.index) == BASELINES | {f"{model}_seed0" for model in MODELS}
    assert median["irm"] > median.drop(["irm", "ibm", "magnitude_oracle"]).max()
    assert np.isfinite(median).all()


def test_museval_agrees_with_the_fast_scores_in_the_same_run(results):
    audit = table(results, "audit")
    assert len(audit) > 0
    assert audit.filter(like="difference").max(axis=None) <= 1e-4


def test_scores_are_readable_by_museval_s_own_stores(results):
    store = results / "museval"
    methods = MethodStore()
    for folder in sorted(path for path in store.iterdir() if path.is_dir()):
        evaluations = EvalStore()
        evaluations.add_eval_dir(folder)
        assert evaluations.df["track"].nunique() == 2
        methods.add_evalstore(evaluations, folder.name)
    assert set(methods.df["method"]) >= {"irm", "sf_seed0"}


def test_structure_measures_every_method_and_model(results):
    structure = table(results, "structure")
    assert set(structure["model"]) == set(MODELS)
    shares = structure[structure["measure"].str.contains("share")]["value"].dropna()
    assert shares.between(0, 1).all()


def test_mappings_are_square_matrices_of_the_spectrum_s_size(results):
    """Those of the method `diagonal` are stored as their diagonals."""
    n_bins = TINY["stft"]["fft_samples"] // 2 + 1
    segments = pd.read_csv(results / "mappings/segments.csv")
    for path in sorted((results / "mappings").rglob("seed*/*.npy")):
        matrices = np.load(path, mmap_mode="r")
        n_axes = 1 if path.stem == "diagonal" else 2
        assert matrices.shape == (len(segments), *[n_bins] * n_axes), path
        assert np.isfinite(matrices).all()


def test_few_jobs_make_the_same_numbers_to_the_bit(finished_run, tmp_path):
    study = shutil.copytree(finished_run, tmp_path / "study", symlinks=True)
    # What each job that does several others' work makes, but for pictures.
    places = ["mappings/segments.csv", "excerpts/stretches.csv", "scores/*/[ft]*", "mappings/*/seed0/*"]
    places += ["structure/*.csv", "measures/models/*", "measures/ablations/*", "report/matrices/*/*"]
    places += [f"tables/{name}.csv" for name in ("scores", "statistics", "structure", "controls", "measures")]
    places += [f"tables/{name}.csv" for name in ("training", "verdicts", "skipped", "truth_checks")]
    places += ["figures/*.csv", "tables/audit.csv", "excerpts/index.csv", "report/sounds/*/*"]

    def made():
        paths = [path for place in places for path in (study / "results/tiny").glob(place)]
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths if path.is_file()}

    before = made()
    done = run_snakemake(study, config={"jobs": "few"})
    assert done.returncode == 0, done.stderr[-4000:]
    after = made()
    assert len(before) > 2 * (3 + len(BASELINES)) + 2 * 3 * 8 + 3 + 3 + 3 + 9 + 15
    assert [path for path in before if after[path][0] != before[path][0]] == []
    assert [path for path in before if after[path][1] == before[path][1]] == [], "all were made anew"
    assert "Nothing to be done" in run_snakemake(study, config={"jobs": "few"}).stderr


def test_every_figure_has_picture_and_data(results):
    figures = results / "figures"
    stems = {path.stem for path in figures.glob("*.svg")}
    assert len(stems) >= 5
    for stem in stems:
        assert (figures / f"{stem}.png").stat().st_size > 5000
        assert len(pd.read_csv(figures / f"{stem}.csv")) > 0


def test_page_stands_alone(results):
    page = (results / "report/study.html").read_text(encoding="utf-8")
    links = set(re.findall(r'(?:src|href)="([^"#][^"]*)"', page)) - {"data:,"}
    outside = {link for link in links if link.startswith("http")}
    assert outside == {"https://doi.org/10.1109/TASLP.2019.2952013"}
    assert not [link for link in links - outside if not (results / "report" / link).is_file()]
    assert list((results / "report/sounds").rglob("*.js"))
    assert len(list((results / "report/matrices").glob("*_seed*/*.js"))) >= len(MODELS)


def test_snakemake_s_report_is_made(finished_run, tmp_path):
    report = tmp_path / "report.html"
    done = run_snakemake(finished_run, "--report", str(report))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "train_model" in report.read_text(encoding="utf-8")


def test_a_script_runs_with_a_stand_in_for_snakemake(finished_run, tmp_path, monkeypatch):
    """The runner only reads what `snakemake` holds: an object with the same fields is enough."""
    monkeypatch.chdir(finished_run)
    tables = finished_run / "results/tiny/models"
    made = tmp_path / "training.csv"
    stand_in = SimpleNamespace(
        rule="tabulate_training",
        input={"provenance": [str(tables / f"{m}/seed0/provenance.json") for m in MODELS]},
        output={"table": str(made)},
        params={},
        wildcards={},
        resources=SimpleNamespace(),
        threads=1,
        log=[str(tmp_path / "job.log")],
    )
    script = str(ROOT / "workflow/scripts/tabulate_training.py")
    runpy.run_path(script, init_globals={"snakemake": stand_in}, run_name="__main__")
    pd.testing.assert_frame_equal(
        pd.read_csv(made), pd.read_csv(finished_run / "results/tiny/tables/training.csv")
    )


def test_one_model_and_nothing_to_compare_or_to_iterate_still_make_a_page(tmp_path):
    smallest = {
        "models": ["mdae"],
        "mapping": {"methods": ["diagonal", "jacobian"]},
        "scoring": {"baselines": []},
        "report": {"excerpt_tracks": 99},
    }
    done = run_snakemake(tmp_path, config=smallest)
    assert done.returncode == 0, done.stderr[-4000:]
    results = tmp_path / "results/tiny"
    assert (results / "report/study.html").is_file()
    assert table(results, "statistics").empty
    assert set(table(results, "controls")["method"]) == {"jacobian"}, "of the default ones, those in methods"
    for name in ("differences", "convergence"):
        assert pd.read_csv(results / f"figures/{name}.csv").empty
