"""A data set of one's own: a folder for each track in train, valid and test, a WAV file for each stem:
python examples/own_study/make_tracks.py results/tracks.
"""

import sys
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ, SECONDS = 44100, 3


def write_track(folder: Path, seed: int) -> None:
    """Write `vocals`, a gliding tone with overtones, and `other`, noise in bursts."""
    generator = np.random.default_rng(seed)
    time_s = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    pitch_hz = 220 + 60 * np.sin(2 * np.pi * generator.uniform(0.3, 0.8) * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    vocals = sum(np.sin(overtone * phase) / overtone for overtone in range(1, 12)) * (time_s % 1 < 0.8)
    noise = generator.standard_normal(len(time_s)) * (time_s * 4 % 1 < 0.3)
    folder.mkdir(parents=True)
    for name, audio in {"vocals": 0.2 * vocals, "other": 0.1 * noise}.items():
        soundfile.write(folder / f"{name}.wav", np.stack([audio, audio], axis=1), RATE_HZ)


if __name__ == "__main__":
    places = ["train/one", "train/two", "valid/three", "test/four", "test/five"]
    for number, place in enumerate(places):
        write_track(Path(sys.argv[1]) / place, number)
