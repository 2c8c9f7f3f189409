"""Files that were cut short, in every format that the study reads, written by two programs."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import stempeg

from singmap.data.whole_files import require_whole
from singmap.runtime.errors import InputError
from tests.helpers.audio_files import RATE_HZ

NOISE = 0.1 * np.random.default_rng(0).standard_normal((88200, 2))
LIBSNDFILE = ["WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3"]
FFMPEG = {
    **{f"x.{suffix}": [] for suffix in ("wav", "w64", "aiff", "flac", "ogg", "opus", "m4a")},
    "rf64.wav": ["-rf64", "always"],
    "cbr.mp3": ["-b:a", "128k"],
    "vbr.mp3": ["-q:a", "4"],
    "mono.mp3": ["-ac", "1", "-ar", "22050"],
    "bare.mp3": ["-write_xing", "0", "-id3v2_version", "0"],
    "fast.mp4": ["-movflags", "faststart"],
    "fragments.mp4": ["-movflags", "frag_keyframe+empty_moov"],
}


@pytest.fixture(scope="module")
def wav(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "noise.wav"
    soundfile.write(path, NOISE, RATE_HZ)
    return path


def written(form: str, wav: Path, folder: Path) -> Path:
    if form in LIBSNDFILE:
        path = folder / f"x.{form.lower()}"
        soundfile.write(path, NOISE, RATE_HZ, format=form)
        return path
    path = folder / form
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, *FFMPEG[form], path], check=True)
    return path


@pytest.mark.parametrize("form", [*LIBSNDFILE, *FFMPEG])
def test_a_copy_that_broke_off_is_refused_and_a_whole_one_taken(tmp_path, wav, form):
    path = written(form, wav, tmp_path)
    content = path.read_bytes()
    require_whole(path)
    for share in (0.995, 0.7, 0.501, 0.1):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(InputError, match=r"a whole file, found one that was cut short: .*again"):
            require_whole(path)


def test_a_tag_behind_the_audio_or_a_missing_pad_byte_is_no_fault(tmp_path, wav):
    for form in ("cbr.mp3", "bare.mp3"):
        path = written(form, wav, tmp_path)
        path.write_bytes(path.read_bytes() + b"TAG" + bytes(125))
        require_whole(path)
    path = tmp_path / "odd.wav"
    soundfile.write(path, NOISE[:1001, 0], RATE_HZ, subtype="PCM_U8")
    path.write_bytes(path.read_bytes()[:-1])
    require_whole(path)


def test_what_promises_nothing_is_taken_for_whole(tmp_path, wav):
    """Programs that write to a pipe don't know the size when they write the header."""
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", wav, "-f", "wav", "-"], check=True, capture_output=True
    )
    path = tmp_path / "piped.wav"
    path.write_bytes(done.stdout[:1000])
    require_whole(path)


def test_flac_without_a_length_is_told_apart_from_a_cut_one(tmp_path, wav):
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", wav, "-f", "flac", "-"], check=True, capture_output=True
    )
    (tmp_path / "piped.flac").write_bytes(done.stdout)
    with pytest.raises(InputError, match="a FLAC file that says its length, found none; write it anew"):
        require_whole(tmp_path / "piped.flac")


def test_an_ogg_without_a_last_page(tmp_path, wav):
    """Cut exactly between two pages."""
    path = written("x.ogg", wav, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"OggS")])
    with pytest.raises(InputError, match="no page is marked as the last"):
        require_whole(path)


def test_a_real_stem_file_cut_anywhere(tmp_path):
    content = Path(stempeg.example_stem_path()).read_bytes()
    path = tmp_path / "cut.stem.mp4"
    for n_bytes in (len(content) - 2, len(content) // 2, 30_000):
        path.write_bytes(content[:n_bytes])
        with pytest.raises(InputError, match="cut short"):
            require_whole(path)
