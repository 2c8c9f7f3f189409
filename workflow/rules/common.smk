# What all rules share: the validated configuration, places, code digests and what a job needs.
import atexit
import functools
import hashlib
import math
import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(workflow.current_basedir).parent.parent
# Where `singmap` lies and nothing else, before others of that name; inherited by the jobs' own Python.
LIBRARY = str(ROOT / "workflow" / "lib")
sys.path.insert(0, LIBRARY)
os.environ.update(
    PYTHONPATH=os.pathsep.join(filter(None, [LIBRARY, os.environ.get("PYTHONPATH")]))
)

from snakemake.exceptions import WorkflowError

import singmap
from singmap.configuration import (
    check_numbers,
    check_settings,
    merged,
    numbers_from_text,
    read_yaml,
)
from singmap.mapping.registry import (
    method_module,
    method_needs_layers,
    method_settings,
    method_uses_gpu,
)
from singmap.models.designs import design_of
from singmap.models.own_file import allow_files, model_names, own_files
from singmap.preflight.device import check_memory_limit
from singmap.preflight.lengths import chosen_lengths
from singmap.preflight.places import check_checkout, with_places
from singmap.preflight.plan import Plan
from singmap.preflight.run import check_run, run_warnings
from singmap.runtime.caches import cache_variables
from singmap.runtime.code_digests import code_digests as digests_of_script
from singmap.runtime.errors import InputError
from singmap.runtime.gpu_slots import GRANTED, gpu_present
from singmap.runtime.locks import claim_results
from singmap.runtime.logs import tell_user
from singmap.runtime.parent_watch import announce
from singmap.runtime.records import content_digest
from singmap.runtime.stopping import pass_on_sigterm
from singmap.spectra.settings import StftSettings
from singmap.study.main_lobe import main_lobe_bins, overlap_frames

if not Path(singmap.__file__).samefile(Path(LIBRARY, "singmap", "__init__.py")):
    raise WorkflowError(
        f"{ROOT}: expected its own library, found that of {Path(singmap.__file__).resolve().parents[3]}; "
        "use one checkout for all modules of a workflow"
    )

# ffmpeg and ffprobe may lie beside the interpreter (see the Makefile) without an activated environment.
if os.path.isabs(sys.executable):
    os.environ.update(
        PATH=os.pathsep.join(
            [os.path.dirname(sys.executable), os.environ.get("PATH", "")]
        )
    )
# Snakemake hands its Python to a shell unquoted: where its path would need quotes, its name alone, which PATH finds.
if shlex.quote(sys.executable) != sys.executable:
    sys.executable = os.path.basename(sys.executable)


def validated_config():
    """The defaults with the user's configuration over them; stops before any job when a key is wrong."""
    schema = read_yaml(ROOT / "workflow" / "schemas" / "config.schema.yaml")
    settings = merged(read_yaml(ROOT / "config" / "config.yaml"), config)
    settings = numbers_from_text(settings, schema)
    try:
        check_memory_limit()
        os.environ.update(cache_variables(os.environ))
        check_checkout(ROOT)
        check_numbers(workflow.configfiles, schema)
        check_settings(settings, schema)
        return with_places(settings, ROOT)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def own_models():
    """The models of one's own by name, their files allowed to be run; stops where one defines no model."""
    try:
        files = own_files(CONFIG["models"])
        allow_files(file.path for file in files.values())
    except InputError as error:
        raise WorkflowError(str(error)) from None
    return files


