"""Print what the jobs of a finished study took, by rule, as a Markdown table: the base of every request.

    PYTHONPATH=workflow/lib:. python tools/measured_resources.py results/demo

Reads the benchmark files that every rule leaves (wall and CPU time in s, largest resident memory in MB).
"""

import argparse
from pathlib import Path

import pandas as pd


def measured_resources(results: Path) -> pd.DataFrame:
    """One row per rule: number of jobs, largest memory (MB), longest and total time (s), cores in use."""
    rows = []
    for folder in sorted((results / "benchmarks").iterdir()):
        files = sorted(folder.rglob("*.tsv"))
        if not files:  # its jobs have not ended yet
            continue
        jobs = pd.concat([pd.read_csv(path, sep="\t", na_values="-") for path in files])
        rows.append(
            {
                "rule": folder.name,
                "jobs": len(jobs),
                "memory_mb": jobs["max_rss"].max(),
                "longest_s": jobs["s"].max(),
                "total_s": jobs["s"].sum(),
                "cores": jobs["cpu_time"].sum() / jobs["s"].sum(),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished study, e.g. results/demo")
    table = measured_resources(parser.parse_args().results)
    print("| " + " | ".join(table.columns) + " |\n" + "|---" * len(table.columns) + "|")
    for row in table.itertuples(index=False):
        cells = (f"{value:.1f}" if isinstance(value, float) else str(value) for value in row)
        print("| " + " | ".join(cells) + " |")
