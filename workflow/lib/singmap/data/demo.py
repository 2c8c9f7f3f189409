"""The embedded demo data set: one song's excerpt, remixed into a small data set in MUSDB-HQ's layout.

The excerpt is the example that the `stempeg` package ships (6 s of "The Easton Ellises - Falcon 69", a
MUSDB18 test track: mixture, drums, bass, other, vocals). The first third, which is sung, becomes training
and validation tracks by seeded remixing; the untouched rest is cut into two test tracks of 2 s: a pause
that ends with a phrase, and a sung part. So models are tested on seconds that they never saw, but of the
same song: the demo shows the machinery, not how well a model would do on other music.

It is written as WAV, in the layout of MUSDB18-HQ, because encoding AAC again would lose quality and shift
the audio by the encoder's delay: the test tracks hold exactly the samples that `stempeg` decodes.
"""

from pathlib import Path
from typing import TypedDict

import musdb
import numpy as np
import soundfile
import soxr
import stempeg
import yaml
from numpy.typing import NDArray

from singmap.data.layouts import SETUP_FILE
from singmap.data.stem_streams import MUSDB_STEMS
from singmap.files.audio_format import SAMPLE_RATE_HZ

# The encoder left 3072 samples of silence and click at the start, and as much at the end.
EXCERPT_START, EXCERPT_END = 3072, 266240
TEST_SAMPLES = 2 * SAMPLE_RATE_HZ
TEST_NAMES = ("Falcon 69 - pause and phrase", "Falcon 69 - sung part")
GAIN_RANGE_DB = (-4.0, 4.0)
PITCH_RANGE_SEMITONES = (-3.0, 3.0)
PEAK_LIMIT = 0.99


class DemoSettings(TypedDict):
    """Keyword arguments of `write_demo` but its root: section ``demo`` of the configuration."""

    train_remixes: int
    valid_remixes: int
    seed: int


def write_demo(root: str | Path, train_remixes: int, valid_remixes: int, seed: int) -> None:
    """Write the demo data set below `root`: train/ and test/ folders and musdb's set-up file.

    The set-up file is musdb's own with the demo's validation tracks: ``musdb.DB(root,
    setup_file="musdb.yaml", is_wav=True)`` reads the data set.
    """
    root = Path(root)
    stems = _read_excerpt()
    first_test = EXCERPT_END - TEST_SAMPLES * len(TEST_NAMES)
    for number, name in enumerate(TEST_NAMES):
        start = first_test + number * TEST_SAMPLES
        _write_track(root / "test" / name, stems[:, start : start + TEST_SAMPLES])
    sources = stems[1:, EXCERPT_START:first_test]
    names = [f"Falcon 69 - remix {number:03d}" for number in range(train_remixes + valid_remixes)]
    for number, name in enumerate(names):
        _write_track(root / "train" / name, remix(sources, np.random.default_rng([seed, number])))
    _write_setup(root / SETUP_FILE, names[train_remixes:])


def remix(sources: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Make a new version of a song: other gains, channels, pitch, and voice over shifted accompaniment.

    Parameters
    ----------
    sources : stereo stems (n_sources, n_samples, 2), the voice last

    Returns
    -------
    mixture and sources (1 + n_sources, n_new_samples, 2); the mixture is the sum and does not clip
    """
    gains = 10 ** (generator.uniform(*GAIN_RANGE_DB, size=(len(sources), 1, 1)) / 20)
    changed = sources * gains
    if generator.random() < 0.5:
        changed = changed[:, :, ::-1]
    changed[-1] = np.roll(changed[-1], generator.integers(changed.shape[1]), axis=0)
    speed = 2 ** (generator.uniform(*PITCH_RANGE_SEMITONES) / 12)
    changed = np.stack([soxr.resample(source, speed, 1.0) for source in changed])
    mixture = changed.sum(axis=0, keepdims=True)
    scale: float = min(1.0, PEAK_LIMIT / np.abs(mixture).max())
    return np.concatenate([mixture, changed]) * scale


def _read_excerpt() -> NDArray[np.float64]:
    stems: NDArray[np.float64]
    stems, _ = stempeg.read_stems(stempeg.example_stem_path(), ffmpeg_format="s16le")
    return stems


def _write_track(folder: Path, stems: NDArray[np.float64]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, audio in zip(MUSDB_STEMS, stems, strict=True):
        # As integers: soundfile would scale floats by 32767, while decoders divide by 32768.
        samples = np.clip(np.round(audio * 32768), -32768, 32767).astype(np.int16)
        soundfile.write(folder / f"{name}.wav", samples, SAMPLE_RATE_HZ, subtype="PCM_16")


def _write_setup(path: Path, valid_names: list[str]) -> None:
    setup = yaml.safe_load((Path(musdb.__file__).parent / "configs" / "mus.yaml").read_text())
    path.write_text(yaml.safe_dump({**setup, "validation_tracks": valid_names}, sort_keys=False))
