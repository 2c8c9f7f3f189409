"""Write docs/results.md: what lies in a study's folder of results, and every column of every table there."""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from singmap.files import tables
from singmap.files.tables import Table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "results.md"
INTRODUCTION = """\
# Results: every file, every column

<!-- Made by `make references` from singmap/files/tables.py and tools/results_reference.py. -->

All that a study makes lies in one folder, `results/<study>` (the key `results`); places below are relative
to it. Names in angle brackets stand for

{placeholders}

What is fetched lies in `results/datasets`, shared by all studies: see [data.md](data.md).

## Files
"""
FRAMES = """\
## Which frames

Two things are called a frame. An **STFT frame** is what a model sees: `stft.window_samples` of audio, a few
hundredths of a second. A **score frame** is what BSSEval scores: `scoring.window_s` of audio, often a second.
"""
TABLES = """\
## Tables

CSV, comma-separated, all text in quotes, an empty field is a missing one. In Python:

    from singmap.files.tables import Scores, read_table
    scores = read_table("results/demo/tables/scores.csv", Scores)

Only the [scores of all score frames](#frame-scores), which may be millions of rows, are Parquet:
`singmap.files.large_tables.read_large_table` reads those of one system, a line of SQL those of all:

    import duckdb
    frames = "results/demo/scores/*/frames.parquet"
    duckdb.sql(f"SELECT system, target, metric, median(value) FROM '{{frames}}' GROUP BY ALL")

The unit of a column is one of

{units}"""
PLACEHOLDERS = {
    "subset": "`train`, `valid` or `test`",
    "track_id": "name of a track in paths",
    "track": "name of a track as the data set has it",
    "source": "`mixture`, the source under study (`dataset.target`), or `accompaniment`, all others together",
    "model": "one of `models`",
    "seed": "one of `seeds`",
    "truth": "one of `controls.known_functions`",
    "method": "one of `mapping.methods`",
    "system": "`<model>_seed<seed>`, or a baseline of `scoring.baselines`; among excerpts also `truth`",
    "figure": "name of a figure, as its caption in workflow/report",
    "rule": "name of a rule",
    "output": "a file or folder that a rule writes, as listed here",
    "job": "what the job was about (`<model>_seed<seed>`, a subset, a system ...), or `all`",
}

COPIES = "report/files/"  # of tables and figures, each at its place below a study's folder
MARK = ".snakemake_timestamp"


class Entry(NamedTuple):
    """A file, or with a slash at its end a folder and all in it; the rule that writes it, and what it is.

    Tables need no words here: they have their own.
    """

    place: str
    rule: str
    meaning: str = ""


