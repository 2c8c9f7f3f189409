"""Memory and CPU time of every stage that works track by track, against the track's length, with linear fits.

    python benchmarks/bench_memory.py [--seconds 7 60 240 600] [--stages spectra ...] [--shared ../shared]

Each stage runs on a track of real clips, joined, or of noise where there are none, in a process of its own,
one thread, at the paper's setting (N = 2049), as its script would; the peak is that of the process, imports
included. Decoding reads and writes in pieces of one second (bench_decode.py); training's memory is bounded by
`training.resident_frames`.
"""

import argparse
import functools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.process_memory import peak_mb

STFT: dict[str, Any] = {"window": "hamming", "window_samples": 2049, "fft_samples": 4096, "hop_samples": 384}
SPECTRA = {"target": "vocals", "stft": STFT, "dtype": "float16"}
STAGES = (
    "spectra", "segments", "measures", "agreement", "excerpts", "oracle", "equaliser", "model", "ablations",
    "audit",
)  # fmt: skip
CLIPS = 12  # of seven seconds, repeated
SECONDS = (7, 60, 240, 600)
SETTINGS = {
    "target": "vocals",
    "window_s": 1.0,
    "hop_s": 1.0,
    "engine": "fast",
    "estimator": "magnitude",
    "stft": STFT,
    "device": "cpu",
}


@functools.cache
def joined_clips(shared: Path) -> list[np.ndarray]:
    """Vocals and the rest of some clips of `shared`, one after the other, (2, n_samples) each."""
    from benchmarks.real_clips import clip_names, read_clip

    with tempfile.TemporaryDirectory() as folder:
        clips = [read_clip(shared, name, Path(folder)) for name in clip_names(shared)[:CLIPS]]
    return [np.concatenate([clip[name] for clip in clips], axis=1) for name in ("vocals", "accompaniment")]


def sources(shared: Path | None, seconds: int) -> tuple[np.ndarray, np.ndarray]:
    """Vocals and the rest, (2, n_samples) each: joined clips of `shared`, or noise in steps of 16 bits."""
    n_samples = seconds * 44100
    if shared is None:
        generator = np.random.default_rng(0)
        noise = (generator.integers(-8000, 8000, (2, n_samples), np.int16) for _ in range(2))
        vocals, rest = ((part / 32768).astype(np.float32) for part in noise)
        return vocals, rest
    vocals, rest = (
        np.ascontiguousarray(np.resize(part.T, (n_samples, 2)).T) for part in joined_clips(shared)
    )
    return vocals, rest


def write_track(folder: Path, seconds: int, shared: Path | None) -> None:
    """A decoded test track, and what the other stages read."""
    from singmap.files.tables import DecodedTracks, Equaliser, columns
    from singmap.files.wav import write_wav

    vocals, rest = sources(shared, seconds)
    for name, audio in (("vocals", vocals), ("accompaniment", rest), ("mixture", vocals + rest)):
        write_wav(folder / "tracks/one" / f"{name}.wav", audio)
    facts = {"track_id": "one", "track": "One", "subset": "test", "n_samples": vocals.shape[1]}
    facts |= {
        "target_is_silent": False,
        "mixture_difference_db": -200.0,
        "content_sha256": "0",
        "remarks": "",
    }
    pd.DataFrame([facts])[columns(DecodedTracks)].to_csv(folder / "index.csv", index=False)
    gains = {"bin": range(2049), "frequency_hz": 0.0, "gain": np.linspace(1, 0, 2049), "mixture_power": 1.0}
    (folder / "equaliser").mkdir()
    pd.DataFrame(gains)[columns(Equaliser)].to_csv(folder / "equaliser/gains.csv", index=False)


def run_stage(stage: str, folder: Path) -> None:
    """Do what the stage's script does with the track in `folder`."""
    audio = {"index": folder / "index.csv", "tracks": folder / "tracks"}
    if stage == "spectra":
        from workflow.scripts import compute_spectra

        compute_spectra.main(
            decoded=audio["index"],
            tracks=audio["tracks"],
            index=folder / "spectra/index.csv",
            settings=SPECTRA,
            threads=1,
        )
    elif stage == "excerpts":
        from workflow.scripts import choose_excerpts

        wanted = {"target": "vocals", "excerpt_tracks": 1, "excerpt_s": 6.0}
        choose_excerpts.main(**audio, stretches=folder / "stretches.csv", settings=wanted)
    elif stage == "segments":
        from workflow.scripts import select_segments

        sizes = {"segment_frames": 350, "segments_per_track": 1, "tracks_max": None}
        made = {"segments": folder / "segments.csv", "mixture": folder / "mixture.npy"}
        select_segments.main(**audio, **made, settings=sizes, spectra=SPECTRA)
    elif stage in ("measures", "agreement"):
        measure(stage, audio, folder)
    elif stage in ("oracle", "equaliser", "model"):
        score(stage, audio, folder)
    elif stage == "ablations":
        ablate(audio["tracks"] / "one", folder)
    else:
        score("oracle", audio, folder)
        audit(audio["tracks"], folder)


