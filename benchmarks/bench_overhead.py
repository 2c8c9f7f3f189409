"""What share of a study's CPU seconds is start-up: of Snakemake, and of what each job imports.

    python benchmarks/bench_overhead.py [results/demo]

The jobs' CPU seconds are those that Snakemake measured (benchmarks/<rule>/<job>.tsv of a finished study).
What a job's imports cost is measured here, three times for each script, the least taken, and planning once.
Modules that a script loads by name (oracles, mapping methods) and what is compiled count as work.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
TRIES = 3
CPU_S = "import os; times = os.times(); print(times.user + times.system)"


def job_table(results: Path) -> pd.DataFrame:
    """One row per rule: jobs, and the CPU seconds of all of them."""
    rows = []
    for folder in sorted((results / "benchmarks").iterdir()):
        times = [pd.read_csv(path, sep="\t")["cpu_time"].sum() for path in folder.glob("*.tsv")]
        rows.append((folder.name, len(times), sum(times)))
    return pd.DataFrame(rows, columns=["rule", "jobs", "cpu_s"])


def import_s(rule: str) -> float:
    """CPU seconds that starting a job of a rule takes before it does anything."""
    return min(
        _cpu_s([sys.executable, "-c", f"import workflow.scripts.{rule}; {CPU_S}"]) for _ in range(TRIES)
    )


def planning_s() -> float:
    """CPU seconds that Snakemake takes to plan the demo."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "all", "--directory", folder]
        before = os.times()
        subprocess.run([*command, "--snakefile", ROOT / "Snakefile"], check=True, capture_output=True)
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _cpu_s(command: list[str]) -> float:
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return float(done.stdout.split()[-1])


def main(results: Path) -> None:
    """Print a table of all rules, the dearest start first, and the share."""
    if not (results / "benchmarks").is_dir():
        print(f"not run: {results} is no finished study; `make demo` makes one")
        return
    table = job_table(results)
    present = [name for name in table["rule"] if (ROOT / f"workflow/scripts/{name}.py").is_file()]
    table = table[table["rule"].isin(present)]
    table["start_s"] = [import_s(rule) for rule in table["rule"]] * table["jobs"]
    print(table.sort_values("start_s", ascending=False).round(1).to_string(index=False))
    planning = planning_s()
    start, work = table["start_s"].sum() + planning, table["cpu_s"].sum() + planning
    print(f"{table['jobs'].sum()} jobs, {work:.0f} CPU s; start-up {start:.0f} ({start / work:.0%})")
    print(f"of which planning {planning:.0f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results/demo")
