"""Find the tracks of a data set on disk: MUSDB18's stem files and WAV folders, and folders of one's own.

Which training tracks of MUSDB18 and its kin are for validation says the `musdb` package's own list. All that
is wrong with a data set is named at once, before anything long begins.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypedDict

import musdb
import soundfile
import yaml

from singmap.data.names import composed, entries, is_other_mix, require_utf8, stem_name, track_name
from singmap.data.open_audio import open_audio
from singmap.data.stem_files import SUFFIX
from singmap.data.stem_streams import MUSDB_STEMS, stem_streams
from singmap.data.track_files import AUDIO_SUFFIXES
from singmap.data.tracks import SUBSETS, Stem
from singmap.data.whole_files import require_whole
from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE, SAMPLE_RATE_HZ
from singmap.runtime.errors import AGAIN, InputError, joined
from singmap.runtime.logs import tell_user

SETUP_FILE = "musdb.yaml"  # beside train/ and test/: replaces musdb's own set-up
MUSDB_SUFFIX = {".wav"}
OTHER_SUFFIXES = {".m4a", ".aac", ".mp4", ".wma", ".caf", ".wv", ".ape", ".alac", ".webm", ".mka"}
EQUALLY_LONG = "make the stems of a track equally long"
ONE_RATE = "resample the stems of a track to one rate"


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
    """What the header of an audio file tells; `frames` are its samples per channel."""

    frames: int
    samplerate: int
    channels: int


Candidate = tuple[str, Path]  # subset, and the file or folder of a track
Describe = Callable[[Path, Path], Description]  # of a track below the data set's root


def list_musdb(root: Path, is_wav: bool) -> list[FoundTrack]:
    """List the tracks of MUSDB18 (`is_wav` False: stem.mp4) or MUSDB18-HQ below `root`.

    Raises InputError that names all unreadable files, missing stems, and audio that is not stereo at 44.1
    kHz, is cut short or has no samples.
    """
    validation, suffix = _validation_names(root), "" if is_wav else SUFFIX
    found: list[Candidate] = []
    for folder in ("train", "test"):
        for path in entries(root / folder):
            if path.is_dir() if is_wav else path.is_file() and path.name.endswith(SUFFIX):
                is_valid = folder == "train" and composed(path.name.removesuffix(suffix)) in validation
                found.append(("valid" if is_valid else folder, path))
    return _described_all(root, found, _describe_wav if is_wav else _describe_stem_file)


def list_folder(root: Path) -> list[FoundTrack]:
    """List tracks laid out as ``<subset>/<track>/<stem>.<wav, flac, ...>`` below `root`.

    Any sample rate is taken (decoding resamples to 44.1 kHz), mono is taken, and the mixture may be
    missing (decoding sums the stems). ``others`` is read as ``accompaniment``; a mix by another name is left
    out, aloud. Raises InputError that names all unreadable files, stems of different length, and tracks with
    fewer than two stems.
    """
    found = [(subset, path) for subset in SUBSETS for path in entries(root / subset) if path.is_dir()]
    return _described_all(root, found, _describe_folder)


def _validation_names(root: Path) -> set[str]:
    """Names of the training tracks that are for validation: by the data set's own set-up, or musdb's."""
    path = root / SETUP_FILE
    if not path.is_file():
        path = Path(musdb.__file__).parent / "configs" / "mus.yaml"
    setup = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {composed(name) for name in setup["validation_tracks"]}


def _described_all(root: Path, candidates: Iterable[Candidate], describe: Describe) -> list[FoundTrack]:
    """Describe every track; raises one InputError with all problems, or the only one itself."""
    found: list[FoundTrack] = []
    problems: list[InputError] = []
    places: dict[tuple[str, str], Path] = {}
    for subset, path in candidates:
        try:
            description = describe(path, root)
            other = places.setdefault((subset, description["name"]), path)
            if other != path:
                names = f"{other.name!a} and {path.name!a}"
                raise InputError(str(path.parent), "every name once", names, "rename or remove one of them")
            found.append({"subset": subset, **description})
        except InputError as error:
            problems.append(error)
    if problems:
        raise joined(str(root), "tracks that can be used", problems)
    return found


def _describe_stem_file(path: Path, root: Path) -> Description:
    name = track_name(path, SUFFIX)
    streams = stem_streams(path)
    require_whole(path)
    lengths = {stream.stem: stream.n_samples for stream in streams}
    if len(set(lengths.values())) > 1:
        raise InputError(str(path), "streams of equal length", f"{lengths} samples", AGAIN)
    for stream in streams:
        where = f"{path} ({stream.stem})"
        _check_format(where, stream.sample_rate_hz, stream.n_channels, stream.n_samples)
    place = str(path.relative_to(root))
    return {
        "name": name,
        "n_samples": streams[0].n_samples,
        "sample_rate_hz": streams[0].sample_rate_hz,
        "stems": {stream.stem: Stem(place, number) for number, stream in enumerate(streams)},
    }


def _describe_wav(folder: Path, root: Path) -> Description:
    name, found = track_name(folder), _stem_files(folder, MUSDB_SUFFIX)
    files = {stem: found[stem] for stem in MUSDB_STEMS if stem in found}
    if missing := sorted(set(MUSDB_STEMS) - set(files)):
        expected, remedy = "a WAV file for every stem", _advice(folder, MUSDB_SUFFIX, AGAIN)
        raise InputError(str(folder), expected, f"no {', '.join(missing)}", remedy)
    for path, header in _headers(files).items():
        _check_format(str(path), header.samplerate, header.channels, header.frames)
    return _described(name, root, files)


def _describe_folder(folder: Path, root: Path) -> Description:
    name, files = track_name(folder), _stem_files(folder, AUDIO_SUFFIXES)
    if mixes := [path.name for stem, path in files.items() if is_other_mix(stem)]:
        why = f"is no source; call it {MIXTURE} if it is the sum of the stems"
        tell_user(f"[list tracks] {folder}: left out {', '.join(map(repr, mixes))}: a mix {why}")
        files = {stem: path for stem, path in files.items() if not is_other_mix(stem)}
    sources = sorted(set(files) - {MIXTURE})
    if len(sources) < 2:
        expected, found = "the target and at least one other stem as audio files", f"{sources or 'none'}"
        raise InputError(
            str(folder), expected, found, _advice(folder, AUDIO_SUFFIXES, "docs/data.md: Layouts")
        )
    if ACCOMPANIMENT in sources and len(sources) > 2:
        raise InputError(str(folder), "either accompaniment or single stems beside the target", f"{sources}")
    return _described(name, root, files)


def _stem_files(folder: Path, suffixes: set[str]) -> dict[str, Path]:
    """The audio files of a track's folder by the stem that each holds; folders in it are left alone."""
    files: dict[str, Path] = {}
    for path in entries(folder):
        if path.suffix.lower() in suffixes and path.is_file():
            require_utf8(path)
            stem = stem_name(path.stem)
            if stem in files:
                raise InputError(str(folder), "one file for each stem", f"{files[stem].name} and {path.name}")
            files[stem] = path
    return files


