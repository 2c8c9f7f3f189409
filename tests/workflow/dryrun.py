"""Fast dry runs: what Snakemake would run on a finished study after an edit, and why.

Each dry run is Snakemake's own command line in a process of its own, forked from a server that has
imported Snakemake already: 0.5 s instead of 2.
"""

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from singmap.configuration import merged
from tests.workflow.running import ROOT, TINY

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["snakemake.cli", "pandas"])

JOB_STATS = re.compile(r"^job +count\n-+ +-+\n((?:\w+ +\d+\n)+)", re.MULTILINE)


def copy_checkout(destination: Path, source: Path = ROOT) -> Path:
    """Copy what git tracks, or would, of a checkout as it stands in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=source,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source / name).is_file():
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, destination / name)
    return destination


def planned_jobs(output: str) -> dict[str, int]:
    """Read rule -> number of jobs from what a dry run printed; targets and the total are left out."""
    tables = JOB_STATS.findall(output)
    if not tables and "Nothing to be done" not in output:
        raise AssertionError(f"the dry run failed:\n{output[-4000:]}")
    counts = dict(line.split() for line in tables[0].splitlines()) if tables else {}
    return {rule: int(count) for rule, count in counts.items() if rule not in ("all", "default", "total")}


def planned_messages(output: str) -> list[str]:
    """What each planned job says of itself: "Training sf, seed 0"."""
    return re.findall(r"^Job \d+: (.*)$", output, re.MULTILINE)


def dry_run(directory: Path, source: Path, config: dict | None = None, *arguments: str) -> str:
    """Dry-run the tiny study with `config` laid over it; return all that Snakemake prints."""
    with tempfile.TemporaryDirectory() as scratch:
        settings, output = Path(scratch, "config.json"), Path(scratch, "output.txt")
        settings.write_text(json.dumps(merged(TINY, config or {})))
        command = ["--dry-run", "--cores=2", "--snakefile", source / "Snakefile", "--directory", directory]
        command += ["--profile", source / "profiles/default", "--configfile", settings, *arguments]
        process = _context.Process(target=_snakemake, args=([str(part) for part in command], str(output)))
        process.start()
        process.join()
        process.close()
        return output.read_text()


def _snakemake(arguments: list[str], output: str) -> None:
    """Run Snakemake's command line in this process with its output in a file."""
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    # This process has the library of this checkout; the Snakefile must find that of its own.
    sys.path = [entry for entry in sys.path if Path(entry).resolve() not in (ROOT, ROOT / "workflow/lib")]
    for name in [name for name in sys.modules if name.partition(".")[0] == "singmap"]:
        del sys.modules[name]
    from snakemake.cli import main

    main(arguments)
