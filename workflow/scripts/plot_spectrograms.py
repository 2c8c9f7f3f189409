"""Draw spectrograms of the first excerpt: mixture, true target, estimates."""

from pathlib import Path
from typing import Any

from singmap.files.audio_format import MIXTURE
from singmap.files.tables import Excerpts, SpectrogramFigure, read_table, rows_of
from singmap.files.wav import read_wav
from singmap.report.figures.spectrogram import draw_spectrograms, spectrogram_table
from singmap.report.style import files_of_figures, save_figure
from singmap.runtime.job import run
from singmap.spectra.settings import StftSettings


def main(*, excerpts: Path, audio: Path, outputs: dict[str, Path], settings: dict[str, Any]) -> None:
    """Draw the mixture and the target of the first track in `excerpts`, as `settings["systems"]` have it."""
    figures = files_of_figures(outputs)
    index = read_table(excerpts, Excerpts)
    first = index[index["track_id"] == index["track_id"].iloc[0]]
    shown = first[
        first["source"].isin([MIXTURE, settings["target"]]) & first["system"].isin(settings["systems"])
    ]
    signals = {row.system: read_wav(audio / row.file) for row in rows_of(shown)}
    table = spectrogram_table(
        signals, StftSettings(**settings["stft"]), settings["spectrogram_max_hz"], settings["cells_max"]
    )
    figure = draw_spectrograms(table, settings["range_db"])
    save_figure(figure, table, SpectrogramFigure, figures["spectrograms"], settings["dots_per_inch"])


if __name__ == "__main__":
    run(main)
