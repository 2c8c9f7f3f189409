"""Find the tracks of a data set on disk: MUSDB18's stem files and WAV folders, and folders of one's own.

MUSDB18 and its kin are listed by the `musdb` package, so that the official split into training, validation
and test tracks is musdb's own.
"""

from pathlib import Path
from typing import Protocol, TypedDict

import ffmpeg
import musdb
import soundfile
import stempeg

from singmap.data.tracks import SUBSETS, Stem
from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE, SAMPLE_RATE_HZ
from singmap.runtime.errors import AGAIN, InputError

SETUP_FILE = "musdb.yaml"  # beside train/ and test/: replaces musdb's own set-up
MUSDB_STEMS = (MIXTURE, "drums", "bass", "other", "vocals")  # in the order of a stem file's streams
MUSDB_SOURCES = set(MUSDB_STEMS) - {MIXTURE}
AUDIO_SUFFIXES = {".wav", ".flac", ".ogg", ".aiff", ".aif", ".mp3"}


class Description(TypedDict):
    """What the files of a track say of it; the fields of `singmap.data.tracks.Track`."""

    name: str
    n_samples: int
    sample_rate_hz: int
    stems: dict[str, Stem]


class FoundTrack(Description):
    """All fields of `singmap.data.tracks.Track` but its id."""

    subset: str


class AudioHeader(Protocol):
    """What `soundfile.info` tells of a file; `frames` are its samples per channel."""

    frames: int
    samplerate: int
    channels: int


def list_musdb(root: Path, is_wav: bool) -> list[FoundTrack]:
    """List the tracks of MUSDB18 (`is_wav` False: stem.mp4) or MUSDB18-HQ below `root`.

    Raises InputError for unreadable files, missing stems, and audio that is not stereo at 44.1 kHz or has no
    samples.
    """
    options = {"root": str(root), "is_wav": is_wav}
    if (root / SETUP_FILE).is_file():
        options["setup_file"] = SETUP_FILE
    found: list[FoundTrack] = []
    for subset, folder, split in (
        ("train", "train", "train"),
        ("valid", "train", "valid"),
        ("test", "test", None),
    ):
        try:
            database = musdb.DB(**options, subsets=folder, split=split)
        except (ffmpeg.Error, LookupError) as error:  # LookupError: a header without audio
            raise _unreadable(root, is_wav) from error
        describe = _describe_wav if is_wav else _describe_stem_file
        found += [{"subset": subset, **describe(track, root)} for track in database.tracks]
    return found


