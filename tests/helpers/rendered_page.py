"""A study's page in a folder, with matrices and sounds beside it, made by the scripts of its rules."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from singmap.files.storage import save_array
from singmap.files.tables import Audit, Excerpts, Segments, Training, columns
from singmap.files.wav import write_wav
from singmap.report.page_content import SECTIONS
from tests.helpers import study_tables
from workflow.scripts import encode_excerpts, encode_mappings, render_page

MODELS, SEEDS = ("dae", "sf"), (0, 1)
METHODS = ("nca", "least_squares", "jacobian")
STFT = {"window": "hamming", "window_samples": 512, "fft_samples": 512, "hop_samples": 128}
# Names as people give them, and as they should not.
TRACKS = {
    "one": "</script><script>window.pwned=1</script>",
    "two": "\"><img src=x onerror='window.pwned=1'>",
    "three": "O'Neil & \u202egnos\u202c <b>bold</b> ünï",
}
SYSTEMS = {"mixture": 220, "truth": 440, "dae_seed0": 660, "sf_seed0": 880}  # each a tone of so many Hz
EXCERPT_S = 1.0
TITLE = "What & <why>"


@dataclass(frozen=True)
class Made:
    """What a made-up study is about.

    tracks : track_id -> name; segments : the tracks of each; heard : tracks with excerpts of all systems;
    tones : system -> Hz; examined : model -> methods, the first and the last
    of which have matrices here
    """

    models: Sequence[str] = MODELS
    seeds: Sequence[int] = SEEDS
    tracks: Mapping[str, str] = field(default_factory=lambda: TRACKS)
    segments: Sequence[str] = ("one", "one", "two")
    heard: Sequence[str] = ("one", "three")
    tones: Mapping[str, float] = field(default_factory=lambda: SYSTEMS)
    examined: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {"dae": METHODS, "sf": ("least_squares", "jacobian")}
    )
    excerpt_s: float = EXCERPT_S
    fft_samples: int = 512

    @property
    def stft(self) -> dict[str, Any]:
        return STFT | {"window_samples": self.fft_samples, "fft_samples": self.fft_samples}

    @property
    def n_bins(self) -> int:
        return self.fft_samples // 2 + 1


def render_study(
    folder: Path,
    sources: Path,
    dataset: str = "folder",
    made: Made | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    draw: Callable[[Path], Path] | None = None,
) -> Path:
    """Write a study's results to `folder` and render its page from the templates in `sources`; its path.

    `tables` take the places of those of the same names; so do figures in the folder that `draw` fills.
    """
    inputs = page_inputs(folder, sources, dataset, made or Made(), tables, draw)
    render_page.main(**inputs)
    page: Path = inputs["page"]
    return page


def page_inputs(
    folder: Path,
    sources: Path,
    dataset: str,
    made: Made,
    tables: Mapping[str, pd.DataFrame] | None = None,
    draw: Callable[[Path], Path] | None = None,
) -> dict[str, Any]:
    """Write what the page shows; returns what its script is told."""
    report = folder / "report"
    segments = _segments(folder, made)
    _matrices(folder, segments, report / "matrices", made)
    excerpts = _excerpts(folder, made)
    encode_excerpts.main(
        **excerpts, sounds=report / "sounds", settings={"stft": made.stft, "spectrogram_max_hz": 8000}
    )
    own = draw(folder) if draw else folder
    figures = [drawn if (drawn := own / path.name).exists() else path for path in _figures(folder, sources)]
    return excerpts | {
        "segments": segments,
        "provenance": [_provenance(folder)],
        "sources": sources,
        "figures": figures,
        "tables": _tables(folder, made, tables or {}),
        "page": report / "study.html",
        "summary": report / "summary.html",
        "files": report / "files",
        "settings": settings_of(sources, dataset, made),
    }


def settings_of(sources: Path, dataset: str, made: Made) -> dict[str, Any]:
    """What the page's rule tells its script."""
    return {
        "dataset": dataset,
        "target": "vocals",
        "models": list(made.models),
        "models_max": 12,
        "seeds": list(made.seeds),
        "mapped_seeds": list(made.seeds),
        "methods": list(METHODS),
        "examined": made.examined,
        "full_matrices": ["jacobian"],
        "stft": made.stft,
        "spectrogram_max_hz": 8000,
        "figures": figures_of(sources),
        "made_by": {"tables/scores.csv": "tabulate_scores"},
        "configuration": {
            "device": "auto",
            "training": {"epochs_max": 3, "threads": 1},
            "statistics": {"reference": None},
        },
        "paper": {"device": "cuda", "training": {"epochs_max": 20, "threads": 4}},
    }


def figures_of(sources: Path) -> dict[str, tuple[str, str]]:
    """Category and title of a figure for every caption: all sections, and one that the page doesn't know."""
    names = sorted(path.stem for path in sources.glob("*.rst") if path.stem not in ("study", "workflow"))
    categories = [*SECTIONS, "New"]
    return {name: (categories[place % len(categories)], TITLE) for place, name in enumerate(names)}


