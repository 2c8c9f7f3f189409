"""Separate tracks with one or more systems and score them; their audio goes, but for what is to be heard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ, scored_sources
from singmap.files.audio_pieces import StackedAudio, read_stacked
from singmap.files.large_tables import write_large_table
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
from singmap.files.wav import write_audio, write_wav
from singmap.runtime.progress import Progress
from singmap.runtime.records import content_digest
from singmap.scoring.kept_scores import KeptScores, SystemScores, audio_digest
from singmap.scoring.tables import score_frame_table, whole_track_table
from singmap.scoring.track_scores import TrackScorer
from singmap.scoring.whole_track import whole_track_scores
from singmap.separation.separator import SeparatorSettings, load_separator, separated
from singmap.spectra.settings import StftSettings

OUTPUTS = ("frames", "whole_tracks", "excerpts", "separated")  # of a System
Scorer = Callable[[], TrackScorer]  # makes it where it is needed: it looks at all of a track


@dataclass(frozen=True)
class System:
    """A system to be scored, and where its scores and audio go.

    separator, files : its module, and what that reads, see `load_separator`
    code : digests of what shapes its scores; kept : folder where those of single tracks stay
    frames, whole_tracks : the tables of its scores; None where they are but kept, for a job that has them all
    excerpts : folder of <track_id>/<source>.wav, if excerpts are to be kept
    separated : folder with the target of all tracks, if that is to be kept
    """

    name: str
    separator: str
    files: Sequence[Path]
    code: dict[str, str]
    kept: Path
    frames: Path | None = None
    whole_tracks: Path | None = None
    excerpts: Path | None = None
    separated: Path | None = None


@dataclass(frozen=True)
class ScoringJob:
    """Decoded tracks, listed in the table `index`, and how they are separated and scored.

    stretches : the table Stretches, if excerpts are to be kept
    settings : all that shapes the scores
    shard : (number, of how many), the tracks that this job takes: every so-many-th from that number on
    """

    index: Path
    tracks: Path
    stretches: Sequence[Path]
    settings: dict[str, Any]
    audio_subtype: str
    gpu_slots: int
    shard: tuple[int, int] = (0, 1)

    def write(self, systems: Sequence[System], label: str) -> None:
        """Write scores and audio of systems, which share what depends on a track's references alone."""
        heard = {row.track_id: row for path in self.stretches for row in rows_of(read_table(path, Stretches))}
        first, step = self.shard
        rows = rows_of(read_table(self.index, DecodedTracks))[first::step]
        scored = [_ScoredSystem(system, self) for system in systems]
        for row in Progress(f"score {label}", len(rows), "tracks").over(rows):
            files = [self.tracks / row.track_id / f"{name}.wav" for name in (MIXTURE, *self.targets)]
            audio, scorer = audio_digest(files), cache(partial(self._scorer, row))
            for system in scored:
                system.add(row, heard.get(row.track_id), audio, scorer)
        for system in scored:
            system.write()

    @property
    def targets(self) -> list[str]:
        """Names of target and accompaniment."""
        return scored_sources(self.settings["target"])

    def _scorer(self, row: Any) -> TrackScorer:
        references = read_stacked(self.tracks / row.track_id, self.targets, row.n_samples)
        win, hop = (int(self.settings[key] * SAMPLE_RATE_HZ) for key in ("window_s", "hop_s"))
        return TrackScorer(references, win, hop, self.settings["engine"], row.track_id)


class _ScoredSystem:
    """One system and what is known of its scores, track by track."""

    def __init__(self, system: System, job: ScoringJob):
        self._system, self._job = system, job
        settings = job.settings
        digests = [content_digest(path) for path in system.files]
        facts = {"settings": settings, "code": system.code, "files": digests}
        self._kept = KeptScores(UnfinishedRun(system.kept, run_key(facts)))
        self._stft = StftSettings(**settings["stft"])
        options = SeparatorSettings(settings["estimator"], settings["device"], job.gpu_slots)
        self._separator = cache(lambda: load_separator(system.separator, system.files, options))
        self._frames: list[pd.DataFrame] = []
        self._whole: list[pd.DataFrame] = []

    def add(self, row: Any, stretch: Any, audio: str, scorer: Scorer) -> None:
        """Take the scores of a track, those that are kept if there are any; nothing of its audio stays.

        row, stretch : of the track, and what is to be heard of it, if anything is
        audio : digest of the track's files
        """
        found = self._kept.load(row.track_id, audio)
        if found is None or stretch is not None or self._system.separated:
            folder, target = self._job.tracks / row.track_id, self._job.settings["target"]
            estimates = separated(self._separator(), folder, target, self._stft, row.n_samples)
            self._write_audio(estimates, row.track_id, stretch)
        if found is None:
            found = SystemScores(
                scorer().score(estimates, self._system.name),
                whole_track_scores(scorer().references, estimates),
            )
            self._kept.keep(row.track_id, audio, found)
        where = self._system.name, row.track_id, row.track
        targets = self._job.targets
        self._frames.append(score_frame_table(found.frames, *where, targets, self._job.settings["hop_s"]))
        self._whole.append(whole_track_table(found.whole_track, *where, targets))

    def write(self) -> None:
        """Write the tables of all tracks, where they are asked for."""
        if self._system.frames and self._system.whole_tracks:
            write_large_table(self._system.frames, pd.concat(self._frames), FrameScores)
            write_table(self._system.whole_tracks, pd.concat(self._whole), WholeTrackScores)

    def _write_audio(self, estimates: StackedAudio, track_id: str, stretch: Any) -> None:
        """Write the stretch that is to be heard, if there is one, and the whole target, if it is kept.

        The accompaniment is the mixture minus that.
        """
        system = self._system
        if stretch is not None and system.excerpts:
            part = slice(stretch.first_sample, stretch.first_sample + stretch.n_samples)
            for name, estimate in zip(self._job.targets, estimates, strict=True):
                write_wav(system.excerpts / track_id / f"{name}.wav", estimate[part].T)
        if system.separated:
            write_audio(system.separated / track_id, estimates[0, :].T, self._job.audio_subtype)
