"""Compute the magnitude spectra of one subset's decoded tracks into a cache on disk."""

from pathlib import Path

from singmap.data.decoding import INDEX_COLUMNS
from singmap.files.storage import read_csv
from singmap.spectra.stft import StftSettings
from singmap.spectra.write_cache import write_cache


def main(*, index: str, tracks: str, cache: str, settings: dict, threads: int) -> None:
    """Write the spectra of the tracks in `index` (whose WAV files are below `tracks`) to the folder `cache`.

    `settings` are the target, the parameters of the transform and the dtype on disk.
    """
    decoded = read_csv(index, INDEX_COLUMNS)
    stems = {"mixture": "mixture", "target": settings["target"]}
    audio_files = {
        name: [Path(tracks) / track_id / f"{stem}.wav" for track_id in decoded.track_id]
        for name, stem in stems.items()
    }
    write_cache(
        Path(cache), decoded, audio_files, StftSettings(**settings["stft"]), settings["dtype"], threads
    )


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            index=snakemake.input.index,
            tracks=snakemake.input.tracks,
            cache=Path(snakemake.output.mixture).parent,
            settings=snakemake.params.settings,
            threads=snakemake.threads,
        )