CONFIG = validated_config()
RESULTS = CONFIG["results"]
DATASETS = CONFIG["datasets"]
TARGET = CONFIG["dataset"]["target"]
MODELS, OWN_MODELS = model_names(CONFIG["models"]), own_models()
# Whose weights are given: they are examined as they are, once, whatever the seeds.
GIVEN_MODELS = [name for name, own in OWN_MODELS.items() if own.weights]
TRAINED_MODELS = [name for name in MODELS if name not in GIVEN_MODELS]
SEEDS = CONFIG["seeds"]
FIRST_SEED = SEEDS[0]
BASELINES = CONFIG["scoring"]["baselines"]
# Networks trained on known functions of the mixture; a measure that misjudges them is marked.
KNOWN_FUNCTIONS = CONFIG["controls"]["known_functions"]
CONTROL_SEEDS = SEEDS[: CONFIG["controls"]["seeds_max"]]
# Mapping optimises a matrix for every segment: the dearest examination, for a sample of seeds and tracks.
MAPPED_SEEDS = SEEDS[: CONFIG["mapping"]["seeds_max"]]
# Whether a job does all that one start can serve: starts cost more than what a small study has to do.
FEW_JOBS = CONFIG["jobs"] == "few" or (
    CONFIG["jobs"] == "auto" and CONFIG["dataset"]["name"] == "demo"
)
# What one job does then (rules/joined.smk): rules of the same wildcards, in an order in which each finds what it reads.
JOINED = {
    "choose_together": ["choose_excerpts", "select_segments"],
    "examine_together": [
        "map_together",
        "measure_structure",
        "encode_mappings",
        "measure_model",
        "measure_ablations",
    ],
    "separate_together": [
        "score_together",
        "audit_scores",
        "cut_excerpts",
        "encode_excerpts",
        "tabulate_scores",
        "compare_systems",
        "plot_scores",
        "plot_spectrograms",
    ],
    "draw_together": [
        "tabulate_training",
        "plot_training",
        "plot_mappings",
    ],
    "conclude_together": [
        "tabulate_structure",
        "tabulate_controls",
        "tabulate_measures",
        "judge_hypotheses",
        "plot_methods",
        "plot_verdicts",
        "render_page",
    ],
}
STFT = StftSettings(**CONFIG["stft"])
MAIN_LOBE_BINS = main_lobe_bins(STFT)
# Half-widths of the bands that matrices are measured in; the main lobe's is one of them.
BAND_BINS = sorted({*CONFIG["structure"]["band_bins"], MAIN_LOBE_BINS})
ENVIRONMENT = ROOT / "envs" / "study.yaml"


# One GPU job at a time unless `--resources gpu=N` says otherwise; on clusters the scheduler counts.
workflow.global_resources.setdefault("gpu", 1)

# A job that a cluster's scheduler has started has its GPU from there, too.
if workflow.remote_exec:
    os.environ[GRANTED] = "1"

# Jobs end with this process, also when it is killed.
announce()


# Whether no other workflow uses this one by `module:`.
IS_OUTERMOST = workflow.modifier.is_main_snakefile()
# Where results and data sets really lie: below the prefix that another workflow's `module:` may give.
PLACED = CONFIG | {
    key: str(workflow.modifier.modify_path(CONFIG[key]))
    for key in ("results", "datasets")
}


def check_planned_run():
    """Stop before the first job, and so before any old output is deleted, where a job can't do its work."""
    plan, manifest = planned_run(), Path(PLACED["results"], "manifest.json")
    for warning in run_warnings(PLACED, plan, manifest):
        tell_user(f"Warning: {warning}")
    check_run(PLACED, plan, manifest)


def planned_run():
    """What this run is about to do, known once Snakemake has made its plan."""
    needed = workflow.dag.needrun_jobs(exclude_finished=False)
    planned = [job for job in needed if own_name(job.rule)]
    jobs = {}
    for job in planned:
        # A joined job does the work of several rules (rules/joined.smk).
        for name in JOINED.get(job.rule.name, [own_name(job.rule)]):
            jobs.setdefault(name, []).append(dict(job.wildcards.items()))
    gpu_rules = (rule for rule in workflow.rules if "gpu" in rule.resources)
    return Plan(
        jobs=jobs,
        gpu_rules=frozenset(filter(None, map(own_name, gpu_rules))),
        gpu_slots=workflow.global_resources["gpu"].value,
        is_local=workflow.local_exec,
        outputs=[Path(path) for job in planned for path in job.output],
    )


