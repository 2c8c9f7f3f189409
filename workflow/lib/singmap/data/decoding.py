"""Write a track's mixture, target and accompaniment as WAV files, in memory that does not grow with it."""

import collections
import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import soundfile

from singmap.data.audio_checks import AudioChecks, Block, to_mono
from singmap.data.audio_files import BLOCK_SAMPLES, stem_blocks
from singmap.data.stem_files import decode_stem_file, is_stem_file
from singmap.data.tracks import Track
from singmap.data.whole_files import require_whole
from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE, SAMPLE_RATE_HZ
from singmap.runtime.errors import AGAIN, InputError


@dataclass(frozen=True)
class DecodedTrack:
    """What was written for one track: a row of the table DecodedTracks."""

    track_id: str
    track: str
    subset: str
    n_samples: int
    target_is_silent: bool
    mixture_difference_db: float
    content_sha256: str
    remarks: str


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

    All sources are decoded in both cases: their sum is compared with the mixture. Raises InputError when the
    target is not among the stems, and for damaged, empty, non-finite or impossible audio.
    """
    part = folder / f".part-{track.track_id}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    checks = AudioChecks(track.name, target)
    if is_stem_file(track):
        stereo = part if with_accompaniment else part / "stereo"
        stereo.mkdir(exist_ok=True)
        _decode_streams(track, root, target, stereo)
        blocks = checks.over(_written_blocks(stereo, (MIXTURE, target, ACCOMPANIMENT)))
    else:
        blocks = checks.over(_mixed_blocks(track, root, target))
    if not with_accompaniment:
        _write_blocks(part, ({name: to_mono(block[name]) for name in (MIXTURE, target)} for block in blocks))
    elif is_stem_file(track):
        collections.deque(blocks, maxlen=0)
    else:
        _write_blocks(part, blocks)
    shutil.rmtree(part / "stereo", ignore_errors=True)
    n_samples = _length(track, part)
    checks.require_possible()
    shutil.rmtree(folder / track.track_id, ignore_errors=True)
    part.rename(folder / track.track_id)
    return DecodedTrack(
        *(track.track_id, track.name, track.subset, n_samples, checks.target_is_silent),
        *(checks.mixture_difference_db, checks.digest, "; ".join(checks.remarks())),
    )


def require_target(tracks: list[Track], target: str) -> None:
    """Raise one InputError that names all tracks without the stem under study."""
    without = [track for track in tracks if target not in track.sources()]
    if without:
        expected = f"a stem named {target}"
        lines = [f"{track.name!r} has {', '.join(track.sources())}" for track in without]
        found = lines[0] if len(lines) == 1 else f"{len(lines)} tracks without one:"
        raise InputError("dataset.target", expected, found, "change it", lines if len(lines) > 1 else ())


def _decode_streams(track: Track, root: Path, target: str, folder: Path) -> None:
    """Write the three signals of a stem file to `folder`; raises InputError when less comes than promised."""
    streams = {name: stem.stream for name, stem in track.stems.items()}
    mixes = {MIXTURE: [streams.pop(MIXTURE)], target: [streams.pop(target)]}
    path = root / track.stems[target].path
    require_whole(path)
    decode_stem_file(path, {**mixes, ACCOMPANIMENT: sorted(streams.values())}, folder)
    if (n_samples := _length(track, folder)) < track.n_samples:
        raise InputError(str(path), f"{track.n_samples} samples, as it promises", f"{n_samples}", AGAIN)


def _written_blocks(folder: Path, names: tuple[str, ...]) -> Iterator[Block]:
    """Yield blocks of files that were just written, (n_samples, 2) each."""
    with contextlib.ExitStack() as stack:
        files = {name: stack.enter_context(soundfile.SoundFile(folder / f"{name}.wav")) for name in names}
        while len(files[MIXTURE]) > files[MIXTURE].tell():
            yield {name: file.read(BLOCK_SAMPLES, dtype="float32") for name, file in files.items()}


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


def _mixed_blocks(track: Track, root: Path, target: str) -> Iterator[Block]:
    """Yield blocks (n_samples, 2) of mixture, target and accompaniment; a missing mixture is the sum."""
    others = [name for name in track.sources() if name != target]
    for stems in stem_blocks(track.stems, root, track.n_samples):
        accompaniment = sum((stems[name] for name in others), start=np.zeros_like(stems[target]))
        mixture = stems.get(MIXTURE, stems[target] + accompaniment)
        yield {target: stems[target], ACCOMPANIMENT: accompaniment, MIXTURE: mixture}


def _wav_writer(handle: IO[bytes], n_channels: int) -> soundfile.SoundFile:
    """Write through a handle: libsndfile would wait for the disk when it closes a file of its own."""
    return soundfile.SoundFile(handle, "w", SAMPLE_RATE_HZ, n_channels, subtype="FLOAT", format="WAV")
