"""Break the library in known ways, one at a time, and see that its tests notice: `make mutants`.

A mutant is a line of science or storage with a plausible mistake. Each is written into a copy of the
checkout, the tests named beside it run there; a mutant that they pass has survived: they cannot fail on it.

    python tools/mutants.py [TEXT]     only the mutants whose file or mistake contains TEXT
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = "workflow/lib/singmap"


class Mutant(NamedTuple):
    """A text of a module of the library, what replaces it, and the tests that must notice."""

    module: str
    right: str
    wrong: str
    tests: str


MUTANTS = [
    # files: whole or absent, and on the disk
    Mutant("files/storage.py", "os.replace(part, path)", "shutil.copy(part, path)", "files/test_storage.py"),
    Mutant("files/storage.py", "os.fsync(written.fileno())", "pass", "files/test_storage.py"),
    Mutant("files/unfinished.py", '!= metadata["sha256"]', '== ""', "files/test_unfinished.py"),
    Mutant("files/parquet.py", "glob.escape(str(Path(path).absolute()))", "str(path)",
           "files/test_parquet.py"),
    Mutant("files/large_tables.py", "found, units, REBUILD)", "found, {}, REBUILD)",
           "files/test_large_tables.py"),
    # runtime: what reruns
    Mutant("runtime/code_digests.py", '"yaml": "pyyaml", ', "", "runtime/test_code_digests.py"),
    # spectra
    Mutant("spectra/known_targets.py", "own = np.where(2 * bins < n_bins, 0.5, 1.0)",
           "own = np.where(2 * bins < n_bins, 1.0, 0.5)", "spectra/test_known_targets.py"),
    # training
    Mutant("training/trainer.py", "self.model.load_state_dict(self.best)", "pass",
           "training/test_trainer.py"),
    Mutant("training/trainer.py", "self.loss_sum.zero_()", "pass", "training/test_trainer.py"),
    Mutant("training/trainer.py", "self.gradients.refresh()", "pass", "training/test_trainer.py"),
    Mutant("training/kept_epochs.py", 'row["epoch"] in self.epochs', 'row["epoch"] <= max(self.epochs)',
           "training/test_kept_epochs.py"),
    Mutant("training/losses.py", "mul_(2 / y.numel())", "mul_(1 / y.numel())", "training/test_losses.py"),
    Mutant("compute/adam.py", "1 / math.sqrt(1 - second", "1 / math.sqrt(1 - first", "compute/test_adam.py"),
    # mapping
    Mutant("mapping/segments.py", "track.n_frames < n_frames", "track.n_frames <= n_frames",
           "mapping/test_segments.py"),
    Mutant("mapping/matrix.py", "range(-half_width_bins, half_width_bins + 1)",
           "range(-half_width_bins, half_width_bins)", "mapping/test_matrix.py"),
    Mutant("mapping/matrix.py", "order) for values in (target - estimate, target)",
           "order) for values in (target - estimate, estimate)", "mapping/test_matrix.py"),
    Mutant("mapping/factors.py", 'bias[None, :] if bias_axis == "input"',
           'bias[:, None] if bias_axis == "input"', "mapping/test_nca.py"),
    # scoring
    Mutant("scoring/bsseval.py", "np.stack([self._energy, self._energy, filtered[1], filtered[3]])",
           "np.stack([self._energy, self._energy, filtered[3], filtered[1]])", "scoring/test_bsseval.py"),
    Mutant("scoring/bsseval.py", "scores[:, :, is_silent] = np.nan", "pass", "scoring/test_bsseval.py"),
    Mutant("scoring/inference.py", "tail = (1 - confidence) / 2", "tail = 1 - confidence",
           "scoring/test_inference.py"),
    Mutant("scoring/inference.py", "return min(1.0, 2 * (float(beyond)", "return min(1.0, (float(beyond)",
           "scoring/test_inference.py"),
    # the study
    Mutant("spectra/static_gains.py", "_summed(x, y, products), ", "_summed(x, x, products), ",
           "spectra/test_static_gains.py"),
    Mutant("study/outside_effect.py", "own = (np.linalg.norm(values, axis=1, keepdims=True)",
           "own = (np.linalg.norm(values, axis=1, keepdims=True) ** 2", "study/test_outside_effect.py"),
    Mutant("study/verdicts.py", '"supported" if side == hypothesis.direction else "contradicted"',
           '"supported" if side else "contradicted"', "study/test_verdicts.py"),
    Mutant("study/truth_checks.py", '"passed" if bound.holds(value) else "failed"', '"passed"',
           "study/test_truth_checks.py"),
    Mutant("study/nca_shares.py", '["trained", "scalar", "all_ones"]', '["trained"]',
           "study/test_nca_shares.py"),
]  # fmt: skip


def tracked_files() -> list[str]:
    """What git tracks or would track, so that the copy holds no results."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def copy_checkout(folder: Path) -> None:
    """Copy the checkout to `folder`."""
    for name in tracked_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def tests_pass(checkout: Path, tests: str) -> bool:
    """Whether the unit tests of a file pass in a checkout; raises RuntimeError where none ran."""
    paths = os.pathsep.join([str(checkout / "workflow/lib"), str(checkout)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/unit/{tests}"],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest {tests} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def survives(mutant: Mutant, checkout: Path) -> bool:
    """Whether the tests pass with the mistake; raises RuntimeError where the right text isn't there once."""
    path = checkout / LIBRARY / mutant.module
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise RuntimeError(
            f"{mutant.module}: expected {mutant.right!r} once, found it {text.count(mutant.right)} times"
        )
    try:
        path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
        return tests_pass(checkout, mutant.tests)
    finally:
        path.write_text(text, encoding="utf-8")


def main(wanted: str = "") -> int:
    """Try the mutants that hold `wanted`; returns how many survived."""
    chosen = [mutant for mutant in MUTANTS if wanted in " ".join(mutant)]
    with tempfile.TemporaryDirectory() as folder:
        copy_checkout(Path(folder))
        for tests in dict.fromkeys(mutant.tests for mutant in chosen):
            if not tests_pass(Path(folder), tests):
                raise SystemExit(f"tests/unit/{tests} fails without any mistake: mend that first")
        survivors = [mutant for mutant in chosen if _told(mutant, survives(mutant, Path(folder)))]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants were noticed")
    return len(survivors)


def _told(mutant: Mutant, has_survived: bool) -> bool:
    print(f"{'SURVIVED' if has_survived else 'noticed '}  {mutant.module}: {mutant.wrong}", flush=True)
    return has_survived


if __name__ == "__main__":
    sys.exit(min(1, main(*sys.argv[1:2])))
