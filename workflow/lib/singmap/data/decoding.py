"""Write a track's mixture, target and accompaniment as WAV files, in memory that does not grow with it."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import soundfile
from numpy.typing import NDArray

from singmap.data.audio_files import BLOCK_SAMPLES, stem_blocks
from singmap.data.stem_files import decode_stem_file, is_stem_file
from singmap.data.tracks import Track
from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE, SAMPLE_RATE_HZ
from singmap.runtime.errors import AGAIN, InputError

Block = dict[str, NDArray[np.float32]]  # of each file's name, (n_samples, n_channels)


@dataclass(frozen=True)
class DecodedTrack:
    """What was written for one track: a row of the table DecodedTracks."""

    track_id: str
    track: str
    subset: str
    n_samples: int
    target_is_silent: bool


def decode_track(
    track: Track, root: Path, target: str, folder: Path, with_accompaniment: bool
) -> DecodedTrack:
    """Write ``<folder>/<track_id>/{mixture,<target>,accompaniment}.wav`` as 32-bit float at 44.1 kHz.

    Parameters
    ----------
    root : the data set's folder, which the stems' paths are relative to
    target : the stem under study; the sum of all other sources is its accompaniment
    with_accompaniment : True: three stereo files (to score against); False: the mean of both channels
        of mixture and target only (to train on)

    Raises InputError when the target is not among the stems, and for damaged, empty or non-finite audio.
    """
    if target not in track.sources():
        raise InputError(
            f"track {track.name!r}",
            f"a stem named {target}",
            ", ".join(track.sources()),
            "change dataset.target",
        )
    part = folder / f".part-{track.track_id}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    if is_stem_file(track):
        streams = {name: stem.stream for name, stem in track.stems.items()}
        mixes = {MIXTURE: [streams.pop(MIXTURE)], target: [streams.pop(target)]}
        if with_accompaniment:
            mixes[ACCOMPANIMENT] = sorted(streams.values())
        path = root / track.stems[target].path
        decode_stem_file(path, mixes, part, is_mono=not with_accompaniment)
    else:
        _write_blocks(part, _mixed_blocks(track, root, target, with_accompaniment))
    n_samples = _length(track, part)
    is_silent = not any(block.any() for block in soundfile.blocks(part / f"{target}.wav", BLOCK_SAMPLES))
    shutil.rmtree(folder / track.track_id, ignore_errors=True)
    part.rename(folder / track.track_id)
    return DecodedTrack(track.track_id, track.name, track.subset, n_samples, is_silent)


def _length(track: Track, folder: Path) -> int:
    """Return the number of samples of every file that was written; raises InputError where they differ."""
    lengths: dict[str, int] = {path.stem: soundfile.info(path).frames for path in folder.glob("*.wav")}
    if not any(lengths.values()):
        raise InputError(f"track {track.name!r}", "audio", "no samples", AGAIN)
    if len(set(lengths.values())) > 1:
        raise InputError(f"track {track.name!r}", "streams of equal length", f"{lengths} samples", AGAIN)
    return next(iter(lengths.values()))


def _write_blocks(folder: Path, blocks: Iterator[Block]) -> None:
    """Write each name of the blocks to a WAV file."""
    with contextlib.ExitStack() as stack:
        files: dict[str, soundfile.SoundFile] = {}
        for block in blocks:
            for name, audio in block.items():
                if name not in files:
                    handle = stack.enter_context((folder / f"{name}.wav").open("wb", buffering=0))
                    files[name] = stack.enter_context(_wav_writer(handle, audio.shape[1]))
                files[name].write(audio)


def decoded_bytes(track: Track, with_accompaniment: bool) -> int:
    """Size on disk of what `decode_track` writes, in bytes, up to file headers."""
    n_samples = int(np.ceil(track.n_samples * SAMPLE_RATE_HZ / track.sample_rate_hz))
    return n_samples * 4 * (6 if with_accompaniment else 2)


def _mixed_blocks(track: Track, root: Path, target: str, with_accompaniment: bool) -> Iterator[Block]:
    """Yield blocks (n_samples, n_channels) of mixture, target and, if wanted, accompaniment."""
    has_mixture = MIXTURE in track.stems
    needs_others = with_accompaniment or not has_mixture
    others = [name for name in track.sources() if name != target and needs_others]
    wanted = [target, *others, *([MIXTURE] if has_mixture else [])]
    for stems in stem_blocks({name: track.stems[name] for name in wanted}, root):
        accompaniment = sum((stems[name] for name in others), start=np.zeros_like(stems[target]))
        mixture = stems[MIXTURE] if has_mixture else stems[target] + accompaniment
        if with_accompaniment:
            yield {target: stems[target], ACCOMPANIMENT: accompaniment, MIXTURE: mixture}
        else:
            yield {target: _mono(stems[target]), MIXTURE: _mono(mixture)}


def _mono(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    return (audio[:, :1] + audio[:, 1:]) * np.float32(0.5)


def _wav_writer(handle: IO[bytes], n_channels: int) -> soundfile.SoundFile:
    """Write through a handle: libsndfile would wait for the disk when it closes a file of its own."""
    return soundfile.SoundFile(handle, "w", SAMPLE_RATE_HZ, n_channels, subtype="FLOAT", format="WAV")
