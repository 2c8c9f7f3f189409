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
    "examine_together": "Examining {wildcards.model}, seed {wildcards.seed}, and measuring what the whole model does",
    "separate_together": "Separating and scoring the test tracks, testing which systems differ, cutting what is to be heard",
    "draw_together": "Drawing loss curves and mapping matrices",
    "conclude_together": "Gathering all measures, giving the hypotheses their verdicts, drawing them, rendering the page",
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


def listed(paths):
    """One path or several, as a list."""
    return [paths] if isinstance(paths, str) else list(paths)


def made_together(joined, wildcards):
    """Paths of all that a joined job makes."""
    patterns = map(str, named(joined, "output").values())
    return set(expand(list(patterns), **wildcards))


def inner_inputs(joined):
    """Inputs of parts that other parts make, all of them or some: a job's wildcards -> {name: all its paths}."""

    def of_job(wildcards):
        made = made_together(joined, wildcards)
        read = {
            name: value(wildcards) if callable(value) else expand_like(value, wildcards)
            for name, value in named(joined, "input").items()
        }
        return {
            n: paths for n, paths in read.items() if not made.isdisjoint(listed(paths))
        }

    return of_job


def expand_like(value, wildcards):
    """The paths of an input with a job's wildcards: one where the input is one, else a list."""
    paths = expand(listed(value), **wildcards)
    return paths[0] if isinstance(value, str) else paths


def outer_inputs(joined):
    """Inputs of parts, without what other parts make."""
    made = set(map(str, named(joined, "output").values()))

    def of_job(value):
        def others(wildcards):
            paths = value(wildcards)
            inner = made_together(joined, wildcards)
            return (
                paths
                if isinstance(paths, str)
                else [p for p in paths if p not in inner]
            )

        return others

    inputs = {}
    for name, value in named(joined, "input").items():
        if callable(value):
            inputs[name] = of_job(value)
        elif not isinstance(value, str):
            inputs[name] = [path for path in value if path not in made]
        elif value not in made:
            inputs[name] = value
    return inputs


def as_of_part(joined, name, value):
    """A parameter of a part: where it is a function of the inputs, it sees those of its part."""
    if not (callable(value) and "input" in inspect.signature(value).parameters):
        return value
    part, _, _ = name.partition(SEPARATOR)

    def of_own_inputs(wildcards, input):
        inputs = dict(input.items()) | inner_inputs(joined)(wildcards)
        return value(wildcards, Namedlist(fromdict=of_rule(part, inputs.items())))

    return of_own_inputs


def threads_of(part):
    """The threads of a rule's jobs."""
    return part.rule.resources["_cores"].value


def asked_of_parts(joined, name, together):
    """What a joined job asks of a resource: what `together` makes of the amounts that its parts ask for."""

    def request(wildcards, attempt):
        asked = [
            part.rule.resources[name].evaluate(wildcards, attempt=attempt).value
            for part in parts_of(joined).values()
            if name in part.rule.resources
        ]
        return together(asked) if asked else 0

    return request


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
DONE_BY = {rule: MAKERS.get(job, job) for rule, job in DONE_BY.items()}


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
        priority: max(part.rule.priority for part in parts_of(joined).values())
        conda:
            ENVIRONMENT
        threads: max(map(threads_of, parts_of(joined).values()))
        resources:
            mem_mb=asked_of_parts(joined, "mem_mb", max),
            runtime=asked_of_parts(joined, "runtime", sum),
            gpu=asked_of_parts(joined, "gpu", max),
        params:
            **{
                name: as_of_part(joined, name, value)
                for name, value in named(joined, "params").items()
            },
            parts={part: threads_of(rule) for part, rule in parts_of(joined).items()},
            inner=inner_inputs(joined),
        message:
            MESSAGES[joined]
        script:
            "../scripts/do_parts.py"
