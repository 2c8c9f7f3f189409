"""Train or examine one small model in child processes that are killed at random, then let one finish.

    python resume_driver.py train|map <folder with train/ and valid/> <folder of results> <kills> <seed>

Prints as JSON how the children ended, and how many states each had left. A process of its own, because it
forks after torch was imported: that saves the import in every child. A child that is to be killed does a
part of the work at full speed and dawdles then: on a fast machine too, and when its kill comes late, none
finishes.
"""

import itertools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from singmap.files.tables import Segments, columns
from singmap.files.unfinished import UnfinishedRun
from singmap.models.checkpoints import save_model
from singmap.models.designs import design_of
from singmap.models.network import build_model
from singmap.training.trainer import Trainer
from workflow.scripts import map_model, train_model

SETTINGS = {
    "epochs_max": 40,
    "patience_epochs": 40,
    "batch_frames": 32,
    "learning_rate": 1.0e-3,
    "schedule": "plateau",
    "gradient_clip_norm": 1.0,
    "loss": "mse",
    "precision": "float32",
    "resident_frames": 100_000,
    "kept_epochs": [1, 5, 20, 40],
}
LONGEST_WAIT_S = 0.1
SAVE_INTERVAL_S = 0.05
DAWDLE_S = 0.2
START_LIMIT_S = 60.0
SEGMENTS, SEGMENT_FRAMES = 100, 20
# SIGTERM saves the state of a training first; it simply ends the examination of a model.
SIGNALS = {"train": [signal.SIGKILL, signal.SIGKILL, signal.SIGTERM], "map": [signal.SIGKILL]}


def train(spectra: Path, results: Path) -> None:
    """Train to the end, or on from the last state that a killed child left."""
    train_model.main(
        train_index=spectra / "train/index.csv",
        valid_index=spectra / "valid/index.csv",
        model="sf",
        design=asdict(design_of("sf")),
        seed=0,
        settings=SETTINGS,
        device="cpu",
        gpu_slots=0,
        code={},
        unfinished=results / "unfinished",
        weights=results / "weights.safetensors",
        epochs=results / "epochs.safetensors",
        history=results / "history.csv",
        provenance=results / "provenance.json",
        save_interval_s=SAVE_INTERVAL_S,
    )


def prepare_mapping(spectra: Path, results: Path) -> None:
    """Write what examining needs: an untrained model, and many short segments of the spectra."""
    n_bins = np.load(spectra / "valid/mixture.npy", mmap_mode="r").shape[1]
    model = build_model(design_of("dae"), n_bins, seed=0)
    save_model(results / "model.safetensors", results / "model.json", model, {"model": "dae"})
    rows = [(k, "t", "t", k, SEGMENT_FRAMES, 0, SEGMENTS + SEGMENT_FRAMES, 0.0) for k in range(SEGMENTS)]
    pd.DataFrame(rows, columns=columns(Segments)).to_csv(results / "segments.csv", index=False)


def examine(spectra: Path, results: Path) -> None:
    """Examine all segments, or those that killed children left."""
    map_model.main(
        weights=results / "model.safetensors",
        provenance=results / "model.json",
        segments=results / "segments.csv",
        mixture=spectra / "valid/mixture.npy",
        mapping=results / "nca.npy",
        curve=results / "nca_curve.csv",
        method="nca",
        model="dae",
        seed=0,
        settings={"iterations": 100, "learning_rate": 1.0e-3, "record_every_iterations": 0},
        dtype="float16",
        device="cpu",
        gpu_slots=0,
        code={},
        unfinished=results / "unfinished",
    )


def dawdle_after(kind: str, spectra: Path, share: float) -> None:
    """Make this process wait before every step or segment, once it has done `share` of all of them."""
    if kind == "train":
        n_frames = len(np.load(spectra / "train/mixture.npy", mmap_mode="r"))
        owner, name, total = Trainer, "step", SETTINGS["epochs_max"] * (n_frames // SETTINGS["batch_frames"])
    else:
        owner, name, total = UnfinishedRun, "keep", SEGMENTS
    own, done = getattr(owner, name), itertools.count()

    def paced(*arguments):
        if next(done) > share * total:
            time.sleep(DAWDLE_S)
        return own(*arguments)

    setattr(owner, name, paced)


def saved_states(results: Path) -> list[str]:
    """Names of what children left to go on from; every save changes them."""
    return sorted(path.name for path in (results / "unfinished").rglob("s*.safetensors"))


def is_running(child: int) -> bool:
    """Whether a child has not ended; one that has stays to be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def ending_of_child(
    work: Callable[[], None], results: Path, wait_s: float | None = None, number: int = 0
) -> str:
    """Fork a child that does `work` and send it signal `number`, `wait_s` after it saved a state.

    Returns how it ended.
    """
    before = saved_states(results)
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        except SystemExit as stopped:
            status = stopped.code
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    if wait_s is not None:
        limit_s = time.monotonic() + START_LIMIT_S
        while saved_states(results) == before and is_running(child) and time.monotonic() < limit_s:
            time.sleep(0.002)
        time.sleep(wait_s)
        os.kill(child, number)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "finished", 143: "stopped"}.get(os.WEXITSTATUS(status), "failed")


def main(kind: str, spectra: Path, results: Path, n_kills: int, seed: int) -> None:
    """Kill `n_kills` children, then let one finish."""
    torch.set_num_threads(1)
    torch.optim.Adam([torch.zeros(1)])  # imports what every child would otherwise import itself
    if kind == "map" and not (results / "segments.csv").exists():
        prepare_mapping(spectra, results)
    work = partial({"train": train, "map": examine}[kind], spectra, results)

    def doomed() -> None:
        dawdle_after(kind, spectra, share=1 / (n_kills + 2))
        work()

    generator = np.random.default_rng(seed)
    endings, saved = [], []
    for _ in range(n_kills):
        wait_s = generator.uniform(0, LONGEST_WAIT_S)
        number = int(generator.choice(SIGNALS[kind]))
        endings.append(ending_of_child(doomed, results, wait_s, number))
        saved.append(len(saved_states(results)))
    endings.append(ending_of_child(work, results))
    print(json.dumps({"endings": endings, "saved": saved}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
