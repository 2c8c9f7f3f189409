"""Code one model's mapping matrices for the page's explorer, a side file for every track."""

from pathlib import Path
from typing import Any

from singmap.files.tables import Segments, read_table, rows_of
from singmap.mapping.segments import fitted_frames
from singmap.mapping.store import open_mappings
from singmap.report.matrix_codes import cell_starts, encode_levels, encode_matrix
from singmap.report.side_files import write_side_file
from singmap.runtime.job import run
from singmap.spectra.cache import Magnitudes
from singmap.spectra.settings import StftSettings


def main(
    *, mappings: list[Path], segments: Path, mixture: Path, matrices: Path, model: str, seed: int,
    settings: dict[str, Any],
) -> None:  # fmt: skip
    """Write matrices/<track_id>.js; each of `mappings`, <method>.npy, is (n_segments, n_bins, n_bins).

    Segments stay apart: signed gains of different frames cancel where they are averaged.
    """
    spectra = Magnitudes(mixture)
    table = read_table(segments, Segments)
    starts = cell_starts(StftSettings(**settings["stft"]).frequencies_hz())
    stacks = {path.stem: open_mappings(path, len(table), spectra.shape[1]) for path in mappings}
    for track_id, of_track in table.groupby("track_id", sort=False):
        entries = []
        for row in rows_of(of_track):
            coded = {}
            for path in mappings:
                coded[path.stem] = encode_matrix(stacks[path.stem][row.segment], starts)
            levels = encode_levels(fitted_frames(row, spectra).mean(axis=0))
            entries.append({"segment": row.segment, "input": levels, "methods": coded})
        write_side_file(matrices / f"{track_id}.js", f"matrices/{model}_seed{seed}/{track_id}", entries)


if __name__ == "__main__":
    run(main)
