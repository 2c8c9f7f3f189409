"""Cut the excerpts of mixture and true sources, and list them with those that the systems left."""

from pathlib import Path

import pandas as pd

from singmap.files.audio_format import MIXTURE, SAMPLE_RATE_HZ, scored_sources
from singmap.files.tables import Excerpts, Stretches, columns, read_table, rows_of, write_table
from singmap.files.wav import read_wav, write_wav
from singmap.runtime.job import run

TRUTH = "truth"


def main(
    *, tracks: Path, stretches: Path, separated: list[Path], excerpts: Path, truth: Path, target: str
) -> None:
    """Write <track_id>/<source>.wav to the folder `truth`, and to `excerpts` the list of all excerpts.

    `tracks` are the decoded test tracks; `separated` the systems' folders of excerpts, beside `truth`. The
    baseline `mixture` is left out: it sounds like the mixture.
    """
    sources = scored_sources(target)
    rows = []
    for stretch in rows_of(read_table(stretches, Stretches)):
        part = slice(stretch.first_sample, stretch.first_sample + stretch.n_samples)
        for name in (MIXTURE, *sources):
            audio = read_wav(tracks / stretch.track_id / f"{name}.wav")
            write_wav(truth / stretch.track_id / f"{name}.wav", audio[:, part])
        heard = [(MIXTURE, truth, [MIXTURE]), (TRUTH, truth, sources)]
        heard += [(folder.name, folder, sources) for folder in separated if folder.name != MIXTURE]
        for system, folder, names in heard:
            for source in names:
                file = f"{folder.name}/{stretch.track_id}/{source}.wav"
                start_s = stretch.first_sample / SAMPLE_RATE_HZ
                rows.append((stretch.track_id, stretch.track, system, source, start_s, file))
    write_table(excerpts, pd.DataFrame(rows, columns=columns(Excerpts)), Excerpts)


if __name__ == "__main__":
    run(main)
