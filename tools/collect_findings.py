"""Put what a finished study found into a folder of docs/findings: small tables, figures, what made them.

    PYTHONPATH=workflow/lib:. python tools/collect_findings.py results/musdb18-7s docs/findings/vocals \\
        --configfile config/musdb18-7s.yaml

Of the long table of measures two small ones are made: a summary over tracks and seeds, and the values by
track and seed that decide the hypotheses. Of an unfinished study hypotheses are judged by the measures at
hand; tables that it has not made yet are named and left out.
"""

import argparse
import datetime
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from singmap.configuration import merged, read_yaml
from singmap.files.tables import (
    ModelControls,
    ModelStructure,
    TrackMeasures,
    Training,
    TruthChecks,
    Verdicts,
    read_table,
    write_table,
)
from singmap.report.figures.effects import draw_effects, effect_table
from singmap.report.figures.subjects import draw_subjects, subject_table
from singmap.report.figures.trajectories import draw_trajectories, trajectory_table
from singmap.runtime.provenance import versions
from singmap.spectra.settings import StftSettings
from singmap.study.hypotheses import Hypotheses, Measure, read_hypotheses
from singmap.study.main_lobe import main_lobe_bins
from singmap.study.nca_shares import nca_shares
from singmap.study.verdicts import judge
from workflow.scripts import tabulate_structure

ROOT = Path(__file__).resolve().parents[1]
TABLES = (
    "verdicts", "truth_checks", "score_summary", "statistics", "training", "structure", "fidelity",
    "controls", "audit",
)  # fmt: skip
DOTS_PER_INCH = 110
LARGEST_TABLE = 200_000  # bytes; a larger one is for the study's own folder


def summary(measures: pd.DataFrame) -> pd.DataFrame:
    """One row per model, subject, weights and measure.

    median, quartile_low, quartile_high : over tracks, of the mean over seeds
    seeds_lowest, seeds_highest : of the medians over tracks, one per seed
    """
    keys = ["model", "subject", "weights", "measure"]
    by_track = measures.groupby([*keys, "track_id"], sort=False)["value"].mean().dropna()
    by_seed = measures.groupby([*keys, "seed"], sort=False)["value"].median().dropna()
    tracks, seeds = by_track.groupby(keys, sort=False), by_seed.groupby(keys, sort=False)
    table = pd.DataFrame(
        {
            "n_seeds": seeds.size(),
            "n_tracks": tracks.size(),
            "median": tracks.median(),
            "quartile_low": tracks.quantile(0.25),
            "quartile_high": tracks.quantile(0.75),
            "seeds_lowest": seeds.min(),
            "seeds_highest": seeds.max(),
        }
    )
    return table.reset_index().round(5)


def decisive(measures: pd.DataFrame, deciding: Iterable[Measure]) -> pd.DataFrame:
    """One row per trained model, measure that a hypothesis needs, and track; one column per seed."""
    wanted = {part for measure in deciding for part in measure.difference or (measure.name,)}
    rows = measures[
        (measures["subject"] == "trained")
        & (measures["weights"] == "best")
        & measures["measure"].isin(wanted)
    ]
    table = rows.pivot(index=["model", "measure", "track_id"], columns="seed", values="value").round(5)
    return table.rename(columns="seed{}".format).reset_index()


def measures_so_far(results: Path, lobe_bins: int) -> pd.DataFrame | None:
    """The table of all measures, or what its parts hold where they are not gathered yet; None without any.

    lobe_bins : half-width of the main lobe, within which NCA's weight counts
    """
    gathered = results / "tables" / "measures.csv"
    if gathered.exists():
        return read_table(gathered, TrackMeasures)
    tables = [read_table(path, TrackMeasures) for path in sorted(results.glob("measures/*/*.csv"))]
    matrices = [read_table(path, ModelStructure) for path in structure_of(results)]
    if matrices:
        structure = pd.concat(matrices)
        examined = [read_table(path, ModelControls) for path in sorted(results.glob("controls/*.csv"))]
        controls = pd.concat(examined) if examined else structure[:0].assign(control="")
        # Two columns: later ones may be missing where a study began with older code.
        places = results / "mappings" / "segments.csv"
        segments = pd.read_csv(places, usecols=["segment", "track_id"], dtype={"track_id": str})
        tables.append(nca_shares(structure, controls, segments, lobe_bins))
    return pd.concat(tables, ignore_index=True) if tables else None