def _describe_stem_file(track: musdb.MultiTrack, root: Path) -> Description:
    n_streams = track.info.nb_audio_streams
    if n_streams != len(MUSDB_STEMS):
        raise InputError(
            track.path, f"{len(MUSDB_STEMS)} audio streams ({', '.join(MUSDB_STEMS)})", f"{n_streams}", AGAIN
        )
    stems = {MIXTURE: track.stem_id, **{name: stem.stem_id for name, stem in track.sources.items()}}
    lengths = {name: track.info.samples(stream) for name, stream in stems.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(track.path, "streams of equal length", f"{lengths} samples", AGAIN)
    for name, stream in stems.items():
        _check_format(
            f"{track.path} ({name})",
            track.info.sample_rate(stream),
            track.info.channels(stream),
            lengths[name],
        )
    path = str(Path(track.path).relative_to(root))
    return {
        "name": track.name,
        "n_samples": track.samples,
        "sample_rate_hz": track.rate,
        "stems": {name: Stem(path, stream) for name, stream in stems.items()},
    }


def _describe_wav(track: musdb.MultiTrack, root: Path) -> Description:
    files = {MIXTURE: Path(track.path)} | {name: Path(stem.path) for name, stem in track.sources.items()}
    missing = sorted(MUSDB_SOURCES - set(files)) + [MIXTURE] * (not files[MIXTURE].is_file())
    if missing:
        folder = str(Path(track.path).parent)
        raise InputError(folder, "a WAV file for every stem", f"no {', '.join(missing)}", AGAIN)
    for path, header in _headers(files).items():
        _check_format(str(path), header.samplerate, header.channels, header.frames)
    return _described(track.name, root, files)


def list_folder(root: Path) -> list[FoundTrack]:
    """List tracks laid out as ``<subset>/<track>/<stem>.<wav, flac, ...>`` below `root`.

    Any sample rate is taken (decoding resamples to 44.1 kHz), mono is taken, and the mixture may be
    missing (decoding sums the stems). ``others`` is read as ``accompaniment``. Raises InputError for
    unreadable files, stems of different length, and tracks with fewer than two stems.
    """
    folders = sorted(path for subset in SUBSETS for path in (root / subset).glob("*") if path.is_dir())
    return [{"subset": folder.parent.name, **_describe_folder(folder, root)} for folder in folders]


def _describe_folder(folder: Path, root: Path) -> Description:
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in AUDIO_SUFFIXES and not path.name.startswith("."):
            stem = ACCOMPANIMENT if path.stem == "others" else path.stem
            if stem in files:
                raise InputError(str(folder), "one file for each stem", f"{files[stem].name} and {path.name}")
            files[stem] = path
    sources = sorted(set(files) - {MIXTURE})
    if len(sources) < 2:
        raise InputError(
            str(folder), "the voice and its accompaniment as audio files", f"{sources or 'none'}"
        )
    if ACCOMPANIMENT in sources and len(sources) > 2:
        raise InputError(str(folder), "either accompaniment or single stems beside the voice", f"{sources}")
    return _described(folder.name, root, files)


def _described(name: str, root: Path, files: dict[str, Path]) -> Description:
    header = next(iter(_headers(files).values()))
    return {
        "name": name,
        "n_samples": header.frames,
        "sample_rate_hz": header.samplerate,
        "stems": {stem: Stem(str(path.relative_to(root))) for stem, path in files.items()},
    }


def _headers(files: dict[str, Path]) -> dict[Path, AudioHeader]:
    """Read the header of every file by its path; raise InputError for damage and for other lengths."""
    headers: dict[Path, AudioHeader] = {}
    for path in files.values():
        try:
            header = headers[path] = soundfile.info(path)
        except soundfile.LibsndfileError as error:
            raise InputError(
                str(path), "an audio file", f"damaged data ({error.error_string})", AGAIN
            ) from error
        first, expected = next(iter(headers.items()))
        if header.frames == 0:
            raise InputError(str(path), "audio", "no samples", AGAIN)
        if header.channels > 2:
            raise InputError(str(path), "mono or stereo", f"{header.channels} channels", "mix it down")
        if (header.frames, header.samplerate) != (expected.frames, expected.samplerate):
            raise InputError(
                str(path),
                f"{expected.frames} samples at {expected.samplerate} Hz as in {first.name}",
                f"{header.frames} at {header.samplerate} Hz",
                "make the stems of a track equally long",
            )
    return headers


def _check_format(where: str, sample_rate_hz: int, n_channels: int, n_samples: int) -> None:
    """Refuse what MUSDB18 never holds: folders of one's own may hold it, with `dataset.name: folder`."""
    remedy = "use dataset.name: folder for audio of other formats"
    if sample_rate_hz != SAMPLE_RATE_HZ:
        raise InputError(where, f"audio at {SAMPLE_RATE_HZ} Hz", f"{sample_rate_hz} Hz", remedy)
    if n_channels != 2:
        raise InputError(where, "2 channels", f"{n_channels}", remedy)
    if n_samples == 0:
        raise InputError(where, "audio", "no samples", AGAIN)


def _unreadable(root: Path, is_wav: bool) -> InputError:
    """Name the file whose header made musdb stop."""
    for path in sorted(root.glob("*/*/mixture.wav" if is_wav else "*/*.stem.mp4")):
        try:
            stempeg.Info(str(path)).samples(0)
        except ffmpeg.Error as error:
            reason = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
            return InputError(str(path), "an audio file", f"damaged data ({' '.join(reason)})", AGAIN)
        except LookupError:
            return InputError(str(path), "audio", "no samples", AGAIN)
    return InputError(str(root), "readable audio files", "one that ffprobe refuses", AGAIN)
