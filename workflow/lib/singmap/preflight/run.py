"""All that can be known to go wrong with a run, collected before its first job.

Snakemake deletes a job's old outputs as it starts it: an error that comes then has cost them.
"""

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from singmap.data.tracks import read_manifest
from singmap.preflight.dataset import archive_problems, source_problems, source_warnings, track_problems
from singmap.preflight.device import device_problems
from singmap.preflight.plan import Plan
from singmap.preflight.space import space_problems
from singmap.runtime.errors import InputError
from singmap.runtime.records import gone_files


def check_run(settings: Mapping[str, Any], plan: Plan, manifest: Path) -> None:
    """Raise one InputError that lists every problem of a planned run, one per line; else return.

    `manifest` is the file that lists the data set's tracks, where it has been fetched.
    """
    errors = [str(error) for error in run_problems(settings, plan, manifest)]
    if errors:
        found = f"{len(errors)} problem{'s'[: len(errors) > 1]} before the first job:"
        lines = [line for error in errors for line in error.splitlines()]
        raise InputError("this run", "what its jobs need", found, problems=lines)


def run_problems(settings: Mapping[str, Any], plan: Plan, manifest: Path) -> Iterator[InputError]:
    """Yield every problem that a planned run can be known to have."""
    yield from device_problems(settings, plan)
    if plan.has("fetch_dataset"):
        yield from source_problems(settings)
    elif manifest.is_file():
        try:
            tracks = read_manifest(manifest)
        except InputError as error:
            yield error
            return
        yield from archive_problems(settings, tracks)
        yield from track_problems(settings, plan, tracks)
        if plan.jobs:
            yield from space_problems(settings, plan, tracks)


def run_warnings(settings: Mapping[str, Any], plan: Plan, manifest: Path) -> Iterator[str]:
    """Yield what a user should know of a run that can be made.

    Data that are not as they were listed, and files that are gone from folders: Snakemake sees these whole.
    """
    for folder, places in gone_files(Path(settings["results"])).items():
        if folder not in plan.outputs:
            n_more = len(places) - 1
            found = f"{places[0]} and {n_more} more are" if n_more else f"{places[0]} is"
            yield f"{folder}: {found} gone; run snakemake again with --forcerun {shlex.quote(str(folder))}"
    if plan.has("fetch_dataset") or not manifest.is_file():
        return
    with contextlib.suppress(InputError):  # a damaged manifest is a problem of the run
        yield from source_warnings(settings, read_manifest(manifest))
