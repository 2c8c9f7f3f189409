"""Scores of single tracks, kept beside a system's tables: a new track, or a killed job, costs no other track.

Snakemake deletes a job's outputs as it starts the job again. What is kept here it does not know; it counts as
long as system, settings, code and the track's audio are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from singmap.files.unfinished import Entry, UnfinishedRun
from singmap.runtime.records import content_digest
from singmap.scoring.correlations import Floats
from singmap.scoring.track_scores import TrackScores


@dataclass(frozen=True)
class SystemScores:
    """All scores of one system on one track.

    frames : of its score frames
    whole_track : (2, n_targets) in dB, see `whole_track`
    """

    frames: TrackScores
    whole_track: Floats


def audio_digest(files: Sequence[Path]) -> str:
    """Digest of a track's decoded files, which its scores depend on."""
    return " ".join(map(content_digest, files))


class KeptScores:
    """The scores of one system that are kept, by track.

    run : of the system, with its settings and its code
    """

    def __init__(self, run: UnfinishedRun):
        self._run = run

    def load(self, track_id: str, audio: str) -> SystemScores | None:
        """Scores of a track whose audio has this digest; None where there are none."""
        entry = self._run.load(track_id)
        if entry is None or entry.facts["audio"] != audio:
            return None
        arrays = entry.arrays
        frames = TrackScores(arrays["values"], arrays["withheld"], entry.facts["flags"])
        return SystemScores(frames, arrays["whole_track"])

    def keep(self, track_id: str, audio: str, scores: SystemScores) -> None:
        """Keep the scores of a track."""
        arrays = {
            "values": scores.frames.values,
            "withheld": scores.frames.withheld,
            "whole_track": scores.whole_track,
        }
        self._run.keep(track_id, Entry(arrays, {"audio": audio, "flags": scores.frames.flags}))
