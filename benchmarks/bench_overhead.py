"""What share of the demo's CPU seconds is start-up: of Snakemake, and of what each job imports.

    python benchmarks/bench_overhead.py [--cores 2] [--directory FOLDER] [options of Snakemake]

Runs the demo from nothing, some minutes, in `FOLDER` or a temporary one, and prints one row per rule, those
first that take longest. Every job says in the last line of its log what CPU seconds it took until its script
had imported what it needs, and in all (singmap/runtime/job.py); Snakemake's own benchmark files look at a job
every half second, and after 15 s every half minute: too seldom for this. What all processes took, as the
system counts it, less what the jobs did, is Snakemake's: planning, starting jobs, noticing their end.

Modules that a script loads by name (oracles, mapping methods) and what is compiled count as work.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
RESULTS = "results/demo"
TAKEN = re.compile(r"^([\d.]+) CPU s, of which ([\d.]+) to start$", re.MULTILINE)


def job_table(results: Path) -> pd.DataFrame:
    """One row per rule: its jobs, CPU seconds of all of them, and those of their starts."""
    found = {}
    for log in sorted((results / "logs").glob("*/*.log")):
        ((cpu_s, start_s),) = TAKEN.findall(log.read_text())
        found[log] = log.parent.name, float(cpu_s), float(start_s)
    jobs = pd.DataFrame(found.values(), columns=["rule", "cpu_s", "start_s"])
    table = jobs.groupby("rule").agg(
        jobs=("rule", "size"), cpu_s=("cpu_s", "sum"), start_s=("start_s", "sum")
    )
    return table.sort_values("cpu_s", ascending=False).reset_index()


def run_demo(folder: Path, cores: int, options: list[str]) -> tuple[float, float]:
    """Wall time and CPU seconds of the whole demo, Snakemake and all jobs, made in a folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--profile", str(ROOT / "profiles/default"), "--directory", str(folder)]
    began, before = time.monotonic(), os.times()
    done = subprocess.run([*command, "--cores", str(cores), *options], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    after = os.times()
    cpu_s = sum(after[2:4]) - sum(before[2:4])  # of children and theirs, user and system
    return time.monotonic() - began, cpu_s


def main(cores: int, directory: Path | None, options: list[str]) -> None:
    """Run the demo; print where its CPU seconds went, and the share of start-up."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = directory or Path(temporary)
        if (folder / RESULTS).exists():
            raise SystemExit(f"{folder / RESULTS} is there already; name another folder")
        wall_s, cpu_s = run_demo(folder, cores, options)
        table = job_table(folder / RESULTS)
    print(table.round(1).to_string(index=False))
    of_jobs, start_s = table["cpu_s"].sum(), table["start_s"].sum()
    of_snakemake = cpu_s - of_jobs
    print(f"{table['jobs'].sum()} jobs on {cores} cores: {wall_s:.0f} s, {cpu_s:.0f} CPU s")
    print(f"start of jobs {start_s:.0f} ({start_s / cpu_s:.0%}), Snakemake {of_snakemake:.0f} ", end="")
    print(f"({of_snakemake / cpu_s:.0%}); together {(start_s + of_snakemake) / cpu_s:.0%}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--directory", type=Path)
    own, of_snakemake = parser.parse_known_args()
    main(own.cores, own.directory, of_snakemake)