ENTRIES = [
    Entry("manifest.json", "fetch_dataset", "The data set: where it came from and lies, and all its tracks."),
    Entry("audio/<subset>/index.csv", "decode_tracks"),
    Entry(
        "audio/<subset>/tracks/<track_id>/<source>.wav",
        "decode_tracks",
        "Decoded audio, float at 44.1 kHz: test tracks in stereo, with accompaniment; others mono, without.",
    ),
    Entry("spectra/<subset>/index.csv", "compute_spectra"),
    Entry(
        "spectra/<subset>/mixture.npy",
        "compute_spectra",
        "Linear magnitudes of the mixtures, all tracks in a row: (STFT frames, bins), `spectra.dtype`.",
    ),
    Entry("spectra/<subset>/target.npy", "compute_spectra", "The same of the source under study."),
    Entry(
        "mappings/mixture.npy",
        "select_segments",
        "The same of the examined frames of test mixtures, as `mappings/segments.csv` says; other spectra of "
        "test tracks are computed where they are read.",
    ),
    Entry(
        "models/<model>/seed<seed>/weights.safetensors",
        "train_model, import_weights",
        "Weights of the best epoch, or those that were given, float32.",
    ),
    Entry(
        "models/<model>/seed<seed>/provenance.json",
        "train_model, import_weights",
        "What they were made with and from: settings, digests of data, versions, device, commit, machine; "
        "the losses; the SHA-256 of the weights.",
    ),
    Entry("models/<model>/seed<seed>/history.csv", "train_model"),
    Entry(
        "models/<model>/seed<seed>/epochs.safetensors",
        "train_model",
        "Weights after the epochs of `training.kept_epochs`, where there are any.",
    ),
    Entry("equaliser/gains.csv", "learn_equaliser"),
    Entry(
        "truths/<truth>/<model>/seed<seed>/weights.safetensors",
        "train_truth",
        "Weights of a network of the model's design that was trained on a known function of the mixture.",
    ),
    Entry(
        "truths/<truth>/<model>/seed<seed>/provenance.json",
        "train_truth",
        "What it was made with and from, and how well it learnt the function.",
    ),
    Entry("truths/<truth>/<model>/seed<seed>/history.csv", "train_truth"),
    Entry("measures/ablations/<model>_seed<seed>.csv", "measure_ablations"),
    Entry("measures/agreement/<model>.csv", "measure_agreement"),
    Entry("mappings/segments.csv", "select_segments"),
    Entry(
        "mappings/<model>/seed<seed>/<method>.npy",
        "map_model, map_together",
        "Where `mapping.keep` says so: the matrix of every segment, (segments, output bins, input bins), "
        "float16 or float32; of diagonals (segments, bins). `singmap.mapping.store.open_mappings` reads all.",
    ),
    Entry("mappings/<model>/seed<seed>/<method>_curve.csv", "map_model, map_together"),
    Entry("structure/<model>_seed<seed>.csv", "measure_structure"),
    Entry("controls/<model>_seed<seed>.csv", "examine_controls"),
    Entry(
        "separated/<system>/<track_id>.wav",
        "score_system, score_together",
        "Where `separation.keep` is `all`: the estimate of the target, stereo, `separation.audio_subtype` at "
        "44.1 kHz, whole numbers as `.flac`. That of the accompaniment is the mixture minus this (of the "
        "baseline `mixture` the mixture itself).",
    ),
    Entry(
        "scores/kept/",
        "score_system, score_shard, score_together",
        "Scores of single tracks: a new track, or a killed job, costs no other one. May be deleted.",
    ),
    Entry("scores/<system>/frames.parquet", "score_system, score_together"),
    Entry("scores/<system>/tracks.csv", "score_system, score_together"),
    Entry(
        "museval/<system>/test/<track>.json",
        "tabulate_scores",
        "The same scores as museval writes them, rounded to 1e-5 dB, where its `MethodStore` looks for them.",
    ),
    Entry("tables/tracks.csv", "tabulate_tracks"),
    Entry("tables/training.csv", "tabulate_training"),
    Entry("tables/scores.csv", "tabulate_scores"),
    Entry("tables/score_summary.csv", "compare_systems"),
    Entry("tables/statistics.csv", "compare_systems"),
    Entry("tables/audit.csv", "audit_scores"),
    Entry("tables/structure.csv", "tabulate_structure"),
    Entry("tables/fidelity.csv", "tabulate_structure"),
    Entry("tables/controls.csv", "tabulate_controls"),
    Entry("measures/models/<model>_seed<seed>.csv", "measure_model"),
    Entry("tables/measures.csv", "tabulate_measures"),
    Entry("tables/skipped.csv", "tabulate_measures"),
    Entry("tables/planted.csv", "study_planted"),
    Entry("tables/verdicts.csv", "judge_hypotheses"),
    Entry("tables/truth_checks.csv", "judge_hypotheses"),
    Entry("excerpts/index.csv", "cut_excerpts"),
    Entry("excerpts/stretches.csv", "choose_excerpts"),
    Entry(
        "excerpts/<system>/<track_id>/<source>.wav",
        "score_system, score_together, cut_excerpts",
        "`report.excerpt_s` of a test track: estimates, and in `truth` mixture and true sources.",
    ),
    Entry("figures/<figure>.svg", "plot_*", "The figure as the page shows it."),
    Entry("figures/<figure>.png", "plot_*", "The same for slides, at `figures.dots_per_inch`."),
    Entry("figures/effects.csv", "plot_verdicts"),
    Entry("figures/effects_other.csv", "plot_verdicts"),
    Entry("figures/subjects.csv", "plot_verdicts"),
    Entry("figures/trajectories.csv", "plot_verdicts"),
    Entry("figures/spectrograms.csv", "plot_spectrograms"),
    Entry("figures/scores.csv", "plot_scores"),
    Entry("figures/differences.csv", "plot_scores"),
    Entry("figures/mappings_full.csv", "plot_mappings"),
    Entry("figures/mappings_zoom.csv", "plot_mappings"),
    Entry("figures/mappings_weighted.csv", "plot_mappings"),
    Entry("figures/mappings_other.csv", "plot_mappings"),
    Entry("figures/structure.csv", "plot_methods"),
    Entry("figures/harmonics.csv", "plot_methods"),
    Entry("figures/fidelity.csv", "plot_methods"),
    Entry("figures/convergence.csv", "plot_methods"),
    Entry("figures/planted_truth.csv", "plot_methods"),
    Entry("figures/loss_curves.csv", "plot_training"),
    Entry(
        "report/matrices/<model>_seed<seed>/<track_id>.js",
        "encode_mappings",
        "The mapping matrices of a track's segments as the page's explorer loads them: 8-bit levels in dB "
        "(singmap/report/matrix_codes.py, which also reads them).",
    ),
    Entry(
        "report/sounds/<track_id>/<system>_<source>.mp3",
        "encode_excerpts",
        "The excerpts as MP3, all of a track scaled by one factor where any would clip.",
    ),
    Entry(
        "report/sounds/<track_id>/<system>_<source>.js",
        "encode_excerpts",
        "The same with their spectrograms as the page's player loads them (singmap/report/listening.py).",
    ),
    Entry(
        "report/study.html",
        "render_page",
        "The whole study on one page that needs no network; it and all beside it move together.",
    ),
    Entry("report/summary.html", "render_page", "The answer alone, for Snakemake's report."),
    Entry(COPIES, "render_page", "Copies of the tables and figures that the page links to."),
    Entry("report.html", "", "Snakemake's own report; `make demo` or `snakemake --report` writes it."),
    Entry(
        "tensorboard/",
        "export_tensorboard",
        "Loss curves for TensorBoard, where `training.tensorboard` asks.",
    ),
    Entry("models/unfinished/", "train_model", "State of trainings that were killed, until they are done."),
    Entry(
        "mappings/unfinished/",
        "map_model, map_together",
        "State of examinations that were killed, until they are done.",
    ),
    Entry("logs/<rule>/<job>.log", "", "What the job printed; every rule has one."),
    Entry(
        "records/<output>.json",
        "",
        "Digests of what a rule wrote there: jobs that read it see whether it was changed since.",
    ),
    Entry(
        "snakemake.json",
        "",
        "What Snakemake knows of every output, for results that are moved without the folder `.snakemake`.",
    ),
    Entry("benchmarks/<rule>/<job>.tsv", "", "Time and memory of the job; columns are Snakemake's own."),
    Entry(".run.lock", "", "Held by a run of this study while it lasts, so that no second one disturbs it."),
    Entry(f"**/{MARK}", "", "Snakemake's mark in folders that a rule made whole."),
]


