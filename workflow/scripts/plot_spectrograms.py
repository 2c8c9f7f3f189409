"""Draw spectrograms of the first excerpt: mixture, true target, estimates."""

from pathlib import Path

from workflow.lib.excerpts import INDEX_COLUMNS
from workflow.lib.figure_style import save_figure
from workflow.lib.figures_spectrogram import draw_spectrograms, spectrogram_table
from workflow.lib.stft import StftSettings
from workflow.lib.storage import read_csv
from workflow.lib.wav import read_wav


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
    from workflow.lib.figure_style import files_of_figures
    from workflow.lib.logs import captured

    with captured(snakemake.log[0]):
        main(
            excerpts=snakemake.input.excerpts,
            audio=snakemake.input.audio,
            figures=files_of_figures(snakemake.output.items()),
            settings=snakemake.params.settings,
        )
