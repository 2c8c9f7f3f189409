"""How much disk a planned run fills, estimated from the manifest."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from singmap.data.decoding import decoded_bytes
from singmap.data.tracks import SUBSETS, Manifest, Track
from singmap.mapping.registry import method_needs_layers, method_settings
from singmap.models.designs import design_of
from singmap.preflight.dataset import chosen, n_samples
from singmap.preflight.plan import Plan
from singmap.runtime.disk import require_disk
from singmap.runtime.errors import InputError
from singmap.spectra.settings import StftSettings

BYTES = {"float32": 4, "float16": 2, "FLOAT": 4, "PCM_24": 3, "PCM_16": 2}
CHANNELS = 2  # of separated audio
SEPARATED = "separated"  # folder of the systems' whole audio
MATRICES = "*/mappings/*/seed*/*.npy"  # of one method, by model and seed
ARRAYS = 2  # of a cache of spectra: mixture and target


def space_problems(settings: Mapping[str, Any], plan: Plan, manifest: Manifest) -> Iterator[InputError]:
    """Whether the disk of the results has room for what is planned, less what is made anew."""
    try:
        tracks = {subset: chosen(settings, manifest, subset) for subset in SUBSETS}
    except InputError:
        return  # said where the tracks are decoded
    needed = planned_bytes(settings, plan, tracks) - sum(map(_bytes_of, plan.outputs))
    try:
        require_disk(settings["results"], max(0, needed), "what this run makes")
    except InputError as error:
        yield error


def planned_bytes(settings: Mapping[str, Any], plan: Plan, tracks: Mapping[str, list[Track]]) -> int:
    """Bytes of audio, spectra, weights and mappings that the planned jobs write, at most at a time.

    The rest is small. Audio that goes once its spectra are there makes room for what is made of these.
    """
    stft = StftSettings(**settings["stft"])
    matrix: int = 4 * stft.n_bins**2
    kept = for_a_while = 0
    for job in plan.jobs.get("decode_tracks", ()):
        is_test = job["subset"] == "test"
        n_bytes = sum(decoded_bytes(track, is_test) for track in tracks[job["subset"]])
        if is_test or settings["dataset"]["keep"] == "all":
            kept += n_bytes
        else:
            for_a_while += n_bytes
    for job in plan.jobs.get("compute_spectra", ()):
        frames = sum(stft.n_frames(n_samples(track)) for track in tracks[job["subset"]])
        kept += ARRAYS * frames * stft.n_bins * BYTES[settings["spectra"]["dtype"]]
    later = _matrix_bytes(settings, plan, len(tracks["test"]), matrix)
    for rule, copies in (("train_model", 1 + len(settings["training"]["kept_epochs"])), ("train_truth", 1)):
        for job in plan.jobs.get(rule, ()):
            design = design_of(job["model"])
            later += copies * matrix * (design.encoder_layers + design.decoder_layers)
    if settings["separation"]["keep"] == "all":
        sample_bytes = CHANNELS * BYTES[settings["separation"]["audio_subtype"]]
        n_systems = sum(path.parent.name == SEPARATED for path in plan.outputs)
        later += n_systems * sum(map(n_samples, tracks["test"])) * sample_bytes
    return kept + max(for_a_while, later)


def _matrix_bytes(settings: Mapping[str, Any], plan: Plan, n_tracks: int, matrix: int) -> int:
    """Bytes of mapping matrices on `n_tracks` test tracks; matrix : of one in float32.

    Those that are not kept wait until they are measured, which is soon, or, of the first seed, drawn.
    """
    mapping = settings["mapping"]
    n_segments = min(mapping["tracks_max"] or n_tracks, n_tracks) * mapping["segments_per_track"]
    made = [path.stem for path in plan.outputs if fnmatch(str(path), MATRICES)]
    n_kept = sum(_is_kept(method, mapping["keep"]) for method in made)
    methods_that_go = [method for method in mapping["methods"] if not _is_kept(method, mapping["keep"])]
    # Of models with one seed each, and of one that is being examined.
    n_waiting = min(len(made) - n_kept, (len(settings["models"]) + 1) * len(methods_that_go))
    n_bytes: int = (n_kept + n_waiting) * n_segments * matrix * BYTES[mapping["matrix_dtype"]]
    return n_bytes // BYTES["float32"]


def _is_kept(method: str, keep: str) -> bool:
    """As workflow/rules/mapping.smk says it: `optimised` are all that may take long."""
    is_optimised = method_needs_layers(method) or "record_every_iterations" in method_settings(method)
    return keep == "all" or (keep == "optimised" and is_optimised)


def _bytes_of(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.exists() else 0