def own_name(rule):
    """The name that a rule has here, whatever a workflow that uses it calls it; None for rules of others.

    It is that of its script.
    """
    is_ours = IS_OUTERMOST or Path(str(rule.snakefile)).is_relative_to(ROOT)
    return Path(str(rule.script)).stem if rule.script and is_ours else None


def warn_of_planned_run():
    """Say at the end of a dry run what would stop the run itself; the plan stands nonetheless.

    So too where nothing is to be done: what a finished study was made of may have changed.
    """
    if workflow.dag is None or workflow.touch:
        return
    if workflow.dryrun or not list(workflow.dag.needrun_jobs(exclude_finished=False)):
        try:
            check_planned_run()
        except InputError as error:
            print(f"Warning: {error}", file=sys.stderr, flush=True)


# No hook of Snakemake's runs in a dry run, nor where nothing is to be done.
if workflow.is_main_process:
    atexit.register(warn_of_planned_run)


onstart:
    pass_on_sigterm()
    try:
        if not workflow.touch:  # which starts no job
            check_planned_run()
        claim_results(PLACED["results"])
        keep_history()  # also of a run that was killed
    except InputError as error:
        raise WorkflowError(str(error)) from None


resource_scopes:
    gpu="local",


wildcard_constraints:
    subset="train|valid|test",
    model="[a-z][a-z0-9]*",
    seed=r"\d+",
    method="[a-z_]+",
    baseline="[a-z_]+",
    system="[a-z0-9_]+",


def log_of(job):
    """Log of the job <rule>/<wildcards>, or <rule>/all."""
    return f"{RESULTS}/logs/{job}.log"


def benchmark_of(job):
    """Time and memory of a job, measured by Snakemake."""
    return f"{RESULTS}/benchmarks/{job}.tsv"


def needs(mem_mb, minutes):
    """Expected memory in MB and run time in minutes, both doubled with every attempt.

    Each is a number, or a function of the chosen tracks' lengths by subset (preflight/lengths.py).
    """

    def request(amount, attempt):
        value = (
            amount(chosen_lengths(CONFIG, Path(RESULTS, "manifest.json")))
            if (callable(amount))
            else amount
        )
        return math.ceil(value) * 2 ** (attempt - 1)

    return {
        "mem_mb": lambda wildcards, attempt: request(mem_mb, attempt),
        "runtime": lambda wildcards, attempt: request(minutes, attempt),
    }


def examined_tracks(lengths):
    """How many test tracks the mappings are examined on."""
    return min(
        lengths["test"].n_tracks, CONFIG["mapping"]["tracks_max"] or sys.maxsize
    ) * (CONFIG["mapping"]["segments_per_track"])


def measured_tracks(lengths):
    """How many test tracks whole models are measured on."""
    return min(
        lengths["test"].n_tracks, CONFIG["measures"]["tracks_max"] or sys.maxsize
    )


def ablated_s(lengths):
    """Seconds of a test track that are scored without other bins."""
    return min(lengths["test"].longest_s, CONFIG["ablation"]["seconds_max"] or math.inf)


def only(pattern, **values):
    """A rule's output for one value of a wildcard; other wildcards stay."""
    (path,) = expand(pattern, allow_missing=True, **values)
    return path


@functools.cache
def code_digests(script, *loaded):
    """Digests of workflow/scripts/<script>.py and all that it imports: an edit there reruns its rule.

    `loaded` are the modules that the script loads by name. To be spread over a rule's params
    (`**code_digests(...)`): Snakemake compares and shows parameters one by one and without their names, so
    each value carries its module, and the reason of a rerun names it.
    """
    path = ROOT / "workflow" / "scripts" / f"{script}.py"
    digests = digests_of_script(path, ROOT, loaded)
    return {name: f"{name} {digest}" for name, digest in digests.items()}


