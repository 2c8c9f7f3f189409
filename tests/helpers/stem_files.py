"""Stem files made of tones, with pictures and names of streams, as programs of others write them."""

import json
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from tests.helpers.audio_files import MUSDB_STEMS, RATE_HZ

PICTURE = "picture"
HERTZ = {"mixture": 300, "drums": 200, "bass": 400, "other": 600, "vocals": 800}


def write_stem_file(path: Path, order=MUSDB_STEMS, titles=None, listed=None, n_samples=22050) -> Path:
    """Encode a tone of HERTZ for every stem in `order`; PICTURE stands for a cover.

    `titles` go to the streams' tags; `listed` are the names in Native Instruments' list of stems.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    inputs, maps = [], []
    for number, stem in enumerate(order):
        if stem == PICTURE:
            inputs += ["-f", "lavfi", "-i", "color=c=red:s=64x64:d=1:r=5"]
        else:
            tone = f"aevalsrc=0.1*sin({2 * np.pi * HERTZ[stem]}*t)|0.1*sin({2 * np.pi * HERTZ[stem]}*t)"
            inputs += ["-f", "lavfi", "-i", f"{tone}:s={RATE_HZ}:d={n_samples / RATE_HZ}"]
        maps += ["-map", str(number)]
    for number, title in enumerate(titles or []):
        maps += [f"-metadata:s:a:{number}", f"handler_name={title}"]
    codecs = ["-c:a", "aac", "-c:v", "mjpeg", "-f", "mp4"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *maps, *codecs, str(path)], check=True)
    if listed:
        text = json.dumps({"version": 1, "stems": [{"name": name, "color": "#fff"} for name in listed]})
        _append_stem_list(path, text.encode())
    return path


def _append_stem_list(path: Path, text: bytes) -> None:
    """Put the list where Native Instruments has it, moov/udta/stem; ffmpeg writes moov as the last box."""
    content = path.read_bytes()
    stem = (8 + len(text)).to_bytes(4, "big") + b"stem" + text
    udta = content.rindex(b"udta") - 4
    moov = content.rindex(b"moov") - 4
    changed = bytearray(content)
    for place in (udta, moov):
        size = int.from_bytes(content[place : place + 4], "big") + len(stem)
        changed[place : place + 4] = size.to_bytes(4, "big")
    end = udta + int.from_bytes(content[udta : udta + 4], "big")
    path.write_bytes(bytes(changed[:end]) + stem + bytes(changed[end:]))


def heard_hz(path: Path) -> float:
    """Frequency of the loudest bin of a file's first channel."""
    audio, rate_hz = soundfile.read(path, always_2d=True)
    spectrum = np.abs(np.fft.rfft(audio[2048:, 0] * np.hanning(len(audio) - 2048)))
    return float(np.argmax(spectrum) / (len(audio) - 2048) * rate_hz)
