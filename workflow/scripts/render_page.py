"""Render the study's page, its summary for Snakemake's report, and copies of the files behind its numbers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from markupsafe import Markup

from singmap.files.storage import atomic_path
from singmap.files.tables import (
    Audit,
    Excerpts,
    Planted,
    Scores,
    ScoreSummary,
    Segments,
    Skipped,
    Statistics,
    Structure,
    Tracks,
    Training,
    TruthChecks,
    Verdicts,
    read_table,
)
from singmap.report import answer, findings
from singmap.report.explorer import explorer_index, method_entries
from singmap.report.few import best_models, few_of
from singmap.report.page import cells, render
from singmap.report.page_content import (
    copy_files,
    excerpt_entries,
    figure_entries,
    labelled,
    player_index,
    provenance_table,
)
from singmap.report.settings_table import deviations
from singmap.report.side_files import script_json
from singmap.report.track_scores import TrackScores, track_scores
from singmap.runtime.job import run
from singmap.runtime.provenance import git_commit
from singmap.scoring.whole_track import WHOLE_TRACK_METRICS
from singmap.spectra.settings import StftSettings

TABLES = {
    "scores": Scores,
    "score_summary": ScoreSummary,
    "statistics": Statistics,
    "structure": Structure,
    "training": Training,
    "audit": Audit,
    "tracks": Tracks,
    "verdicts": Verdicts,
    "truth_checks": TruthChecks,
    "planted": Planted,
    "skipped": Skipped,
}


def main(
    *, figures: list[Path], tables: list[Path], segments: Path, excerpts: Path, audio: Path,
    provenance: list[Path], sources: Path, page: Path, summary: Path, files: Path, settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write `page`, `summary` and the folder `files`.

    `figures` are SVG and CSV files, `tables` CSV files, `sources` holds captions and templates.
    """
    read = {path.stem: read_table(path, TABLES[path.stem]) for path in tables}
    meaningful = findings.meaningful_metrics(read["scores"])
    metrics = [*meaningful, *WHOLE_TRACK_METRICS]
    reference = settings["configuration"]["statistics"]["reference"]
    shown = best_models(read["score_summary"], settings["models"], settings["models_max"], reference)
    few = {name: _without(table, set(settings["models"]) - set(shown)) for name, table in read.items()}
    by_track = track_scores(few["scores"], metrics)
    frequencies_hz = StftSettings(**settings["stft"]).frequencies_hz()
    methods = method_entries(settings["methods"], read["planted"], read["structure"])
    examined, seeds = settings["examined"], settings["mapped_seeds"]
    index = explorer_index(read_table(segments, Segments), methods, examined, seeds, frequencies_hz)
    heard = excerpt_entries(read_table(excerpts, Excerpts), audio)
    data = {
        "explorer": index | {"full_matrices": settings["full_matrices"]},
        "player": player_index(heard),
        "scores": by_track,
    }
    pictures = {path.stem: path for path in figures if path.suffix == ".svg"}
    captions = {path.stem: path for path in sources.glob("*.rst")}
    context = (
        _about(settings)
        | _answer(read)
        | _sentences(read, meaningful)
        | {
            "figures": figure_entries(pictures, captions, settings["figures"]),
            "tables": _tables(few, metrics, by_track, provenance, settings)
            | {
                "summary": cells(labelled(findings.summarise_scores(read["score_summary"], metrics))),
                "training": cells(read["training"], decimals=3),
            },
            "few": few_of(len(shown), len(settings["models"])),
            "by_track": by_track,
            "excerpts": heard,
            "files": copy_files([*tables, *figures], files),
            "glossary": _yaml(sources / "page" / "glossary.yaml").items(),
            "paper": _yaml(sources / "page" / "paper.yaml"),
            "data": Markup(script_json(data)),  # noqa: S704, which leaves no markup in
        }
    )
    for path, template in {page: "study.html.j2", summary: "summary.html.j2"}.items():
        with atomic_path(path) as part:
            part.write_text(render(sources / "page" / template, context), encoding="utf-8")


def _about(settings: dict[str, Any]) -> dict[str, Any]:
    """What this study is, as the page's head says it."""
    return {
        "title": "What do denoising autoencoders learn to do to a song?",
        "is_demo": settings["dataset"] == "demo",
        "commit": git_commit(),
        "configuration": yaml.safe_dump(settings["configuration"], sort_keys=False, allow_unicode=True),
        "n_methods": len(settings["methods"]),
        **{key: settings[key] for key in ("dataset", "target", "models", "seeds", "spectrogram_max_hz")},
    }


def _answer(read: dict[str, pd.DataFrame]) -> dict[str, Any]:
    verdicts = read["verdicts"]
    return {
        "groups": answer.hypothesis_groups(verdicts, read["truth_checks"]),
        "written": verdicts["written"].iloc[0] if len(verdicts) else "",
    }


def _sentences(read: dict[str, pd.DataFrame], metrics: list[str]) -> dict[str, Any]:
    scores = read["scores"]
    return {
        "n_tracks": scores["track_id"].nunique(),
        "n_score_frames": findings.score_frames_of(scores),
        "metrics": metrics,
        "withheld": findings.withheld_sentence(scores, metrics),
        "audit": findings.audit_sentence(read["audit"]),
        "track_remarks": findings.track_remarks(read["tracks"]),
        "counts": findings.track_counts(read["tracks"]),
        "truths_sentence": findings.truths_sentence(read["truth_checks"]),
        "planted_sentence": findings.planted_sentence(read["planted"]),
        "skipped": findings.skipped_sentences(read["skipped"]),
    }


def _tables(
    read: dict[str, pd.DataFrame], metrics: list[str], by_track: TrackScores, provenance: Iterable[Path],
    settings: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    tracks = pd.DataFrame(by_track["values"][0], columns=by_track["systems"], dtype=float)
    tracks.insert(0, "track", [name for _, name in by_track["tracks"]])
    made_by = pd.DataFrame(sorted(settings["made_by"].items()), columns=["file", "rule"])
    return {
        "by_track": cells(tracks),
        "agreement": cells(labelled(findings.compare_models(read["structure"]))),
        "statistics": cells(labelled(read["statistics"])),
        "truths": cells(labelled(read["truth_checks"])),
        "deviations": cells(deviations(settings["configuration"], settings["paper"])),
        "files": cells(made_by),
        "provenance": cells(provenance_table(provenance)),
    }


def _without(table: pd.DataFrame, models: set[str]) -> pd.DataFrame:
    """The rows that are about none of these models."""
    about = table.columns.intersection(["model", "system_a", "system_b"])
    return table[~table[about].isin(models).any(axis=1)]


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run(main)
