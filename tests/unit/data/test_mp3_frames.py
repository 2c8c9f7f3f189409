"""Whether the frames of MP3 files add up; by LAME, in all versions of MPEG."""

import io
import subprocess

import pytest

from singmap.data.mp3_frames import mp3_problem


def encoded(*options: str) -> bytes:
    noise = ["-f", "lavfi", "-i", "anoisesrc=d=1:seed=1"]
    command = ["ffmpeg", "-v", "error", *noise, *options, "-f", "mp3", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def problem(content: bytes) -> str:
    return mp3_problem(io.BytesIO(content), len(content))


@pytest.mark.parametrize("rate_hz", ["44100", "48000", "32000", "22050", "11025", "8000"])
@pytest.mark.parametrize("channels", ["1", "2"])
def test_frames_of_every_rate_are_followed_to_the_end(rate_hz, channels):
    content = encoded("-ar", rate_hz, "-ac", channels, "-write_xing", "0", "-metadata", "title=x")
    assert content.startswith(b"ID3")
    assert problem(content) == ""
    assert problem(content[:-1]) == "its last frame is not whole"
    assert problem(content + b"TAG" + bytes(125)) == ""


def test_the_encoders_count_of_bytes_is_believed():
    """Piped, LAME can't go back to write its count: this one is put in by hand, where it belongs."""
    content = bytearray(encoded("-id3v2_version", "0", "-write_xing", "0", "-ac", "2", "-ar", "44100"))
    content[36:48] = b"Info" + (3).to_bytes(4, "big") + (40).to_bytes(4, "big")
    content[48:52] = len(content).to_bytes(4, "big")
    assert problem(bytes(content)) == ""
    assert problem(bytes(content[:-500])) == f"{len(content) - 500} of {len(content)} bytes of audio"
    content[36:40] = b"VBRI"
    content[46:50] = (len(content) + 9).to_bytes(4, "big")
    assert problem(bytes(content)) == f"{len(content)} of {len(content) + 9} bytes of audio"


def test_what_is_no_mp3_has_nothing_missing():
    assert problem(b"") == problem(b"\xff\xfb") == problem(bytes(1000)) == problem(b"ID3") == ""
