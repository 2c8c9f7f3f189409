"""What a run lacks is said before its first job: no old output has gone by then. A dry run warns of it."""

import hashlib
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from singmap.runtime.gpu_slots import gpu_present
from tests.helpers.audio_files import voice_and_band, write_folder, write_musdb_wav, write_stems
from tests.workflow.running import ROOT, TINY, run_snakemake

# The study's own rules/common.smk, and a job that has trained already.
SNAKEFILE = """
include: "{root}/workflow/rules/common.smk"
include: "{root}/workflow/rules/history.smk"

rule train_model:
    output: "weights"
    params: device=CONFIG["device"]
    resources: gpu=gpus
    script: "train_model.py"
"""
FOUND = "this run: expected what its jobs need, found 1 problem before the first job:"
NO_GPU = "  device: expected a CUDA device, found none; set `device: auto` or `device: cpu`"


def snakemake(folder: Path, *arguments: str, memory_bytes: int | None = None) -> subprocess.CompletedProcess:
    """Run Snakemake in a folder, with so much address space."""

    def limit() -> None:
        if memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))

    command = [sys.executable, "-m", "snakemake", "--cores=1", *arguments]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environment, preexec_fn=limit
    )


@pytest.fixture
def trained(tmp_path):
    """A folder whose weights were made on the CPU."""
    (tmp_path / "Snakefile").write_text(SNAKEFILE.format(root=ROOT))
    (tmp_path / "train_model.py").write_text("open(snakemake.output[0], 'w').write('weights')\n")
    assert snakemake(tmp_path, "--config", "device=cpu").returncode == 0
    return tmp_path


@pytest.mark.skipif(gpu_present(), reason="needs a machine without a GPU")
def test_weights_survive_a_run_that_asks_for_a_gpu_in_vain(trained):
    refused = snakemake(trained, "--config", "device=cuda")
    assert refused.returncode == 1
    assert f"{FOUND}\n{NO_GPU}\n" in refused.stderr
    assert (trained / "weights").read_text() == "weights"
    planned = snakemake(trained, "--dry-run", "--config", "device=cuda")
    assert planned.returncode == 0
    assert f"Warning: {FOUND}\n{NO_GPU}\n" in planned.stderr
    assert "train_model" in planned.stdout


def test_a_missing_data_set_is_named_before_any_job(tmp_path):
    config = {"dataset": {"name": "folder", "root": "gone"}}
    planned = run_snakemake(tmp_path, "--dry-run", config=config)
    refused = run_snakemake(tmp_path, config=config)
    assert (planned.returncode, refused.returncode) == (0, 1)
    for done in (planned, refused):
        assert f"dataset.root: expected an existing folder, found nothing at {tmp_path}/gone" in done.stderr
    assert "Making data set" not in refused.stderr
    assert not (tmp_path / TINY["results"]).exists()


def test_a_memory_limit_in_which_jobs_would_hang_is_refused_in_one_line(trained):
    refused = snakemake(trained, "--dry-run", memory_bytes=1_500_000_000)
    assert refused.returncode == 1
    expected = "memory limit (ulimit -v): expected none, or at least 2000000 kB, found 1464843 kB; raise it"
    assert expected in refused.stdout
    assert "Traceback" not in refused.stdout + refused.stderr


def decoded(folder: Path, subset: str, config: dict) -> subprocess.CompletedProcess:
    """Have the tracks of a subset decoded, and nothing later."""
    wanted = f"{TINY['results']}/audio/{subset}/index.csv"
    return run_snakemake(folder, "--cores=1", wanted, config={"dataset": config})


def test_the_same_archive_from_elsewhere_is_the_same_data_set(tmp_path):
    unpacked, archive = write_musdb_wav(tmp_path / "unpacked"), tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as opened:  # tones that are compressed are refused
        for path in unpacked.rglob("*.wav"):
            opened.write(path, path.relative_to(unpacked))
    mirror = shutil.copy2(archive, tmp_path / "mirror.zip")
    config = {"name": "musdb18-hq", "url": f"file://{archive}"}
    first = decoded(tmp_path, "train", config)
    assert first.returncode == 0, first.stderr[-3000:]
    sha256 = {"sha256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    elsewhere = {"url": f"file://{mirror}"}
    for changes in (sha256 | elsewhere, elsewhere):
        done = decoded(tmp_path, "train", config | changes)
        assert "Nothing to be done" in done.stderr
        assert ("Warning: dataset.url: the data in use came from" in done.stderr) == (changes is elsewhere)
    refused = decoded(tmp_path, "valid", config | {"sha256": "a" * 64})
    assert refused.returncode == 1
    assert f"{FOUND}\n  dataset.sha256: expected {sha256['sha256']}, the checksum of" in refused.stderr
    assert "Decoding" not in refused.stderr


def test_changed_tracks_of_a_copy_are_told_and_stop_only_what_needs_them(tmp_path):
    root = write_folder(tmp_path / "mine")
    write_stems(root / "train/Other", voice_and_band())
    config = {"name": "folder", "root": str(root)}
    first = decoded(tmp_path, "train", config)
    assert first.returncode == 0, first.stderr[-3000:]
    shutil.rmtree(root / "train/A")
    (root / "train/Other/vocals.wav").write_bytes(b"")
    told = (
        f"Warning: dataset.root, {root}: changed since it was listed (edited: train/Other; removed: train/A)"
    )
    for subset in ("train", "valid"):  # nothing is to be done, and something
        done = decoded(tmp_path, subset, config)
        assert (done.returncode, done.stderr.count(told)) == (0, 1), done.stderr[-3000:]
    shutil.rmtree(root / "test/C")
    refused = decoded(tmp_path, "test", config)
    assert f"{FOUND}\n  dataset.test: expected the files of the chosen tracks below {root}" in refused.stderr
    assert "Decoding" not in refused.stderr
