"""Examine one trained model with one method on all segments; a killed job resumes by segments."""

from pathlib import Path
from typing import Any

from singmap.compute.device import choose_device
from singmap.files.storage import remove_emptied
from singmap.files.tables import Segments, read_table, rows_of
from singmap.files.unfinished import UnfinishedRun, data_digest, run_key
from singmap.mapping.method import start_seed
from singmap.mapping.run import kept_results, map_resumably
from singmap.mapping.segments import fitted_frames
from singmap.mapping.settings import settings_of
from singmap.mapping.store import write_mappings
from singmap.mapping.subject import examine
from singmap.models.checkpoints import load_model, read_provenance
from singmap.runtime.job import run
from singmap.spectra.cache import Magnitudes


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
    spectra = Magnitudes(mixture)
    rows = rows_of(read_table(segments, Segments))
    frames = [fitted_frames(row, spectra) for row in rows]
    starts = [start_seed(seed, row.segment) for row in rows]
    options = settings_of(settings, str(choose_device(device, gpu_slots)))
    facts = {"method": method, "settings": settings, "code": code, "frames": data_digest(*frames)}
    key = run_key(facts | {"weights": read_provenance(provenance)["weights_sha256"]})
    kept = UnfinishedRun(unfinished / method, key)
    map_resumably(method, network, frames, options, starts, kept, f"map {model} seed {seed} {method}")
    write_mappings(mapping, curve, kept_results(kept, len(frames)), len(frames))
    kept.clear()
    remove_emptied(unfinished, unfinished.parent)


if __name__ == "__main__":
    run(main)
