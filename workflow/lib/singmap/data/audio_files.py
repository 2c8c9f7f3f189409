"""Read the stems of a track in one pass and in blocks, so that memory does not grow with its length.

Files of any format that soundfile reads, resampled by soxr if need be, rounded to 16 bits. Stem files have a
module of their own, `singmap.data.stem_files`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from singmap.data.open_audio import open_audio
from singmap.data.tracks import Stem
from singmap.data.whole_files import require_whole
from singmap.files.audio_format import SAMPLE_RATE_HZ
from singmap.runtime.errors import AGAIN, InputError

BLOCK_SAMPLES = 1 << 16
MP3_FRAME = 1152  # samples: MP3 files that promise no length are estimated up to it
LIST_AGAIN = "run snakemake --forcerun fetch_dataset to list changed files"
STEPS = 1 << 15  # of 16-bit audio in one half of full scale


def stem_blocks(
    stems: dict[str, Stem], root: Path, n_samples: int
) -> Iterator[dict[str, NDArray[np.float32]]]:
    """Yield consecutive stereo blocks (n_samples, 2) at 44.1 kHz of several stems of one track.

    Mono is copied to both channels, and samples are rounded to 16 bits. `n_samples` at the files'
    own rate were found when they were listed: raises InputError when files hold, or deliver, others.
    """
    readers = {name: _file_blocks(root / stem.path, n_samples) for name, stem in stems.items()}
    nothing = np.empty((0, 2), np.float32)
    while True:
        block = {name: next(reader, nothing) for name, reader in readers.items()}
        lengths = {len(audio) for audio in block.values()}
        if len(lengths) > 1:
            path = root / next(iter(stems.values())).path
            raise InputError(str(path), "stems of equal length", "different lengths", AGAIN)
        if lengths == {0}:
            return
        yield block


def _file_blocks(path: Path, n_samples: int) -> Iterator[NDArray[np.float32]]:
    n_read = 0
    try:
        require_whole(path)
        with open_audio(path) as file:
            if file.frames != n_samples:
                raise InputError(str(path), f"{n_samples} samples, as listed", f"{file.frames}", LIST_AGAIN)
            resampler = None
            if file.samplerate != SAMPLE_RATE_HZ:
                resampler = soxr.ResampleStream(file.samplerate, SAMPLE_RATE_HZ, file.channels, quality="VHQ")
            while True:
                audio = file.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)
                n_read += len(audio)
                if not np.isfinite(audio).all():
                    raise InputError(str(path), "finite samples", "NaN or infinity", AGAIN)
                is_last = len(audio) < BLOCK_SAMPLES
                if resampler is not None:
                    audio = resampler.resample_chunk(audio, last=is_last)
                audio = to_16_bits(audio)
                if len(audio) or not is_last:
                    yield np.repeat(audio, 2, axis=1) if file.channels == 1 else audio
                if is_last:
                    break
            if n_read < n_samples - (MP3_FRAME if file.format == "MP3" else 0):
                found = f"{n_read}; it was cut short"
                raise InputError(str(path), f"{n_samples} samples, as it promises", found, AGAIN)
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), "readable audio", f"{error.error_string}", AGAIN) from error


def to_16_bits(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to the steps of 16-bit audio, as the musdb package does to stem files; nothing is clipped.

    BSSEval fits filters of 512 taps to the true sources. Where these are band-limited (MP3, AAC), it is the
    rounding at -101 dBFS that fills the empty bands: on finer samples the filters' gains there grow without
    bound, and scores become those of inaudible noise. What has 16 bits already keeps every bit.
    """
    rounded: NDArray[np.float32] = np.rint(audio * np.float32(STEPS)) / np.float32(STEPS)
    return rounded
