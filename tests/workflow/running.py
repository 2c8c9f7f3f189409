"""A reduced study for the workflow tests, and the means to run Snakemake on it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from singmap.configuration import merged, read_yaml

ROOT = Path(__file__).resolve().parents[2]

# The demo, reduced to what still walks every rule.
TINY = read_yaml(ROOT / ".test/config/config.yaml")


def run_snakemake(
    directory: Path, *arguments: str, source: Path = ROOT, config: dict | None = None
) -> subprocess.CompletedProcess:
    """Run Snakemake in `directory` with the tiny configuration and `config` laid over it.

    `source` is the checkout whose Snakefile and default profile are used. Output is captured as text.
    """
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with start_snakemake(directory, *arguments, source=source, config=config, **pipes) as process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def start_snakemake(
    directory: Path, *arguments: str, source: Path = ROOT, config: dict | None = None, **pipes
) -> subprocess.Popen:
    """Start what `run_snakemake` runs; `pipes` are options of Popen, by default no output is kept."""
    settings = directory / "tiny.json"
    settings.write_text(json.dumps(merged(TINY, config or {})))
    command = [sys.executable, "-m", "snakemake", "--snakefile", source / "Snakefile"]
    command += ["--directory", directory, "--profile", source / "profiles/default"]
    command += ["--configfile", settings, *arguments]
    if not any(argument.startswith("--cores") for argument in arguments):
        command.append("--cores=2")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, **(quiet | pipes)
    )
