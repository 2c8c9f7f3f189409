"""What a run says is short, and loses nothing that a user needs."""

import logging

import pytest

from singmap.runtime.terminal import ShortLines, has_told, short_reason

PARAMETERS = (
    "Params have changed since last execution: Union of exclusive params before and now across all output: "
)
NESTED = "{'configuration': 0, 'training': {'epochs_max': 300, 'rate': {'loss': 0.1, 'step': 2}}}"
OLD, NEW = "'singmap.files.wav 5264f5b57206'", "'singmap.files.wav db54e908d87d'"


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        ("Forced execution", "Forced execution"),
        ("Missing output files: a, b, c", "Missing output files: a, b, c"),
        (
            "Missing output files: a; Input files updated by another job: b, c, d, e, f",
            "Missing output files: a; Input files updated by another job: b, c, d and 2 more",
        ),
        (f"{PARAMETERS}before: {OLD} now: {NEW} ", "Params have changed: singmap.files.wav"),
        (
            PARAMETERS + "before: {'iterations': 300, 'rate': 0.1} now: {'iterations': 21, 'rate': 0.1} ",
            "Params have changed: iterations 300 -> 21",
        ),
        (
            f"{PARAMETERS}before: {NESTED},{{'models': ['dae']}} "
            f"now: {NESTED.replace('300', '20').replace(chr(39) + 'loss' + chr(39), repr('cost'))} ",
            "Params have changed: training.epochs_max 300 -> 20, training.rate.loss 0.1 -> none, "
            "training.rate.cost none -> 0.1",
        ),
        (
            f"{PARAMETERS}before: {{'seeds': 1, 'device': 'cpu'}} now: {{'device': 'cpu', 'seeds': 1.0}} ",
            "Params have changed: seeds 1 -> 1.0",
        ),
        (
            f"{PARAMETERS}before: {OLD},['dae', 'sf'] now: {NEW},['sf', 'dae'] ",
            "Params have changed: singmap.files.wav, ['sf', 'dae']",
        ),
        (
            f"{PARAMETERS}before: <nothing> now: <{'x' * 99}>",
            f"Params have changed: <nothing>, <{'x' * 36}...",
        ),
    ],
)
def test_reasons_keep_what_differs_and_the_first_of_many_files(reason, short):
    assert short_reason(reason) == short


class Full(logging.Formatter):
    """Shows what it was asked to format."""

    def format(self, record):
        fields = ("reason", "input", "output")
        return record.getMessage() + "".join(f" {name}={getattr(record, name, '')}" for name in fields)


@pytest.fixture
def lines():
    return ShortLines(Full())


def record(message="", **fields):
    made = logging.LogRecord("snakemake", logging.ERROR, "", 0, message, (), None)
    made.__dict__.update(fields)
    return made


def job_error(log, **fields):
    names = {"rule_name": "plot_scores", "input": list("abcde"), "output": ["x"], "log": [str(log)]}
    return record("failed", event="job_error", **names | fields)


def test_a_job_that_told_its_error_says_no_more(lines, tmp_path):
    log = tmp_path / "all.log"
    log.write_text("Traceback ...\nError: scores.csv: expected rows, found none (log: all.log)\n")
    assert lines.format(job_error(log)) == ""
    assert lines.failed == [f"plot_scores ({log})"]
    ended = "CalledProcessError in file report.smk\nCommand 'python x.py' returned non-zero exit status 1."
    assert lines.format(record(ended, event="error")) == ""
    assert lines.format(record("At least one job did not complete successfully.", event="error")) == ""


@pytest.mark.parametrize("content", [None, "", "[train] 3 epochs\nNo Error: yet\n"])
def test_of_a_job_that_died_in_silence_all_is_said_but_long_lists(lines, tmp_path, content):
    log = tmp_path / "all.log"
    if content is not None:
        log.write_text(content)
    assert lines.format(job_error(log)) == "failed reason= input=['a, b, c and 2 more'] output=['x']"
    killed = "Command 'python x.py' died with <Signals.SIGKILL: 9>."
    assert killed in lines.format(record(killed, event="error"))


def test_only_the_end_of_a_long_log_is_read(tmp_path):
    log = tmp_path / "all.log"
    log.write_text("Error: long ago\n" + "x" * 5000)
    assert not has_told(log)
    log.write_text("x" * 5000 + "\nError: now\n")
    assert has_told(log)


def test_reasons_are_shortened_for_this_reader_alone(lines):
    job = record("job", event="job_info", reason="Missing output files: a, b, c, d", input=list("abcde"))
    short = "job reason=Missing output files: a, b, c and 1 more input=['a, b, c and 2 more'] output=[]"
    assert lines.format(job) == short
    assert job.reason == "Missing output files: a, b, c, d", "the log file shows all"
    assert job.input == list("abcde")


def test_the_report_of_an_unfinished_study_says_to_finish_it(lines):
    assert lines.format(record("Missing metadata for file x. Maybe")) == ""
    said = lines.format(record("File figures/x.svg marked for report but does not exist.", event="error"))
    assert said.startswith("Error: figures/x.svg: expected a finished study")
    assert "without --report" in said


def test_old_outputs_on_a_read_only_disk_are_one_line(lines):
    said = lines.format(
        record(
            'ProtectedOutputException in rule plot_scores in file "report.smk", line 3:\n'
            "Write-protected output files for rule plot_scores:\n    output: r/a.svg, r/a.png, r/b.csv\n"
            "    affected files:\n        r/a.svg\n        r/a.png\n        r/b.csv\n        r/c.csv",
            event="error",
        )
    )
    assert said == (
        "Error: r/a.svg, r/a.png, r/b.csv and 1 more: expected files to write anew, found them "
        "write-protected; make their folder writable, or set `results` to another one"
    )


def test_everything_else_passes(lines):
    assert lines.format(record("Select jobs to execute...")).startswith("Select jobs")
    assert lines.format(record("MissingInputException in rule x", event="error")).startswith("MissingInput")