class Column(NamedTuple):
    """A column of a table with the name of its unit.

    is_many : it stands for columns whose names vary; is_optional : its fields may be empty
    """

    name: str
    unit: str
    meaning: str
    is_many: bool = False
    is_optional: bool = False


def reference() -> str:
    """Return the page."""
    placeholders = "\n".join(f"- `<{name}>`: {meaning}" for name, meaning in PLACEHOLDERS.items())
    parts = [
        INTRODUCTION.format(placeholders=placeholders),
        _markdown_table(("file", "written by", "what it is"), map(_file_row, ENTRIES)),
        FRAMES,
        _markdown_table(("table", "columns", "about"), _frame_rows()),
        TABLES.format(units=_markdown_table(("unit", "meaning"), units().items())),
        *map(_section, all_tables()),
    ]
    return "\n".join(parts)


def all_tables() -> list[type[Table]]:
    """The classes that stand for files, in the order of the dictionary."""
    classes = [
        value for value in vars(tables).values() if isinstance(value, type) and issubclass(value, Table)
    ]
    return [table for table in classes if "files" in vars(table) and table.files]


def table_of(place: str) -> type[Table] | None:
    """The table at a place below a study's folder, with or without placeholders; None where there is none.

    A copy is the table that it is a copy of.
    """
    original = place.removeprefix(COPIES)
    found = [table for table in all_tables() if any(matches(file, original) for file in table.files)]
    return found[0] if found else None


