"""Join figures, tables and audio in one self-contained HTML page."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from singmap.files.storage import atomic_path
from singmap.files.tables import (
    Audit,
    Excerpts,
    Scores,
    ScoreSummary,
    Statistics,
    Structure,
    Tracks,
    Training,
    Verdicts,
    read_table,
)
from singmap.report.findings import (
    answers,
    audit_sentence,
    compare_models,
    meaningful_metrics,
    score_frames_of,
    summarise_scores,
    withheld_sentence,
)
from singmap.report.page import cells, render
from singmap.report.page_content import (
    excerpt_entries,
    figure_entries,
    labelled,
    provenance_table,
    track_remarks,
)
from singmap.runtime.job import run
from singmap.runtime.provenance import git_commit
from singmap.scoring.whole_track import WHOLE_TRACK_METRICS

TABLES = {
    "scores": Scores,
    "score_summary": ScoreSummary,
    "statistics": Statistics,
    "structure": Structure,
    "training": Training,
    "audit": Audit,
    "tracks": Tracks,
    "verdicts": Verdicts,
}


def main(
    *, figures: list[Path], tables: list[Path], excerpts: Path, audio: Path, provenance: list[Path],
    sources: Path, page: Path, settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write the page; `figures` are SVG files, `tables` CSV files, `sources` holds captions and template."""
    read = {path.stem: read_table(path, TABLES[path.stem]) for path in tables}
    scores = read["scores"]
    metrics = meaningful_metrics(scores)
    shown = [*metrics, *WHOLE_TRACK_METRICS]
    context = {
        "title": "What denoising autoencoders do in singing voice separation",
        "dataset": settings["dataset"],
        "target": settings["target"],
        "models": settings["models"],
        "seeds": settings["seeds"],
        "n_tracks": scores["track"].nunique(),
        "n_score_frames": score_frames_of(scores),
        "metrics": metrics,
        "commit": git_commit(),
        "figures": figure_entries(_by_stem(figures), _by_stem(sources.glob("*.rst")), settings["titles"]),
        "tables": {
            "answers": cells(answers(read["verdicts"])) if "verdicts" in read else None,
            "summary": cells(labelled(summarise_scores(read["score_summary"], shown))),
            "agreement": cells(labelled(compare_models(read["structure"]))),
            "statistics": cells(labelled(read["statistics"])),
            "training": cells(read["training"], decimals=3),
            "provenance": cells(provenance_table(provenance)),
        },
        "track_remarks": track_remarks(read["tracks"]),
        "withheld": withheld_sentence(scores, metrics),
        "audit": audit_sentence(read["audit"]),
        "excerpts": excerpt_entries(read_table(excerpts, Excerpts), audio),
        "configuration": yaml.safe_dump(settings["configuration"], sort_keys=False, allow_unicode=True),
    }
    with atomic_path(page) as part:
        part.write_text(render(sources / "study.html.j2", context), encoding="utf-8")


def _by_stem(paths: Iterable[Path]) -> dict[str, Path]:
    return {path.stem: path for path in paths}


if __name__ == "__main__":
    run(main)