def _advice(folder: Path, suffixes: set[str], otherwise: str) -> str:
    """What to do about missing stems, judged by what else lies in the folder."""
    other = [
        path
        for path in entries(folder)
        if path.suffix.lower() in (OTHER_SUFFIXES | AUDIO_SUFFIXES) - suffixes
    ]
    inside = [path for path in entries(folder) if path.is_dir() and _stem_files(path, suffixes)]
    if other:
        endings = ", ".join(sorted(suffixes))
        return f"convert {other[0].name} and its like: the endings that work are {endings}"
    if inside:
        return f"the audio lies too deep, in {inside[0].name}: move that folder to {folder.parent.name}/"
    return otherwise


def _described(name: str, root: Path, files: Mapping[str, Path]) -> Description:
    header = next(iter(_headers(files).values()))
    return {
        "name": name,
        "n_samples": header.frames,
        "sample_rate_hz": header.samplerate,
        "stems": {stem: Stem(str(path.relative_to(root))) for stem, path in files.items()},
    }


def _headers(files: Mapping[str, Path]) -> dict[Path, AudioHeader]:
    """Read the header of every file by its path; raise InputError for damage and for other lengths."""
    headers: dict[Path, AudioHeader] = {}
    for path in files.values():
        header = headers[path] = _header(path)
        first, expected = next(iter(headers.items()))
        if header.samplerate != expected.samplerate:
            rates = f"{expected.samplerate} Hz as in {first.name}"
            raise InputError(str(path), rates, f"{header.samplerate} Hz", ONE_RATE)
        if header.frames != expected.frames:
            lengths = f"{expected.frames} samples as in {first.name}"
            raise InputError(str(path), lengths, f"{header.frames}", EQUALLY_LONG)
    return headers


def _header(path: Path) -> AudioHeader:
    try:
        with open_audio(path) as audio:
            header: AudioHeader = audio
    except soundfile.LibsndfileError as error:
        raise InputError(str(path), "an audio file", f"damaged data ({error.error_string})", AGAIN) from error
    if header.frames == 0:
        raise InputError(str(path), "audio", "no samples", AGAIN)
    if header.channels > 2:
        raise InputError(str(path), "mono or stereo", f"{header.channels} channels", "mix it down")
    require_whole(path)
    return header


def _check_format(where: str, sample_rate_hz: int, n_channels: int, n_samples: int) -> None:
    """Refuse what MUSDB18 never holds: folders of one's own may hold it, with `dataset.name: folder`."""
    remedy = "use dataset.name: folder for audio of other formats"
    if sample_rate_hz != SAMPLE_RATE_HZ:
        raise InputError(where, f"audio at {SAMPLE_RATE_HZ} Hz", f"{sample_rate_hz} Hz", remedy)
    if n_channels != 2:
        raise InputError(where, "2 channels", f"{n_channels}", remedy)
    if n_samples == 0:
        raise InputError(where, "audio", "no samples", AGAIN)