def code_digests_by(wildcard, script, modules):
    """The same for a script that loads the modules of a wildcard's value; `modules` maps values to them."""
    by_value = {
        value: code_digests(script, *([names] if isinstance(names, str) else names))
        for value, names in modules.items()
    }
    names = {name for digests in by_value.values() for name in digests}
    return {
        name: lambda wildcards, name=name: by_value[wildcards[wildcard]].get(name, "")
        for name in sorted(names)
    }


def digests_for_script(script, wildcard=None, modules=None):
    """The same digests as one parameter that the script can use; not compared, as functions of inputs are not."""
    return lambda wildcards, input: code_digests(
        script, *([modules[wildcards[wildcard]]] if wildcard else [])
    )


def source_digests(*paths):
    """Digests of files in workflow: as inputs they would rerun their rule in every fresh clone."""
    digests = {
        path: hashlib.sha256(Path(ROOT, "workflow", path).read_bytes()).hexdigest()
        for path in paths
    }
    return {
        Path(path).name: f"{Path(path).name} {digest[:12]}"
        for path, digest in digests.items()
    }


def gpus(wildcards):
    """GPUs that a job asks for: one, or none where it will compute on the CPU beside others.

    A local run with `device: auto` on a machine without a GPU asks for none, or its jobs would queue for a
    slot that none of them uses; a cluster's nodes may have what this machine lacks.
    """
    on_cpu = CONFIG["device"] == "cpu" or (
        CONFIG["device"] == "auto" and workflow.local_exec and not gpu_present()
    )
    return 0 if on_cpu else 1


def dataset_folder(wildcards, output):
    """Where data sets of this name are made or downloaded, below the prefix of a `module:` as outputs are.

    Undeclared on purpose: studies share it, and an output of two studies would be overwritten by each.
    """
    prefix, _, _ = output.manifest.rpartition(f"{RESULTS}/manifest.json")
    return Path(prefix, DATASETS, CONFIG["dataset"]["name"])


def archive_settings(wildcards, output):
    """Address and checksum of the archive; not compared, as functions of outputs are not.

    The same archive from elsewhere is the same data set. Where the checksum is another one than that of the
    data in use, `archive_problems` stops the run; where the address is, it is told.
    """
    return {key: CONFIG["dataset"][key] for key in ("url", "sha256")}


def unfinished_folder(wildcards, output):
    """Where a job on one model and seed keeps what must survive a kill: `unfinished` beside all models' folders.

    Undeclared on purpose: Snakemake deletes a failed job's outputs. Found from the first output,
    <folder>/<model>/seed<seed>/<file>, which carries the prefix that a `module:` gives.
    """
    folder = Path(output[0]).parents[2]
    return folder / "unfinished" / f"{wildcards.model}_seed{wildcards.seed}"


def kept_scores(output):
    """Where jobs that score keep what belongs to single tracks: `kept` beside all systems' folders.

    Undeclared as `unfinished_folder` is: what was made of other tracks survives the job's next start. Found
    from the job's last output, scores/<system>/<file>.
    """
    return Path(output[-1]).parents[1] / "kept"


def excerpts_folder(wildcards, input):
    """The folder that the files of the list of excerpts lie in; not compared, as functions of inputs are not."""
    return Path(input.excerpts).parent


def sorted_selection(subset):
    """The configured selection of tracks; the order of a list has no meaning and reruns nothing."""
    selection = CONFIG["dataset"][subset]
    return sorted(selection, key=str) if isinstance(selection, list) else selection


def mapping_settings(*keys):
    """These keys of the section `mapping`, in a fixed order."""
    return {key: CONFIG["mapping"][key] for key in sorted(keys)}


def settings_of_methods(methods):
    """The settings that these mapping methods read."""
    return mapping_settings(*{key for m in methods for key in method_settings(m)})


def spectra_of(subset):
    """The three files of a subset's cache, named <subset>_mixture, <subset>_target and <subset>_index."""
    files = rules.compute_spectra.output.items()
    return {f"{subset}_{name}": only(path, subset=subset) for name, path in files}