def matches(pattern: str, place: str) -> bool:
    """Whether a place in an `Entry` or a table stands for the file `place`.

    A folder stands for all in it but Snakemake's mark, which has a place of its own.
    """
    expression = re.escape(pattern.removeprefix("**/"))
    for name in PLACEHOLDERS:
        expression = expression.replace(f"<{name}>", ".+" if name == "output" else "[^/]+")
    below = f".*(?<!{re.escape(MARK)})" if pattern.endswith("/") else ""
    return bool(re.fullmatch(("(.*/)?" if pattern.startswith("**/") else "") + expression + below, place))


def table_columns(table: type[Table]) -> list[Column]:
    """All columns of a table, in order."""
    parents = [base for base in table.__bases__ if issubclass(base, Table) and base is not Table]
    inherited = [column for base in parents for column in table_columns(base)]
    (own,) = (
        node for node in _dictionary() if isinstance(node, ast.ClassDef) and node.name == table.__name__
    )
    return inherited + [_column(name, unit, meaning) for name, unit, meaning in _described(own.body)]


def units() -> dict[str, str]:
    """Name and meaning of every unit."""
    return {name: meaning for name, _, meaning in _described(_dictionary())}


def _dictionary() -> list[ast.stmt]:
    """The statements of files/tables.py: strings below attributes are nowhere else to be had."""
    return ast.parse(Path(tables.__file__).read_text(encoding="utf-8")).body


def _described(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr, str]]:
    """Yield name, annotation and the string below of every annotated name that has one."""
    for statement, following in itertools.pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = ast.get_docstring(ast.Module([following], []))
            if text:
                yield statement.target.id, statement.annotation, " ".join(text.split())


def _column(name: str, annotation: ast.expr, meaning: str) -> Column:
    """A column from its annotation, `Unit` or `dict[str, Unit]`."""
    is_many = isinstance(annotation, ast.Subscript)
    text = ast.unparse(annotation)
    unit = text.removeprefix("dict[str, ").rstrip("]").removesuffix(" | None")
    return Column(name, unit, meaning, is_many, text.endswith(" | None"))


def _file_row(entry: Entry) -> tuple[str, str, str]:
    table = table_of(entry.place)
    meaning = f"[{_title(table)}](#{_anchor(table)}): {_one_row(table)}" if table else entry.meaning
    return f"`{entry.place}`", ", ".join(f"`{rule}`" for rule in entry.rule.split(", ") if rule), meaning


def _frame_rows() -> Iterator[tuple[str, str, str]]:
    """For every table, the columns about STFT frames, and those about score frames."""
    for table in all_tables():
        found = [column for column in table_columns(table) if re.search("frame", "".join(column[:2]), re.I)]
        for is_score, kind in ((False, "STFT frames"), (True, "score frames")):
            names = [f"`{name}`" for name, unit, *_ in found if (unit == "ScoreFrames") == is_score]
            if names:
                yield f"[{_title(table)}](#{_anchor(table)})", ", ".join(names), kind


def _section(table: type[Table]) -> str:
    """Heading, places, what one row is, and all columns of one table."""
    rows = [
        (
            f"*{column.name.replace('_', ' ')}*" if column.is_many else f"`{column.name}`",
            f"{column.unit} or empty" if column.is_optional else column.unit,
            column.meaning,
        )
        for column in table_columns(table)
    ]
    places = ", ".join(f"`{file}`" for file in table.files)
    head = f"### {_title(table)}\n\n{places}: {_one_row(table)}\n\n"
    return head + _markdown_table(("column", "unit", "meaning"), rows)


def _one_row(table: type[Table]) -> str:
    """What one row is, as the middle of a sentence."""
    first = (table.__doc__ or "").splitlines()[0]
    return first[:1].lower() + first[1:]


def _title(table: type[Table]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", table.__name__).capitalize()


def _anchor(table: type[Table]) -> str:
    return _title(table).lower().replace(" ", "-")


def _markdown_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
