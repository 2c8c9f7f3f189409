"""Draw spectrograms of the first excerpt: mixture, true target, estimates."""

from pathlib import Path

from singmap.files.storage import read_csv
from singmap.files.wav import read_wav
from singmap.report.excerpts import INDEX_COLUMNS
from singmap.report.figures.spectrogram import draw_spectrograms, spectrogram_table
from singmap.report.style import save_figure
from singmap.spectra.stft import StftSettings


def main(*, excerpts, audio, figures, settings):
    """Draw the mixture and all versions of the target of the first track in `excerpts`."""
    index = read_csv(excerpts, INDEX_COLUMNS)
    first = index[index["track_id"] == index["track_id"].iloc[0]]
    shown = first[first["source"].isin(["mixture", settings["target"]])]
    signals = {row.system: read_wav(Path(audio, row.file)) for row in shown.itertuples()}
    table = spectrogram_table(
        signals, StftSettings(**settings["stft"]), settings["spectrogram_max_hz"], settings["cells_max"]
    )
    figure = draw_spectrograms(table, settings["range_db"])
    save_figure(figure, table, figures["spectrograms"], settings["dots_per_inch"])


if "snakemake" in globals():
    from singmap.report.style import files_of_figures
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            excerpts=snakemake.input.excerpts,
            audio=snakemake.input.audio,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
