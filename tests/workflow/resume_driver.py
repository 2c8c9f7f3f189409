"""Train one small model in child processes that are killed at random moments, until one finishes.

    python resume_driver.py <folder with train/ and valid/ spectra> <folder of results> <kills> <seed>

Prints as JSON how the children ended. A process of its own, because it forks after torch was imported:
that saves the import in every child.
"""

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import torch

from workflow.scripts import train_model

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
}
LONGEST_WAIT_S = 0.1  # so short that all kills together fall into one training, also on a fast machine
START_LIMIT_S = 60.0


def train(spectra: Path, results: Path) -> None:
    """Train to the end, or on from the last state that a killed child left."""
    train_model.main(
        train=spectra / "train",
        valid=spectra / "valid",
        model="sf",
        seed=0,
        settings=SETTINGS,
        device="cpu",
        gpu_slots=0,
        code={},
        states=results / "states",
        weights=results / "weights.safetensors",
        history=results / "history.csv",
        provenance=results / "provenance.json",
        save_interval_s=0.05,
    )


def saved_states(results: Path) -> list[str]:
    """Names of the states that children left; every save changes them."""
    return sorted(path.name for path in (results / "states").rglob("state-*"))


def is_running(child: int) -> bool:
    """Whether a child has not ended; one that has stays to be waited for."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def ending_of_child(spectra: Path, results: Path, wait_s: float | None = None, number: int = 0) -> str:
    """Fork a child that trains and send it signal `number`, `wait_s` after it saved a state.

    Returns how it ended.
    """
    before = saved_states(results)
    child = os.fork()
    if not child:
        status = 1
        try:
            train(spectra, results)
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


def main(spectra: Path, results: Path, n_kills: int, seed: int) -> None:
    """Kill `n_kills` children, then let one finish."""
    torch.set_num_threads(1)
    torch.optim.Adam([torch.zeros(1)])  # imports what every child would otherwise import itself
    generator = np.random.default_rng(seed)
    endings = []
    for _ in range(n_kills):
        wait_s = generator.uniform(0, LONGEST_WAIT_S)
        number = int(generator.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        endings.append(ending_of_child(spectra, results, wait_s, number))
    endings.append(ending_of_child(spectra, results))
    print(json.dumps(endings))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
