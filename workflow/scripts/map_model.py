"""Examine one trained model with one method on all segments; a killed job resumes by segments."""

from pathlib import Path
from typing import Any

from singmap.compute.device import choose_device
from singmap.files.storage import load_array, read_csv, remove_emptied
from singmap.mapping.method import settings_of, start_seed
from singmap.mapping.run import map_resumably
from singmap.mapping.segments import COLUMNS, optimised_frames
from singmap.mapping.store import MappingStore, run_digest
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model
from singmap.runtime.job import run


def main(
    *, weights: Path, provenance: Path, segments: Path, mixture: Path, mapping: Path, curve: Path, model: str,
    seed: int, method: str, settings: dict[str, Any], device: str, gpu_slots: int, code: dict[str, str],
    unfinished: Path,
) -> None:  # fmt: skip
    """Write `mapping` and `curve` of one method for the trained model `weights`.

    `settings` is the configuration's section ``mapping`` as far as it matters here, `code` the digests of
    the code, `unfinished` the folder that keeps the finished segments of unfinished runs.
    """
    network = examine(load_model(weights, provenance))
    spectra = load_array(mixture)
    rows = list(read_csv(segments, COLUMNS).itertuples())
    frames = [optimised_frames(row, spectra) for row in rows]
    starts = [start_seed(seed, row.segment) for row in rows]
    options = settings_of(settings, str(choose_device(device, gpu_slots)))
    digest = run_digest(
        {"settings": settings, "code": code, "method": method}, [weights.read_bytes(), *frames]
    )
    store = MappingStore(mapping, curve, unfinished / method, digest)
    map_resumably(method, network, frames, options, starts, store, f"map {model} seed {seed} {method}")
    remove_emptied(unfinished, unfinished.parent)


if __name__ == "__main__":
    run(main)