def _segments(folder: Path, made: Made) -> Path:
    rows = [(n, track, made.tracks[track], 2 * n, 2, 0, 6, 0.1 * n) for n, track in enumerate(made.segments)]
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=columns(Segments)).to_csv(folder / "segments.csv", index=False)
    return folder / "segments.csv"


def _matrices(folder: Path, segments: Path, matrices: Path, made: Made) -> None:
    """Diagonals of 1, less of every later model, on noise; the input falls with frequency."""
    generator = np.random.default_rng(0)
    n_frames, n_bins = 2 * len(made.segments), made.n_bins
    save_array(folder / "mixture.npy", np.tile(np.float32(1 / np.arange(1, n_bins + 1)), (n_frames, 1)))
    names = list(made.examined)
    for place, model in enumerate(dict.fromkeys([names[0], names[-1]])):
        for seed in made.seeds:
            stack = generator.normal(0, 0.01, (len(made.segments), n_bins, n_bins)).astype(np.float32)
            stack += np.float32(1 - 0.5 * place / (len(made.examined) - 1 or 1)) * np.eye(
                n_bins, dtype=np.float32
            )
            files = [folder / "mappings" / model / f"seed{seed}" / f"{m}.npy" for m in METHODS]
            for file in files:
                save_array(file, stack)
            encode_mappings.main(
                mappings=files,
                segments=segments,
                mixture=folder / "mixture.npy",
                matrices=matrices / f"{model}_seed{seed}",
                model=model,
                seed=seed,
                settings={"stft": made.stft},
            )


def _excerpts(folder: Path, made: Made) -> dict[str, Path]:
    """Tones of tracks; of the mixture there is one file, of all others two."""
    rows = []
    for track_id in made.heard:
        for system, frequency_hz in made.tones.items():
            for source in ("mixture",) if system == "mixture" else ("vocals", "accompaniment"):
                times_s = np.arange(round(made.excerpt_s * 44100)) / 44100
                tone = 0.4 * np.sin(2 * np.pi * frequency_hz * times_s)
                file = f"{system}/{track_id}/{source}.wav"
                write_wav(folder / "excerpts" / file, np.stack([tone, tone]).astype(np.float32))
                rows.append((track_id, made.tracks[track_id], system, source, 1.26, file))
    table = pd.DataFrame(rows, columns=columns(Excerpts))
    table.to_csv(folder / "excerpts" / "index.csv", index=False)
    return {"excerpts": folder / "excerpts" / "index.csv", "audio": folder / "excerpts"}


def _figures(folder: Path, sources: Path) -> list[Path]:
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    paths = []
    for name in figures_of(sources):
        picture, data = (folder / "figures" / f"{name}.{kind}" for kind in ("svg", "csv"))
        picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"/>')
        data.write_text('"value"\n1\n')
        paths += [picture, data]
    return paths


def _tables(folder: Path, made: Made, others: Mapping[str, pd.DataFrame]) -> list[Path]:
    """All tables that the page reads, about the tracks of this study."""
    scores = others.get("scores", study_tables.scores(n_frames=3, n_tracks=len(made.tracks)))
    names = dict(zip((f"song_{n}" for n in range(len(made.tracks))), made.tracks, strict=True))
    scores["track_id"] = scores["track_id"].map(names)
    scores["track"] = scores["track_id"].map(made.tracks)
    first = next(iter(made.tracks.values()))
    audited = {"system": "irm", "track": first, "difference_db": 2e-9, "verdict": "agrees"}
    tracks = study_tables.decoded_tracks(made.tracks)
    tracks.loc[len(tracks) // 2, "remarks"] = "the mixture differs"
    contents = {
        "scores": scores,
        "score_summary": study_tables.score_summary(),
        "statistics": study_tables.statistics(),
        "structure": study_tables.structure(),
        "training": study_tables.filled(Training, [{"model": "sf", "seed": 0, "valid_loss": 0.0123}]),
        "audit": study_tables.filled(Audit, [audited]),
        "tracks": tracks,
        "verdicts": study_tables.verdicts(),
        "truth_checks": study_tables.truth_checks(),
        "planted": study_tables.planted(),
        "skipped": study_tables.skipped(),
    }
    contents |= {name: table for name, table in others.items() if name != "scores"}
    (folder / "tables").mkdir(exist_ok=True)
    for name, table in contents.items():
        table.to_csv(folder / "tables" / f"{name}.csv", index=False)
    return [folder / "tables" / f"{name}.csv" for name in contents]


def _provenance(folder: Path) -> Path:
    facts = {"versions": {"python": "3.11.7"}, "machine": {"cores": 2}, "device": "cpu"}
    record = facts | {"precision": "float32", "commit": "abc"}
    (folder / "provenance.json").write_text(json.dumps(record))
    return folder / "provenance.json"
