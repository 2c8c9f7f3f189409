"""Separate all test tracks with one system and score it; its audio goes, but for what is to be heard."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import (
    DecodedTracks,
    FrameScores,
    Stretches,
    WholeTrackScores,
    read_table,
    rows_of,
    write_table,
)
from singmap.files.unfinished import UnfinishedRun, run_key
from singmap.files.wav import read_targets, write_audio, write_wav
from singmap.runtime.job import run
from singmap.runtime.progress import Progress
from singmap.runtime.records import content_digest
from singmap.scoring.kept_scores import KeptScores, SystemScores, audio_digest
from singmap.scoring.tables import score_frame_table, whole_track_table
from singmap.scoring.track_scores import TrackScorer
from singmap.scoring.whole_track import whole_track_scores
from singmap.separation.separator import SeparatorSettings, files_of_systems, load_separator, separated
from singmap.spectra.settings import StftSettings


def main(
    *, index: Path, tracks: Path, stretches: list[Path], weights: list[Path], provenance: list[Path],
    gains: list[Path], system: str, separator: str, outputs: dict[str, Path], settings: dict[str, Any],
    audio_subtype: str, code: dict[str, str], kept: Path, gpu_slots: int,
) -> None:  # fmt: skip
    """Write the scores of one system, and the audio that is asked for.

    stretches : the table Stretches, if excerpts are to be kept
    weights, provenance, gains : what the system's separator reads, see `files_of_systems`
    separator : its module, see `load_separator`
    outputs : ``frames`` and ``whole_tracks``, the tables; if wanted ``excerpts``, a folder with
        <track_id>/<source>.wav, and ``separated``, one with the target of all tracks
    settings, code : all that shapes the scores; kept : folder where those of single tracks stay
    """
    target, stft = settings["target"], StftSettings(**settings["stft"])
    targets = scored_sources(target)
    files = files_of_systems(weights, provenance, gains).get(system, ())
    options = SeparatorSettings(settings["estimator"], settings["device"], gpu_slots)
    own_separator = cache(lambda: load_separator(separator, files, options))
    facts = {"settings": settings, "code": code, "files": [content_digest(path) for path in files]}
    scores = KeptScores(UnfinishedRun(kept, run_key(facts)))
    heard = {row.track_id: row for path in stretches for row in rows_of(read_table(path, Stretches))}

    def scores_of(row: Any) -> SystemScores:
        """Scores of a track, those that are kept if there are any; nothing of its audio stays in memory."""
        folder = tracks / row.track_id
        audio = audio_digest([folder / f"{name}.wav" for name in (MIXTURE, *targets)])
        found = scores.load(row.track_id, audio)
        if found is None or row.track_id in heard or "separated" in outputs:
            estimates = separated(own_separator(), folder, target, stft, row.n_samples)
            _write_audio(estimates, row.track_id, heard.get(row.track_id), targets, outputs, audio_subtype)
        if found is None:
            references = read_targets(folder, targets, row.n_samples)
            found = _scores(references, estimates, system, row.track_id, settings)
            scores.keep(row.track_id, audio, found)
        return found

    tables, whole = [], []
    rows = rows_of(read_table(index, DecodedTracks))
    for row in Progress(f"score {system}", len(rows), "tracks").over(rows):
        found, where = scores_of(row), (system, row.track_id, row.track)
        tables.append(score_frame_table(found.frames, *where, targets, settings["hop_s"]))
        whole.append(whole_track_table(found.whole_track, *where, targets))
    write_table(outputs["frames"], pd.concat(tables), FrameScores)
    write_table(outputs["whole_tracks"], pd.concat(whole), WholeTrackScores)


def _scores(
    references: np.ndarray, estimates: np.ndarray, system: str, track_id: str, settings: dict[str, Any]
) -> SystemScores:
    win, hop = (int(settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
    scorer = TrackScorer(references, win, hop, settings["engine"], track_id)
    return SystemScores(scorer.score(estimates, system), whole_track_scores(references, estimates))


def _write_audio(
    estimates: np.ndarray, track_id: str, stretch: Any, targets: list[str], outputs: dict[str, Path],
    subtype: str,
) -> None:  # fmt: skip
    """Write the stretch of a track that is to be heard, if there is one, and the whole target, if it is kept.

    The accompaniment is the mixture minus that.
    """
    if stretch is not None:
        part = np.s_[stretch.first_sample : stretch.first_sample + stretch.n_samples]
        for name, estimate in zip(targets, estimates, strict=True):
            write_wav(outputs["excerpts"] / track_id / f"{name}.wav", estimate[part].T)
    if "separated" in outputs:
        write_audio(outputs["separated"] / track_id, estimates[0].T, subtype)


if __name__ == "__main__":
    run(main)