def score(stage: str, audio: dict, folder: Path) -> None:
    """Separate and score with the ideal ratio mask, the equaliser or an untrained model."""
    from workflow.scripts import score_system

    given: dict = {"weights": [], "provenance": [], "gains": []}
    if stage == "oracle":
        system, separator = "irm", "singmap.separation.oracles.irm"
    elif stage == "equaliser":
        system, separator = "equaliser", "singmap.separation.static_filter"
        given["gains"] = [folder / "equaliser/gains.csv"]
    else:
        system, separator = "dae_seed0", "singmap.separation.trained"
        weights, provenance = untrained(folder)
        given |= {"weights": [weights], "provenance": [provenance]}
    outputs = {"frames": folder / "scores" / system / "frames.parquet", "whole_tracks": folder / "tracks.csv"}
    given |= {"stretches": [], "audio_subtype": "FLOAT", "code": {}, "kept": folder / "kept", "gpu_slots": 0}
    score_system.main(
        **audio, **given, system=system, separator=separator, outputs=outputs, settings=SETTINGS
    )


def measure(stage: str, audio: dict, folder: Path) -> None:
    """Measure an untrained model, with few pairs: memory is that of many, one after the other."""
    from workflow.scripts import measure_agreement, measure_model

    weights, provenance = untrained(folder)
    truths: dict = {"truth_weights": [], "truth_provenance": []}
    made: dict = {"measures": folder / "measures.csv", "model": "dae", "spectra": SPECTRA}
    if stage == "measures":
        sizes = {
            "tracks_max": None,
            "frames_max": 1000,
            "output_bins": 10,
            "pairs": 4,
            "partner_frames": 1000,
        }
        settings = sizes | {"lobe_bins": 4, "overlap_frames": 6}
        model: dict = {"weights": weights, "provenance": provenance, "epochs": [], "seed": 0}
        measure_model.main(**audio, **truths, **made, **model, settings=settings)
    else:
        settings = {"tracks_max": None, "frames": 24, "output_bins": 100, "half_width": 4}
        model = {"weights": [weights], "provenance": [provenance], "seeds": [0]}
        measure_agreement.main(**audio, **truths, **made, **model, settings=settings)


def ablate(track: Path, folder: Path) -> None:
    """Score two versions of a model on a track, as `measure_ablations` does with nine: memory is the same."""
    from singmap.compute.device import choose_device
    from singmap.files.audio_format import scored_sources
    from singmap.models.checkpoints import load_model
    from singmap.separation.trained import model_magnitudes
    from singmap.spectra.settings import StftSettings
    from singmap.study.worth import ScoringSettings, target_sdr

    model = model_magnitudes(load_model(*untrained(folder)), choose_device("cpu", 0))
    n_samples = int(pd.read_csv(folder / "index.csv")["n_samples"].iloc[0])

    def estimators(magnitude):
        return {"model": model(magnitude), "half": magnitude / 2}

    scoring = ScoringSettings("magnitude", 44100, 44100)
    target_sdr(track, scored_sources("vocals"), n_samples, estimators, StftSettings(**STFT), scoring)


def audit(tracks: Path, folder: Path) -> None:
    """Let museval score the ideal ratio mask."""
    from workflow.scripts import audit_scores

    audit_scores.main(
        tracks=tracks,
        weights=[],
        provenance=[],
        gains=[],
        frames=[folder / "scores/irm/frames.parquet"],
        audit=folder / "audit.csv",
        separators={"irm": "singmap.separation.oracles.irm"},
        settings=SETTINGS | {"audit_pairs": 1},
        gpu_slots=0,
    )


def untrained(folder: Path) -> tuple[Path, Path]:
    """Weights and provenance of an untrained model."""
    from singmap.models.checkpoints import save_model
    from singmap.models.designs import design_of
    from singmap.models.network import build_model

    files = folder / "dae/seed0/weights.safetensors", folder / "dae/seed0/provenance.json"
    save_model(*files, build_model(design_of("dae"), 2049, 0), {"model": "dae"})
    return files


def measured(stage: str, track: Path) -> tuple[float, float]:
    """Peak memory in MB and CPU seconds of a process that runs the stage on the track in a folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "track"
        shutil.copytree(track, folder, copy_function=os.link)
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, __file__, "--stage", stage, "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
        memory_mb, cpu_s = map(float, done.stdout.splitlines()[-1].split())
    return memory_mb, cpu_s


def main() -> None:
    """Print a table of all stages, and their fits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, nargs="+", default=SECONDS)
    parser.add_argument("--stages", nargs="+", default=STAGES, choices=STAGES)
    parser.add_argument("--shared", type=Path, help="folder that holds data/MUSDB18-7-STEMS.zip; else noise")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        run_stage(options.stage, Path(options.folder))
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(peak_mb(), used.ru_utime + used.ru_stime)
        return
    print("| stage | " + " | ".join(f"{s} s: MB, CPU s" for s in options.seconds) + " | fit |")
    print("|---" * (len(options.seconds) + 2) + "|")
    with tempfile.TemporaryDirectory() as folder:
        tracks = [Path(folder, str(seconds)) for seconds in options.seconds]
        for track, seconds in zip(tracks, options.seconds, strict=True):
            track.mkdir()
            write_track(track, seconds, options.shared)
        for stage in options.stages:
            found = np.array([measured(stage, track) for track in tracks])
            cells = " | ".join(f"{mb:.0f}, {cpu_s:.1f}" for mb, cpu_s in found)
            fit = "" if len(found) < 2 else " | ".join(_fit(options.seconds, column) for column in found.T)
            print(f"| {stage} | {cells} | {fit} |", flush=True)


def _fit(seconds, values) -> str:
    slope, start = np.polyfit(seconds, values, 1)
    return f"{start:.1f} + {slope:.3f} per s"


if __name__ == "__main__":
    main()