def structure_of(results: Path) -> list[Path]:
    """What was measured of the matrices, a table for each model and seed."""
    return sorted(results.glob("structure/*.csv"))


def judge_so_far(measures: pd.DataFrame, hypotheses: Hypotheses, folder: Path) -> None:
    """Write the verdicts that these measures allow, and what they say of trained truths."""
    verdicts, truth_checks = judge(measures, hypotheses)
    write_table(folder / "verdicts.csv", verdicts, Verdicts)
    write_table(folder / "truth_checks.csv", truth_checks, TruthChecks)


def draw_so_far(measures: pd.DataFrame, hypotheses: Hypotheses, folder: Path) -> None:
    """Draw what decides the hypotheses from the collected tables; hypotheses not tested are left out."""
    verdicts = read_table(folder / "verdicts.csv", Verdicts)
    tested = verdicts[verdicts["verdict"] != "not testable"]
    figures = {
        "effects": draw_effects(effect_table(tested, ["findings"])),
        "effects_other": draw_effects(effect_table(tested, ["published", "exploratory"])),
        "subjects": draw_subjects(subject_table(measures, hypotheses)),
    }
    if (folder / "training.csv").exists():
        training = read_table(folder / "training.csv", Training)
        figures["trajectories"] = draw_trajectories(trajectory_table(measures, training, hypotheses))
    for name, figure in figures.items():
        figure.savefig(folder / "figures" / f"{name}.png", dpi=DOTS_PER_INCH)


def what_made_it(results: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Day, code, packages and machine of a study's trainings, and its configuration."""
    made = [json.loads(path.read_text()) for path in sorted(results.glob("models/*/seed*/provenance.json"))]
    # Where the archive lay is no setting of the study; its digest says which it was.
    elsewhere = {"dataset": {"url": None, "root": None}}
    source = json.loads((results / "manifest.json").read_text())["source"]
    return {
        "collected": datetime.date.today().isoformat(),
        "commits": sorted({model["commit"] for model in made}),
        "versions": made[0]["versions"] if made else versions(),
        "machine": made[0]["machine"] if made else None,
        "dataset_sha256": source["sha256"],
        "configuration": merged(config, elsewhere),
    }


def collect(results: Path, folder: Path, config: dict[str, Any]) -> list[str]:
    """Copy and condense `results` into `folder`, which is made anew; return what was missing or too large."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "figures").mkdir(parents=True)
    left_out = []
    for name in TABLES:
        source = results / "tables" / f"{name}.csv"
        if source.exists() and source.stat().st_size <= LARGEST_TABLE:
            shutil.copy(source, folder)
        else:
            left_out.append(source.name)
    for figure in sorted(results.glob("figures/*.svg")):
        shutil.copy(figure.with_suffix(".png"), folder / "figures")
    if "fidelity.csv" in left_out and structure_of(results):
        left_out.remove("fidelity.csv")
        with tempfile.TemporaryDirectory() as aside:
            tabulate_structure.main(
                measured=structure_of(results),
                structure=Path(aside, "structure.csv"),
                fidelity=folder / "fidelity.csv",
            )
    measures = measures_so_far(results, main_lobe_bins(StftSettings(**config["stft"])))
    if measures is not None:
        workflow = ROOT / "workflow"
        hypotheses = read_hypotheses(
            workflow / "hypotheses.yaml", workflow / "schemas" / "hypotheses.schema.yaml"
        )
        if not (folder / "verdicts.csv").exists():
            judge_so_far(measures, hypotheses, folder)
        draw_so_far(measures, hypotheses, folder)
        summary(measures).to_csv(folder / "measures_summary.csv", index=False)
        decisive(measures, hypotheses.measures.values()).to_csv(folder / "measures_by_track.csv", index=False)
    text = json.dumps(what_made_it(results, config), indent=2, ensure_ascii=False)
    (folder / "made_with.json").write_text(text + "\n")
    return left_out


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of the study, e.g. results/musdb18-7s")
    parser.add_argument("folder", type=Path, help="where the findings go; replaced")
    parser.add_argument("--configfile", type=Path, nargs="*", default=[], help="as given to snakemake")
    given = parser.parse_args()
    config = read_yaml(ROOT / "config" / "config.yaml")
    for path in given.configfile:
        config = merged(config, read_yaml(path))
    for name in collect(given.results, given.folder, config):
        print(f"left out, not there or too large: {name}")
