"""Decode the chosen tracks of one subset to WAV files, several tracks at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from singmap.data.decoding import DecodedTrack, decode_track, decoded_bytes, require_target
from singmap.data.tracks import Track, read_manifest, select_tracks
from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.files.storage import FullDiskError
from singmap.files.tables import DecodedTracks, rows_of, write_table
from singmap.runtime.disk import require_disk
from singmap.runtime.errors import InputError, joined
from singmap.runtime.job import run
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress


def main(*, manifest: Path, index: Path, tracks: Path, settings: dict[str, Any], threads: int) -> None:
    """Write a folder of WAV files for every track to `tracks` and their list to `index`.

    `settings` are the subset, its selection and the target. Test tracks keep both channels and get an
    accompaniment to score against; those for training and validation are mono, mixture and target only.
    """
    dataset = read_manifest(manifest)
    if not dataset.root.is_dir():
        remedy = "put it back, or run snakemake --forcerun fetch_dataset"
        raise InputError(str(dataset.root), f"the data set {dataset.name}", "nothing", remedy)
    subset, target = settings["subset"], settings["target"]
    chosen = select_tracks(dataset.tracks, subset, settings["selection"])
    require_target(chosen, target)
    if settings["selection"] != "all":
        _tell(f"decode {subset}", "chosen", [track.name for track in chosen])
    is_test = subset == "test"
    at_once = 0 if is_test else threads * max(decoded_bytes(track, True) for track in chosen)
    n_bytes = at_once + sum(decoded_bytes(track, is_test) for track in chosen)
    require_disk(tracks, n_bytes, f"decoded {subset} tracks")
    other_rate = [track.name for track in chosen if track.sample_rate_hz != SAMPLE_RATE_HZ]
    _tell(f"decode {subset}", f"resampled to {SAMPLE_RATE_HZ} Hz", other_rate)
    progress = Progress(f"decode {subset}", len(chosen), "tracks")
    problems: list[InputError] = []

    def decoded(track: Track) -> DecodedTrack | None:
        try:
            return decode_track(track, dataset.root, target, tracks, is_test)
        except FullDiskError:
            raise
        except InputError as error:
            problems.append(error)
            return None

    with ThreadPoolExecutor(threads) as pool:
        rows = list(progress.over(pool.map(decoded, chosen)))
    if problems:
        raise joined(f"{subset} tracks", "audio that can be used", problems)
    table = pd.DataFrame([asdict(row) for row in rows if row])
    for row in rows_of(table[table.remarks != ""]):
        tell_user(f"[decode {subset}] WARNING: {row.track!r}: {row.remarks}")
    silent = table.loc[table.target_is_silent, "track"]
    _tell(f"decode {subset}", f"kept, though {target} is silent throughout", list(silent))
    write_table(index, table, DecodedTracks)


def _tell(stage: str, fact: str, names: list[str]) -> None:
    if names:
        tell_user(f"[{stage}] {fact}: {', '.join(map(repr, names))}")


if __name__ == "__main__":
    run(main)
