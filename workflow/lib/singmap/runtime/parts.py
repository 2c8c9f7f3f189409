"""Run the scripts of several rules one after the other, for a job that stands for all of them.

workflow/rules/joined.smk makes such jobs; their inputs, outputs and parameters are called ``<rule>__<name>``.
Each script sees those of its own rule, as in a job of its own; what it writes is recorded as that rule's.
"""

import importlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from singmap.runtime.job import limited_threads, logged, run_checked

SEPARATOR = "__"


@dataclass(frozen=True)
class Part:
    """What Snakemake would give the script of a rule in a job of its own, as far as that is read."""

    rule: str
    threads: int
    input: dict[str, Any]
    output: dict[str, Any]
    params: dict[str, Any]
    wildcards: dict[str, Any]
    resources: Any
    log: list[str]


def of_rule(rule: str, values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Those of the named values that belong to `rule`, by the names that it has for them."""
    start = rule + SEPARATOR
    return {name.removeprefix(start): value for name, value in values if name.startswith(start)}


def part_of(job: Any, rule: str, threads: int) -> Part:
    """The share of `job` that belongs to `rule`; inputs that other parts make are parameters of it."""
    return Part(
        rule,
        threads,
        input=of_rule(rule, [*job.input.items(), *job.params.inner.items()]),
        output=of_rule(rule, job.output.items()),
        params=of_rule(rule, job.params.items()),
        wildcards=dict(job.wildcards.items()),
        resources=job.resources,
        log=job.log,
    )


def run_parts(job: Any) -> None:
    """Run the scripts of the rules that ``job.params.parts`` names, each with its threads, in one process.

    Ends with status 2 where there is no job: it was started by hand.
    """
    if job is None:
        print(
            "do_parts does what other scripts do; Snakemake starts it (workflow/rules/joined.smk)",
            file=sys.stderr,
        )
        raise SystemExit(2)
    mains = {rule: importlib.import_module(rule).main for rule in job.params.parts}
    with logged(job):
        for rule, threads in job.params.parts.items():
            print(f"{rule}:")
            with limited_threads(threads):
                run_checked(mains[rule], part_of(job, rule, threads))
