# Results that are moved or copied without the folder .snakemake still know how they were made.
#
# Snakemake keeps there, for every output, the parameters and inputs of the job that wrote it, and without them
# sees no change of a setting. A copy travels with the results; where Snakemake knows nothing of them, it is
# given the copy before it plans.

import json
import time

from snakemake.io import IOFile
from snakemake.persistence import MetadataRecord
from snakemake.persistence.file import FilePersistence

from singmap.runtime.records import dated_after

RESULTS_PLACE = PLACED["results"]
HISTORY = Path(RESULTS_PLACE, "snakemake.json")
CLOCK_TOLERANCE_S = 120  # between the clocks of this machine and of a file server


def kept_history():
    """Snakemake's record of every output, by its place below the results that the copy lies in."""
    if not HISTORY.is_file():
        return {}
    kept = json.loads(HISTORY.read_text(encoding="utf-8"))
    before, now = (
        json.dumps(f"{place}/")[:-1] for place in (kept["results"], RESULTS_PLACE)
    )
    return json.loads(json.dumps(kept["outputs"]).replace(before, now))


def keep_history():
    """Copy what Snakemake knows of the outputs of this run to the results."""
    # Read anew: `workflow.persistence` remembers what it read before the last job was done.
    outputs, known = kept_history(), FilePersistence(nolock=True)
    for path in {str(path) for job in workflow.dag.jobs for path in job.output}:
        record = known.metadata(IOFile(path))
        if record is not None and path.startswith(f"{RESULTS_PLACE}/"):
            outputs[path] = dict(record.items())
    if not outputs:  # a run of what uses this workflow as a module, and of nothing here
        return
    part = HISTORY.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(
        json.dumps({"results": RESULTS_PLACE, "outputs": outputs}), encoding="utf-8"
    )
    part.replace(HISTORY)


def restore_history():
    """Give Snakemake the copy where it knows no output of this study, and say so."""
    known = FilePersistence(nolock=True)
    kept = kept_history()
    outputs = [path for path in kept if Path(path).exists()]
    if any(known.metadata(IOFile(path)) for path in outputs):
        return
    # Also of temporary files, which are gone: they too were made with settings.
    for path, record in kept.items() if outputs else ():
        known._write_record(path, MetadataRecord.model_validate(record))
    manifest = f"{RESULTS_PLACE}/manifest.json"
    if outputs:
        tell_user(
            f"{RESULTS_PLACE}: made elsewhere; what has other settings now is made again"
        )
    elif Path(manifest).exists() and not known.metadata(IOFile(manifest)):
        tell_user(
            f"Warning: {RESULTS_PLACE}: nothing tells with which settings these results were made, and none is "
            "compared; snakemake --forceall makes all of them again"
        )


def tell_future_files():
    """Name results that are dated in the future: Snakemake sees no change that is older than they are."""
    late = dated_after(Path(RESULTS_PLACE), time.time() + CLOCK_TOLERANCE_S)
    if late:
        tell_user(
            f"Warning: {len(late)} results are dated in the future, among them {late[0]}: changes before then "
            f"are not seen; touch them, or have them made again by --forcerun {late[0]}"
        )


if workflow.is_main_process:
    restore_history()
    tell_future_files()


# What is done when a run ends; rules/terminal.smk adds its closing words.
AT_SUCCESS, AT_ERROR = [keep_history], [keep_history]


onsuccess:
    for act in AT_SUCCESS:
        act()


onerror:
    for act in AT_ERROR:
        act()
