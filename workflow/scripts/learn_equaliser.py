"""Learn the equaliser, the gain of every bin that explains the target best on the training tracks."""

from pathlib import Path
from typing import Any

import pandas as pd

from singmap.files.tables import Equaliser, write_table
from singmap.runtime.job import run
from singmap.spectra.cache import SpectraCache
from singmap.spectra.settings import StftSettings
from singmap.spectra.static_gains import bin_sums, gains_of
from singmap.study.cached_blocks import cached_blocks


def main(*, train_index: Path, gains: Path, settings: dict[str, Any]) -> None:
    """Write the gains of all bins, learnt on the spectra beside the index."""
    cache = SpectraCache(train_index.parent)
    frequencies_hz = StftSettings(**settings["stft"]).frequencies_hz()
    overlap, energy = bin_sums(cached_blocks(cache))
    table = {
        "bin": range(cache.n_bins),
        "frequency_hz": frequencies_hz,
        "gain": gains_of(overlap, energy),
        "mixture_power": energy / cache.n_frames,
    }
    write_table(gains, pd.DataFrame(table), Equaliser)


if __name__ == "__main__":
    run(main)
