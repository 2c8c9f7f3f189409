"""Code the excerpts for the page's player: an MP3 of each signal, and a side file per track and system."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ
from singmap.files.storage import atomic_path
from singmap.files.tables import Excerpts, read_table, rows_of
from singmap.files.wav import read_wav
from singmap.report.excerpts import common_gain, mp3_bytes
from singmap.report.listening import coded_sounds, power_cells
from singmap.report.side_files import write_side_file
from singmap.runtime.job import run
from singmap.spectra.settings import StftSettings


def main(*, excerpts: Path, audio: Path, sounds: Path, settings: dict[str, Any]) -> None:
    """Write sounds/<track_id>/<system>_<source>.mp3 and .js of all that is in the folder `audio`."""
    stft, max_hz = StftSettings(**settings["stft"]), settings["spectrogram_max_hz"]
    index = read_table(excerpts, Excerpts)
    for track_id, of_track in index.groupby("track_id", sort=False):
        signals = {f"{row.system}_{row.source}": read_wav(audio / row.file) for row in rows_of(of_track)}
        gain = common_gain(signals.values())
        powers = {name: power_cells(signal, stft, max_hz) for name, signal in signals.items()}
        mp3s = {name: mp3_bytes(gain * signal, SAMPLE_RATE_HZ) for name, signal in signals.items()}
        for name, sound in coded_sounds(powers, f"{MIXTURE}_{MIXTURE}", mp3s).items():
            with atomic_path(sounds / str(track_id) / f"{name}.mp3") as part:
                part.write_bytes(mp3s[name])
            write_side_file(sounds / str(track_id) / f"{name}.js", f"sounds/{track_id}/{name}", sound)


if __name__ == "__main__":
    run(main)
