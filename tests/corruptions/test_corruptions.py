"""Well-formed but wrong: no script makes other results of a corrupted input; each names the file.

Twice. Without records of what was written, every corruption that shows in the file itself goes through the
scripts; with them, so do those that do not show: swapped tracks, half a table, another scale.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import duckdb
import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.files.storage import read_json
from singmap.report.page_content import svg_size
from singmap.runtime.errors import InputError
from singmap.runtime.job import run_checked
from singmap.runtime.records import record_outputs
from tests.helpers.mapped_models import METHODS
from tests.helpers.mapped_models import SETTINGS as MAPPING
from tests.helpers.mapped_models import SPECTRA as MAPPED_SPECTRA
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from tests.helpers.scored_tracks import audit as audit_of
from tests.helpers.scored_tracks import score
from tests.unit.scripts.conftest import BASELINES, RESAMPLING, SCORING
from workflow.scripts import (
    choose_excerpts,
    compare_systems,
    compute_spectra,
    cut_excerpts,
    learn_equaliser,
    map_model,
    measure_structure,
    plot_scores,
    select_segments,
    tabulate_scores,
    tabulate_structure,
)

Change = Callable[[Path], object]


# Corruptions of a kind of file: those that its reader must see, and those that only a record shows.


def rewritten(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


def column(change: Callable[[pd.Series], object], kind: str = "number") -> Change:
    """Change the last column of numbers, or of whole ones, of a table."""

    def apply(path: Path) -> None:
        table = pd.read_csv(path, dtype={"seed": "Int64"})
        name = table.dropna(axis=1, how="all").select_dtypes(kind).columns[-1]
        table[name] = change(table[name].astype(object))
        table.to_csv(path, index=False)

    return apply


def array(change: Callable[[np.ndarray], np.ndarray]) -> Change:
    return lambda path: np.save(path, change(np.load(path)))


def audio(change: Callable[[np.ndarray], np.ndarray], rate_hz: int = 44100) -> Change:
    def apply(path: Path) -> None:
        samples, _ = soundfile.read(path, always_2d=True, dtype="float32")
        soundfile.write(path, change(samples), rate_hz, subtype="FLOAT")

    return apply


def first_set(value: float) -> Callable[[np.ndarray], np.ndarray]:
    """Put a value at the start of every row, so that whatever is read holds it."""

    def apply(values: np.ndarray) -> np.ndarray:
        changed = values.copy()
        changed[..., 0] = value
        return changed

    return apply


def parquet(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    def apply(path: Path) -> None:
        changed = change(duckdb.read_parquet(str(path)).df())
        duckdb.from_df(changed).write_parquet(str(path))

    return apply


ANY = {
    "empty file": lambda path: path.write_bytes(b""),
    "cut in half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 - 1]),
    "something else": lambda path: path.write_text("<html>not found</html>"),
}
TABLE = {
    "empty file": ANY["empty file"],
    "something else": ANY["something else"],
    "a column less": lambda path: pd.read_csv(path).iloc[:, 1:].to_csv(path, index=False),
    "a row twice": lambda path: rewritten(path, lambda text: text + text.splitlines()[-1] + "\n"),
    "text for a number": column(lambda values: ["many", *values[1:]]),
    "complex": column(lambda values: ["(1+2j)", *values[1:]]),
}
PARQUET = {
    **ANY,
    "a column less": parquet(lambda table: table.iloc[:, 1:]),
    "a row twice": parquet(lambda table: pd.concat([table, table.iloc[-1:]])),
    "text for a number": parquet(lambda table: table.assign(value=table["value"].astype(str))),
    "a whole number": parquet(lambda table: table.assign(value=table["value"].round().astype("Int64"))),
    "a part of a frame": parquet(lambda table: table.assign(frame=table["frame"] + 0.5)),
    "negative": parquet(lambda table: table.assign(frame=-table["frame"] - 1)),
    "a missing value": parquet(lambda table: table.assign(metric=table["metric"].where(table.index > 0))),
}
COUNTS = {
    "negative": column(lambda values: -values - 1, "integer"),
    "a missing value": column(lambda values: [None, *values[1:]]),
}
ARRAY = {
    **ANY,
    "NaN": array(first_set(np.nan)),
    "infinity": array(first_set(np.inf)),
    "complex": array(lambda values: values * 1j),
    "integer": array(lambda values: (100 * values).astype(np.int16)),
    "one dimension": array(np.ravel),
}
MAGNITUDES = {
    "negative": array(lambda values: -values - 1),
    "half of the rows": array(lambda values: values[: len(values) // 2]),
}
AUDIO = {
    **ANY,
    "mono": audio(lambda samples: samples[:, :1]),
    "another rate": audio(lambda samples: samples, 48000),
    "NaN": audio(lambda samples: np.where(np.arange(len(samples))[:, None] == 7, np.nan, samples)),
    "infinity": audio(lambda samples: np.where(np.arange(len(samples))[:, None] == 7, np.inf, samples)),
    "shorter": audio(lambda samples: samples[:-100]),
}
MODEL = {
    **ANY,
    "a key less": lambda path: path.write_text("{}"),
    "other weights": lambda path: path.write_bytes(path.read_bytes()[:-4] + b"\x00\x00\x80\x3f"),
}

# Only a record shows these.
HIDDEN = {
    ".csv": {
        "one row": lambda path: rewritten(path, lambda text: "\n".join(text.splitlines()[:2]) + "\n"),
        "another order of rows": lambda path: pd.read_csv(path).iloc[::-1].to_csv(path, index=False),
    },
    ".parquet": {
        "one row": parquet(lambda table: table[:1]),
        "another order of rows": parquet(lambda table: table[::-1]),
        "another score": parquet(lambda table: table.assign(value=table["value"] / 2)),
    },
    ".npy": {
        "another scale": array(lambda values: values * np.asarray(0.5, values.dtype)),
        "rows in another order": array(lambda values: values[::-1]),
        "zeros": array(np.zeros_like),
    },
    ".wav": {
        "another level": audio(lambda samples: samples / 2),
        "silence": audio(np.zeros_like),
        "channels swapped": audio(lambda samples: samples[:, ::-1]),
    },
    ".json": {"another fact": lambda path: rewritten(path, lambda text: text.replace('"sf"', '"dae"', 1))},
}


# Scripts that read the files, on a copy of the results that `scored` or `mapped` made.


def tracks_of(results: Path) -> dict[str, Path]:
    return {"index": results / "audio/test/index.csv", "tracks": results / "audio/test/tracks"}


def frames_of(results: Path) -> list[Path]:
    return [results / "scores" / name / "frames.parquet" for name in BASELINES]


def spectra(results: Path) -> None:
    read, settings = tracks_of(results), {"target": "drums", "stft": SCORING["stft"], "dtype": "float32"}
    compute_spectra.main(
        decoded=read["index"],
        tracks=read["tracks"],
        index=results / "new/index.csv",
        settings=settings,
        threads=1,
    )


def scoring(results: Path) -> None:
    """An oracle that reads all of a track, scored anew."""
    stretches = [results / "excerpts/stretches.csv"]
    score(tracks_of(results), "irm", SCORING, results / "new", stretches=stretches)


def choosing(results: Path) -> None:
    settings = {"target": "drums", "excerpt_tracks": 2, "excerpt_s": 0.2}
    choose_excerpts.main(**tracks_of(results), stretches=results / "new.csv", settings=settings)


def excerpts(results: Path) -> None:
    cut_excerpts.main(
        tracks=results / "audio/test/tracks",
        stretches=results / "excerpts/stretches.csv",
        separated=[],
        excerpts=results / "new.csv",
        truth=results / "new",
        target="drums",
    )


def score_table(results: Path) -> None:
    tabulate_scores.main(
        frames=frames_of(results),
        scores=results / "new.csv",
        whole_tracks=[path.with_name("tracks.csv") for path in frames_of(results)],
        store=results / "new",
        settings=SCORING,
    )


def audit(results: Path) -> None:
    settings = SCORING | {"audit_pairs": 100}
    audit_of(tracks_of(results), BASELINES, settings, results, results / "new.csv")


def comparison(results: Path) -> None:
    made = {"summary": results / "new.csv", "statistics": results / "new2.csv"}
    compare_systems.main(scores=results / "tables/scores.csv", settings=RESAMPLING, **made)


def score_figures(results: Path) -> None:
    names = {"scores": "scores", "summary": "score_summary", "statistics": "statistics"}
    tables = {name: results / f"tables/{table}.csv" for name, table in names.items()}
    outputs = outputs_of(results, "scores", "differences")
    settings = {"models": [], "confidence": 0.9, "reference": None} | ALL_FIGURES
    plot_scores.main(**tables, outputs=outputs, settings=settings)


def equaliser(results: Path) -> None:
    stft = {"window": "hamming", "window_samples": 78, "fft_samples": 78, "hop_samples": 20}
    learn_equaliser.main(
        train_index=results / "training/index.csv", gains=results / "new.csv", settings={"stft": stft}
    )


def segments(results: Path) -> None:
    settings = {"segment_frames": 20, "segments_per_track": 1, "tracks_max": None}
    select_segments.main(
        index=results / "audio/index.csv",
        tracks=results / "audio/tracks",
        segments=results / "new.csv",
        mixture=results / "new.npy",
        settings=settings,
        spectra=MAPPED_SPECTRA,
    )


def examined(results: Path) -> dict:
    read = {"weights": "weights.safetensors", "provenance": "provenance.json", "segments": "segments.csv"}
    files = {name: results / place for name, place in (read | {"mixture": "mixture.npy"}).items()}
    return files | {"model": "sf", "seed": 3}


def mapping(results: Path) -> None:
    made = {
        "mapping": results / "new.npy",
        "curve": results / "new.csv",
        "unfinished": results / "unfinished",
    }
    chosen = {"method": "nca", "settings": MAPPING, "device": "cpu", "gpu_slots": 0, "code": {}}
    chosen |= {"dtype": "float16"}
    map_model.main(**examined(results), **made, **chosen)


def structure(results: Path) -> None:
    mappings, settings = [results / f"{method}.npy" for method in METHODS], {"band_bins": [2]}
    measure_structure.main(
        **examined(results), mappings=mappings, structure=results / "new.csv", settings=settings
    )


def structure_table(results: Path) -> None:
    made = {"structure": results / "new.csv", "fidelity": results / "new2.csv"}
    tabulate_structure.main(measured=[results / "structure.csv"], **made)


def page(results: Path) -> None:
    svg_size(results / "figures/scores.svg")


STEREO = ("audio/test/tracks/two/drums.wav", "audio/test/tracks/two/mixture.wav")
INDEX = TABLE | COUNTS
# Script, the file of its input that is corrupted, and how.
READERS = [
    *((script, "audio/test/index.csv", INDEX) for script in (spectra, scoring, choosing)),
    *((script, place, AUDIO) for script in (spectra, scoring) for place in STEREO),
    *((script, STEREO[0], AUDIO) for script in (choosing,)),
    *((script, "audio/test/tracks/one/accompaniment.wav", AUDIO) for script in (scoring, audit)),
    *((script, "excerpts/stretches.csv", INDEX) for script in (scoring, excerpts)),
    *((script, "scores/irm/frames.parquet", PARQUET) for script in (score_table, audit)),
    *((script, "tables/scores.csv", INDEX) for script in (comparison, score_figures)),
    (score_figures, "tables/statistics.csv", TABLE),
    (page, "figures/scores.svg", ANY),
]
MAPPED_READERS = [
    (equaliser, "training/index.csv", INDEX),
    *((equaliser, f"training/{name}.npy", ARRAY | MAGNITUDES) for name in ("mixture", "target")),
    (segments, "audio/index.csv", INDEX),
    *((segments, f"audio/tracks/b/{stem}.wav", AUDIO) for stem in ("mixture", "vocals")),
    *((script, "mixture.npy", ARRAY | MAGNITUDES) for script in (mapping, structure)),
    *((script, "segments.csv", INDEX) for script in (mapping, structure)),
    *((script, "weights.safetensors", MODEL) for script in (mapping, structure)),
    *(
        (script, "provenance.json", ANY | {"a key less": MODEL["a key less"]})
        for script in (mapping, structure)
    ),
    (structure, "nca.npy", ARRAY),
    (structure_table, "structure.csv", TABLE),
]


def cases(readers: list) -> list:
    return [
        pytest.param(script, place, change, id=f"{script.__name__}-{place}-{name}")
        for script, place, changes in readers
        for name, change in changes.items()
    ]


def refused(script: Change, results: Path, place: str, change: Change) -> None:
    """The script must end with an error about the file, or the folder of arrays that do not fit."""
    change(results / place)
    with pytest.raises(InputError) as error:
        script(results)
    file = results / place
    assert error.value.where in (str(file), str(file.parent)), str(error.value)
    assert "made again" in error.value.remedy


@pytest.fixture(scope="session")
def drawn(scored, tmp_path_factory) -> Path:
    folder = shutil.copytree(scored, tmp_path_factory.mktemp("scored") / "study")
    choosing(folder)
    (folder / "excerpts").mkdir()
    (folder / "new.csv").rename(folder / "excerpts/stretches.csv")
    score_figures(folder)
    (folder / "figures").mkdir()
    shutil.copy(folder / "scores.svg", folder / "figures/scores.svg")
    return folder


@pytest.mark.parametrize(("script", "place", "change"), cases(READERS))
def test_what_shows_in_the_file_is_refused_by_the_script(drawn, tmp_path, script, place, change):
    refused(script, shutil.copytree(drawn, tmp_path / "study"), place, change)


@pytest.mark.parametrize(("script", "place", "change"), cases(MAPPED_READERS))
def test_what_shows_in_a_model_s_files_is_refused_by_the_script(mapped, tmp_path, script, place, change):
    refused(script, shutil.copytree(mapped, tmp_path / "study"), place, change)


@pytest.mark.parametrize("script", dict.fromkeys(reader[0] for reader in READERS))
def test_intact_files_pass(drawn, tmp_path, script):
    script(shutil.copytree(drawn, tmp_path / "study"))


@pytest.mark.parametrize("script", dict.fromkeys(reader[0] for reader in MAPPED_READERS))
def test_intact_files_of_a_model_pass(mapped, tmp_path, script):
    script(shutil.copytree(mapped, tmp_path / "study"))


def recorded_cases(readers: list) -> list:
    """Every corruption of every file once, those that do not show among them."""
    places = {place: changes for _, place, changes in readers}
    found = {place: changes | HIDDEN.get(Path(place).suffix, {}) for place, changes in places.items()}
    return [
        pytest.param(place, change, id=f"{place}-{name}")
        for place, changes in found.items()
        for name, change in changes.items()
    ]


def refused_before_it_starts(results: Path, place: str, change: Change) -> None:
    """A job that reads the file, or its whole folder, does not start; the error says how to mend it."""

    def main() -> None:
        pytest.fail("it started")

    output = next(folder for folder in ("audio/test/tracks", place) if place.startswith(folder))
    record_outputs(results, "make_it", [results / output])
    change(results / place)
    job = {"input": {"read": str(results / output)}, "output": {}, "rule": "next_rule"}
    with pytest.raises(InputError) as error:
        run_checked(main, SimpleNamespace(**job, log=[str(results / "logs/next_rule/all.log")]))
    assert error.value.where == str(results / place)
    assert error.value.remedy == f"run snakemake again with --forcerun {results / output}"


@pytest.mark.parametrize(("place", "change"), recorded_cases(READERS))
def test_a_record_shows_every_corruption(drawn, tmp_path, place, change):
    refused_before_it_starts(shutil.copytree(drawn, tmp_path / "study"), place, change)


@pytest.mark.parametrize(("place", "change"), recorded_cases(MAPPED_READERS))
def test_a_record_shows_every_corruption_of_a_model_s_files(mapped, tmp_path, place, change):
    refused_before_it_starts(shutil.copytree(mapped, tmp_path / "study"), place, change)


def test_no_json_number_may_be_nan(tmp_path):
    (tmp_path / "provenance.json").write_text(json.dumps({"valid_loss": float("nan")}))
    with pytest.raises(InputError, match=r"provenance\.json: expected valid JSON, found NaN"):
        read_json(tmp_path / "provenance.json")
