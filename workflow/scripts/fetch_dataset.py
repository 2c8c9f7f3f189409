"""Make the data set ready: take an existing copy, make the demo, or download and unpack."""

from pathlib import Path
from typing import Any

from singmap.data.sources import fetch
from singmap.data.tracks import write_manifest
from singmap.runtime.job import run


def main(*, manifest: Path, folder: Path, settings: dict[str, Any], archive: dict[str, Any]) -> None:
    """Write `manifest`, and below `folder` what is made or downloaded.

    `settings` are the configuration's dataset name, root, and demo; `archive` its url and sha256.
    """
    write_manifest(manifest, fetch(folder=folder, **settings, **archive))


if __name__ == "__main__":
    run(main)
