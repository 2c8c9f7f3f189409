"""Short audio excerpts for the report: their common level, and their coding for a web page."""

import io
from collections.abc import Iterable

import numpy as np
import soundfile
from numpy.typing import NDArray

MP3_COMPRESSION = 0.4  # of libsndfile, 0 best to 1 smallest; gives 120-160 kbit/s in stereo
PEAK = 0.98  # louder signals are scaled down: MP3 decoders clip at 1


def common_gain(signals: Iterable[NDArray[np.float32]]) -> float:
    """The gain, at most 1, with which none of these signals clips: one for all, so that loudness compares."""
    peak = max((float(np.max(np.abs(audio), initial=0.0)) for audio in signals), default=0.0)
    return PEAK / max(peak, PEAK)


def mp3_bytes(audio: NDArray[np.float32], sample_rate_hz: int) -> bytes:
    """Code audio (n_channels, n_samples), full scale 1, as MP3, which every browser plays."""
    buffer = io.BytesIO()
    soundfile.write(
        buffer,
        audio.T,
        sample_rate_hz,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=MP3_COMPRESSION,
    )
    return buffer.getvalue()
