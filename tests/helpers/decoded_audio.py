"""Decoded test tracks on disk, as the rule decode_tracks leaves them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from singmap.files.wav import write_wav
from tests.helpers import study_tables


def write_decoded(folder: Path, audio: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, Path]:
    """Write {track_id: {stem: (2, n_samples) or (n_samples,)}}; return the arguments `index` and `tracks`."""
    files = {"index": folder / "audio/index.csv", "tracks": folder / "audio/tracks"}
    lengths = [next(iter(stems.values())).shape[-1] for stems in audio.values()]
    names = {track_id: track_id.upper() for track_id in audio}
    files["tracks"].mkdir(parents=True)
    study_tables.decoded_tracks(names, lengths).to_csv(files["index"], index=False)
    for track_id, stems in audio.items():
        for stem, signal in stems.items():
            stereo = np.broadcast_to(signal, (2, signal.shape[-1])).astype(np.float32)
            write_wav(files["tracks"] / track_id / f"{stem}.wav", stereo)
    return files
