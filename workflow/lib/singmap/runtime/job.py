"""Run a script's ``main`` as the job that Snakemake started: the last line of every script of the workflow.

``main`` takes keywords only, each with a type. A keyword is bound by its name to the named input, output,
parameter or wildcard of the rule, and converted to its type: ``Path``, ``list[Path]``, ``int``, ``str``.
Three names have a meaning of their own:

    threads     the job's threads
    gpu_slots   GPUs that the job was granted
    outputs     all named outputs, {name: path}
"""

import contextlib
import gc
import inspect
import os
import shlex
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from threadpoolctl import threadpool_limits

from singmap.runtime.errors import REBUILD, InputError
from singmap.runtime.logs import captured
from singmap.runtime.records import check_inputs, record_outputs, results_folder

Main = Callable[..., None]
CONVERSIONS: dict[Any, Callable[[Any], Any]] = {
    Path: Path,
    # A name that stands for one file gives its path alone.
    list[Path]: lambda paths: [Path(path) for path in ([paths] if isinstance(paths, str) else paths)],
    int: int,
    str: str,
}


def run(main: Main) -> None:
    """Run `main` for the job that Snakemake put into its module, what it prints going to the job's log.

    The last line of the log says what CPU seconds the job took, and how many of them its start. Ends with
    status 1 after an error, and with status 2, saying what the script needs, where there is no job: it was
    started by hand.
    """
    job = main.__globals__.get("snakemake")
    if job is None:
        _explain(main)
    with logged(job), limited_threads(job.threads):
        run_checked(main, job)


@contextlib.contextmanager
def logged(job: Any) -> Iterator[None]:
    """Send what is printed to the job's log, whose last line says its CPU seconds, and those of its start."""
    start_s = _cpu_s()
    with captured(job.log[0]):
        yield
        print(f"{_cpu_s():.2f} CPU s, of which {start_s:.2f} to start")
    gc.freeze()  # or the process would look for garbage among all modules as it ends: 0.4 s with torch


def run_checked(main: Main, job: Any) -> None:
    """Run `main` on inputs that are as they were written, and record what it writes.

    Where one of them is damaged, the error says how it is made again.
    """
    inputs, outputs = _paths(job.input), _paths(job.output)
    results = results_folder(job.log[0])
    try:
        if results is not None:
            check_inputs(results, inputs)
        main(**bound(main, job))
    except InputError as error:
        if error.remedy != REBUILD:
            raise
        remedy = _rebuilding(error.where, inputs)
        raise InputError(error.where, error.expected, error.found, remedy, error.problems) from error
    if results is not None:
        record_outputs(results, job.rule, outputs)


def _cpu_s() -> float:
    """CPU seconds of this process, since it began, and of those that it has waited for."""
    return sum(os.times()[:4])


def _paths(part: Any) -> list[Path]:
    """All files and folders of a job's input or output; a name may stand for several."""
    values = (value for _, value in part.items())
    return [Path(path) for value in values for path in ([value] if isinstance(value, str) else value)]


def _rebuilding(where: str, inputs: list[Path]) -> str:
    """How to have the file or folder `where` made again: whole outputs of rules, not single files in them."""
    damaged = Path(where)
    made = [path for path in inputs if path == damaged or path in damaged.parents]
    made = made or [path for path in inputs if damaged in path.parents]
    names = " ".join(shlex.quote(str(path)) for path in made or [damaged])
    return f"run snakemake again with --forcerun {names}"


def bound(main: Main, job: Any) -> dict[str, Any]:
    """The arguments of `main` from a job's named parts; raises TypeError for a name with no or two values."""
    parts = (job.input, job.output, job.params, job.wildcards)
    own = {
        "threads": job.threads,
        "gpu_slots": getattr(job.resources, "gpu", 0),
        "outputs": {name: Path(path) for name, path in job.output.items()},
    }
    places = [own, *(dict(part.items()) for part in parts)]
    types = typing.get_type_hints(main)
    arguments = {}
    for name, parameter in inspect.signature(main).parameters.items():
        values = [place[name] for place in places if name in place]
        if len(values) > 1 or not (values or parameter.default is not parameter.empty):
            found = "several values" if values else "no value"
            raise TypeError(f"rule {job.rule} gives {found} for the argument {name!r} of its script")
        if values:
            convert = CONVERSIONS.get(types.get(name))
            arguments[name] = convert(values[0]) if convert else values[0]
    return arguments


@contextlib.contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """Let BLAS, OpenMP and PyTorch, where it is loaded, use `threads` threads: rounding depends on it."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
    with threadpool_limits(threads):
        yield


def _explain(main: Main) -> NoReturn:
    """Say on standard error what a script needs and how it is run; end with status 2."""
    rule = Path(main.__code__.co_filename).stem
    needed = (f"    {parameter}" for parameter in inspect.signature(main).parameters.values())
    lines = [
        f"{rule} is the script of the rule {rule}; Snakemake runs it: snakemake --cores 2 --until {rule}",
        f"From Python: from workflow.scripts.{rule} import main. It needs these keywords:",
        *needed,
    ]
    print("\n".join(lines), file=sys.stderr)
    raise SystemExit(2)
