"""Make the data set ready: take an existing copy, make the demo, or download and unpack."""

from pathlib import Path

from singmap.data.sources import fetch
from singmap.data.tracks import write_manifest


def main(*, manifest: str, folder: str, settings: dict) -> None:
    """Write `manifest`, and below `folder` what is made or downloaded.

    `settings` are the configuration's dataset name, root, url, sha256, and demo.
    """
    write_manifest(manifest, fetch(folder=Path(folder), **settings))


if "snakemake" in globals():
    from singmap.runtime.logs import captured

    with captured(snakemake.log[0]):
        main(
            manifest=snakemake.output.manifest,
            folder=snakemake.params.folder,
            settings=snakemake.params.settings,
        )
