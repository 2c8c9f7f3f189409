"""Join figures, tables and audio in one self-contained HTML page."""

from pathlib import Path

import yaml

from singmap.files.storage import atomic_path, read_csv
from singmap.report.excerpts import INDEX_COLUMNS
from singmap.report.findings import (
    audit_sentence,
    chance_of_parting,
    compare_models,
    meaningful_metrics,
    summarise_scores,
)
from singmap.report.page import cells, render
from singmap.report.page_content import excerpt_entries, figure_entries, labelled, provenance_table
from singmap.runtime.provenance import git_commit


def main(*, figures, captions, tables, excerpts, audio, provenance, template, page, settings):
    """Write the page; `figures`, `captions` and `tables` map names to SVG, RST and CSV files."""
    read = {name: read_csv(path, []) for name, path in tables.items()}
    scores = read["scores"]
    metrics = meaningful_metrics(scores)
    context = {
        "title": "What denoising autoencoders do in singing voice separation",
        "dataset": settings["dataset"],
        "target": settings["target"],
        "models": settings["models"],
        "seeds": settings["seeds"],
        "n_tracks": scores["track"].nunique(),
        "n_frames": int(scores["n_frames"].median()),
        "metrics": metrics,
        "commit": git_commit(),
        "figures": figure_entries(figures, captions, settings["titles"]),
        "tables": {
            "summary": cells(labelled(summarise_scores(read["score_summary"], metrics))),
            "agreement": cells(labelled(compare_models(read["structure"]))),
            "statistics": cells(labelled(read["statistics"])),
            "training": cells(read["training"], decimals=3),
            "provenance": cells(provenance_table(provenance)),
        },
        "chance_percent": round(100 * chance_of_parting(len(settings["seeds"])), 1),
        "audit": audit_sentence(read["audit"]),
        "excerpts": excerpt_entries(read_csv(excerpts, INDEX_COLUMNS), Path(audio)),
        "configuration": yaml.safe_dump(settings["configuration"], sort_keys=False, allow_unicode=True),
    }
    with atomic_path(page) as part:
        part.write_text(render(Path(template), context), encoding="utf-8")


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    def by_stem(paths) -> dict[str, str]:
        return {Path(path).stem: path for path in paths}

    with captured(snakemake.log[0]):
        sources = Path(snakemake.params.sources)
        main(
            figures=by_stem(snakemake.input.figures),
            captions=by_stem(sources.glob("*.rst")),
            tables=by_stem(snakemake.input.tables),
            excerpts=snakemake.input.excerpts,
            audio=snakemake.input.audio,
            provenance=snakemake.input.provenance,
            template=sources / "study.html.j2",
            page=snakemake.output.page,
            settings=snakemake.params.settings,
        )
