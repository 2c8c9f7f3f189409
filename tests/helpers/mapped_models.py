"""A small model examined by the scripts of the mapping rules, in their order, on noise."""

import json
from pathlib import Path

import numpy as np

from singmap.models.checkpoints import save_model
from singmap.models.designs import design_of
from singmap.models.network import build_model
from tests.helpers.decoded_audio import write_decoded
from tests.helpers.training_data import write_cache
from workflow.scripts import (
    examine_controls,
    map_model,
    map_together,
    measure_structure,
    select_segments,
    study_planted,
    tabulate_controls,
    tabulate_structure,
)

N_BINS, METHODS = 40, ["nca", "nca_ones", "jacobian"]
STFT = {"window": "hann", "window_samples": 78, "fft_samples": 78, "hop_samples": 19}
SPECTRA = {"target": "vocals", "stft": STFT, "dtype": "float16"}
EQUAL_FIDELITY = {"relative_l2": 0.5, "iterations_max": 5, "learning_rate": 1e-2}
PLANTED_SETTINGS = {
    "methods": ["nca", "jacobian"],
    "planted_bins": [8],
    "segment_frames": 20,
    "n_bins": N_BINS,
    "precision": "tf32",  # has no meaning on the CPU, where planted networks are always examined
}
SETTINGS = {
    "iterations": 3,
    "learning_rate": 1e-3,
    "record_every_iterations": 2,
    "equal_fidelity": EQUAL_FIDELITY,
}


def map_small_model(folder: Path) -> None:
    """Write to `folder` what each script makes of an untrained sf and two tracks of 25 and 35 STFT frames.

    Spectra to train on lie beside.
    """
    rng = np.random.default_rng(0)
    lengths = {"a": 24 * STFT["hop_samples"], "b": 34 * STFT["hop_samples"]}
    audio = {
        name: {stem: rng.uniform(-1, 1, (2, n_samples)) for stem in ("mixture", "vocals")}
        for name, n_samples in lengths.items()
    }
    files = write_decoded(folder, audio)
    write_cache(folder / "training", 60, N_BINS, seed=0, tracks="ab")
    save_model(
        folder / "weights.safetensors",
        folder / "provenance.json",
        build_model(design_of("sf"), N_BINS, 3),
        {"model": "sf"},
    )
    told = json.loads((folder / "provenance.json").read_text())
    (folder / "truth.json").write_text(json.dumps(told | {"truth": "band", "seed": 3}))
    _run_scripts(folder, files)


def _run_scripts(folder: Path, audio: dict[str, Path]) -> None:
    model = {"weights": folder / "weights.safetensors", "provenance": folder / "provenance.json"}
    examined = {
        **model,
        "segments": folder / "segments.csv",
        "mixture": folder / "mixture.npy",
        "model": "sf",
        "seed": 3,
    }
    device = {"device": "auto", "gpu_slots": 0}
    mappings = [folder / f"{method}.npy" for method in METHODS]
    select_segments.main(
        **audio, segments=folder / "segments.csv", mixture=folder / "mixture.npy",
        settings={"segment_frames": 20, "segments_per_track": 1, "tracks_max": None}, spectra=SPECTRA,
    )  # fmt: skip
    shared = {**examined, **device, "dtype": "float32", "code": {}, "unfinished": folder / "unfinished"}
    *optimised, direct = mappings
    for path in optimised:
        map_model.main(**shared, **_files(path), method=path.stem, settings=SETTINGS)
    outputs = {f"{direct.stem}_{kind}": path for kind, path in _files(direct).items()}
    map_together.main(**shared, methods=[direct.stem], outputs=outputs, settings={})
    measure_structure.main(
        **examined, mappings=mappings, structure=folder / "structure.csv", settings={"band_bins": [2]}
    )
    tabulate_structure.main(
        measured=[folder / "structure.csv"], structure=folder / "all.csv", fidelity=folder / "fidelity.csv"
    )
    for name, segments_max in {"examined.csv": None, "first.csv": 1}.items():
        examine_controls.main(
            **examined, **device, truth_weights=[model["weights"]], truth_provenance=[folder / "truth.json"],
            controls=folder / name, methods=["nca", "jacobian"], settings=SETTINGS, band_bins=[2],
            segments_max=segments_max,
        )  # fmt: skip
    tabulate_controls.main(
        examined=[folder / "examined.csv"],
        measured=[folder / "structure.csv"],
        controls=folder / "controls.csv",
    )
    study_planted.main(
        planted=folder / "planted.csv",
        settings=SETTINGS | PLANTED_SETTINGS,
    )


def _files(mapping: Path) -> dict[str, Path]:
    """What a method writes, beside its matrices."""
    return {"mapping": mapping, "curve": mapping.with_suffix(".csv")}
