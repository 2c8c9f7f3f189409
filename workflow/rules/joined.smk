# In a small study one job does what several rules say: a start costs more than what each has to do.
#
# The rules stand as they are, with their own scripts, parameters and records of what they wrote; a joined rule
# takes over their inputs and outputs, each under `<rule>__<name>`, and is preferred to them.
import inspect

from snakemake.io import AnnotatedString
from snakemake.iocontainers import Namedlist

from singmap.runtime.parts import SEPARATOR, of_rule

MESSAGES = {
    "choose_together": "Choosing excerpts to listen to and test frames to examine",
    "measure_together": "Measuring the mappings of {wildcards.model}, seed {wildcards.seed}, and what the whole model does",
    "tabulate_together": "Gathering all tables, and giving the hypotheses their verdicts",
    "draw_together": "Drawing all figures",
}


def parts_of(joined):
    """The rules that a joined one does the work of, by name."""
    return {part: getattr(rules, part) for part in JOINED[joined]}


def named(joined, kind):
    """What the parts have as input, output or params: `<rule>__<name>` -> value."""
    return {
        f"{part}{SEPARATOR}{name}": value
        for part, rule in parts_of(joined).items()
        for name, value in getattr(rule, kind).items()
    }


def flagged_outputs(joined):
    """What the parts make, with the flags that it has there: folders, temporary files, those of the report."""
    outputs = {n: AnnotatedString(str(p)) for n, p in named(joined, "output").items()}
    for part, proxy in parts_of(joined).items():
        for name, path in proxy.rule.output.items():
            outputs[f"{part}{SEPARATOR}{name}"].flags.update(path.flags)
    return outputs


def inner_inputs(joined):
    """Inputs of parts that other parts make: name of the input -> name of that output."""
    made = {str(path): name for name, path in named(joined, "output").items()}
    read = named(joined, "input").items()
    return {
        name: made[path]
        for name, path in read
        if isinstance(path, str) and path in made
    }


def outer_inputs(joined):
    """Inputs of parts that come from other rules."""
    inner = inner_inputs(joined)
    return {
        name: list(value) if isinstance(value, Namedlist) else value
        for name, value in named(joined, "input").items()
        if name not in inner
    }


def as_of_part(name, value):
    """A parameter of a part: where it is a function of the inputs, it sees those of its part."""
    if not (callable(value) and "input" in inspect.signature(value).parameters):
        return value
    part, _, _ = name.partition(SEPARATOR)

    def of_own_inputs(wildcards, input):
        return value(wildcards, Namedlist(fromdict=of_rule(part, input.items())))

    return of_own_inputs


def threads_of(part):
    """The threads of a rule's jobs."""
    return part.rule.resources["_cores"].value


def job_of(joined):
    """What the name of a joined job's log ends with, as those of its parts: {model}_seed{seed}, or all."""
    (ending,) = {Path(part.log[0]).stem for part in parts_of(joined).values()}
    return f"{joined}/{ending}"


# What takes the place of a rule.
MAKERS = {part: joined for joined, parts in JOINED.items() for part in parts}
MAKERS = MAKERS if FEW_JOBS and IS_OUTERMOST else {}

# Which of the two makes a file is asked twice: by its name, and by the rule that an input was taken from.
for part, joined in MAKERS.items():
    workflow.ruleorder(joined, part)
for reader in workflow.rules:
    reader.dependencies = {
        path: MAKERS.get(maker, maker) for path, maker in reader.dependencies.items()
    }

# What a user may ask for by name, and does not find here: the job that does it.
DONE_BY = MAKERS | ({"score_system": "score_together"} if FEW_JOBS else {})
DONE_BY |= {} if SINGLE_METHODS else {"map_model": "map_together"}


def tell_who_does_it():
    """Name the job that does what was asked for in vain by `--until` and the like: Snakemake just does nothing."""
    if workflow.dag is None:
        return
    settings = workflow.dag_settings
    asked = {*settings.until, *settings.forcerun, *settings.omit_from}
    for rule in sorted(
        DONE_BY.keys() & asked - {job.rule.name for job in workflow.dag.jobs}
    ):
        tell_user(
            f"Warning: {rule}: with these settings {DONE_BY[rule]} does its work; "
            f"name that, or use --config jobs=many"
        )


if workflow.is_main_process:
    atexit.register(tell_who_does_it)

for joined in sorted(set(MAKERS.values())):

    rule:
        name:
            joined
        input:
            **outer_inputs(joined),
        output:
            **flagged_outputs(joined),
        log:
            log_of(job_of(joined)),
        benchmark:
            benchmark_of(job_of(joined))
        # Seeds that are not mapped are measured by the rules themselves.
        wildcard_constraints:
            seed="|".join(map(str, MAPPED_SEEDS)),
        conda:
            ENVIRONMENT
        threads: max(map(threads_of, parts_of(joined).values()))
        resources:
            **needs(
                mem_mb=4000, minutes=lambda tracks: 120 + 8 * tracks["test"].n_tracks
            ),
        params:
            **{
                name: as_of_part(name, value)
                for name, value in named(joined, "params").items()
            },
            parts={part: threads_of(rule) for part, rule in parts_of(joined).items()},
            inner=inner_inputs(joined),
        message:
            MESSAGES[joined]
        script:
            "../scripts/do_parts.py"
