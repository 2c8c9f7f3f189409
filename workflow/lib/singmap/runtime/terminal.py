"""What a run says on the terminal: short reasons, one line for a job that failed. Log files keep all of it.

A job tells its own error in one line (logs.py). What the workflow's engine adds to that, the command, the
line of the rule and all inputs, is left out here. Where a job could say nothing, as when the system killed
it, it stays.
"""

import ast
import copy
import logging
import re
from collections.abc import Sequence
from pathlib import Path

from singmap.runtime.errors import InputError

FILES_SHOWN = 3
VALUE_LETTERS = 40
LOG_TAIL_BYTES = 4096
TOLD = re.compile(r"^Error: ", re.MULTILINE)  # as logs.captured ends a job
DIGEST = re.compile(r"'(\S+) [0-9a-f]{12}'")  # a parameter that stands for code: its module or file
PARAMETERS = re.compile(r"^Params have changed.*? before: (.*) now: (.*)$", re.DOTALL)
UNFINISHED = re.compile(r"File (.+) marked for report but does not exist")
PROTECTED = re.compile(r"Write-protected output files .*affected files:((?:\n {8}.+)+)", re.DOTALL)
NOTHING = object()  # a setting that one of two runs did not have


def short_reason(reason: str) -> str:
    """Why a job runs, with the first files of a long list, and of changed parameters only what differs."""
    return "; ".join(_short_clause(clause.strip()) for clause in reason.split("; "))


def _short_clause(clause: str) -> str:
    if found := PARAMETERS.match(clause):
        return f"Params have changed: {changed_parameters(*found.groups())}"
    head, colon, files = clause.partition(": ")
    return head + colon + few(files.split(", ")) if colon else clause


def few(names: Sequence[str], shown: int = FILES_SHOWN) -> str:
    """The first names, and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")


def changed_parameters(before: str, now: str) -> str:
    """Modules whose code changed, and settings with their values, out of what only one of two runs had."""
    modules = sorted({*DIGEST.findall(before), *DIGEST.findall(now)})
    settings = _changed_settings(_values(before), _values(now))
    return few(modules + settings) or few([_short(before), _short(now)])


def _values(text: str) -> list[object]:
    """Values of a list of representations, modules left out; none where one can't be read."""
    try:
        values = ast.literal_eval(f"[{text}]")
    except (SyntaxError, ValueError):
        return []
    return [value for value in values if not DIGEST.fullmatch(repr(value))]


def _changed_settings(before: list[object], now: list[object]) -> list[str]:
    """Settings that differ between groups which share keys, by their whole names, and what else differs."""
    changed = []
    for new in now:
        old = max(before, key=lambda other: _shared_keys(other, new), default=None)
        changed += _differences("", old, new) if _shared_keys(old, new) else [_short(repr(new))]
    return changed


def _shared_keys(one: object, other: object) -> int:
    return len(one.keys() & other.keys()) if isinstance(one, dict) and isinstance(other, dict) else 0


def _differences(name: str, was: object, value: object) -> list[str]:
    """One entry for every setting below `name` that differs: training.epochs_max 300 -> 20."""
    if isinstance(was, dict) and isinstance(value, dict):
        names = {key: f"{name}.{key}" if name else str(key) for key in [*was, *value]}
        pairs = ((names[key], was.get(key, NOTHING), value.get(key, NOTHING)) for key in names)
        return [entry for pair in pairs for entry in _differences(*pair)]
    before, now = ("none" if one is NOTHING else repr(one) for one in (was, value))
    return [] if before == now else [f"{name} {_short(before)} -> {_short(now)}"]


def _short(text: str) -> str:
    return text if len(text) <= VALUE_LETTERS else f"{text[: VALUE_LETTERS - 3]}..."


class ShortLines(logging.Formatter):
    """Format records as `full` does, but shorter; `failed` are the jobs that failed, with their logs."""

    def __init__(self, full: logging.Formatter):
        super().__init__()
        self.full = full
        self.failed: list[str] = []

    def format(self, record: logging.LogRecord) -> str:
        """Text of a record; empty where nothing needs to be said."""
        event = getattr(record, "event", None)
        if event == "job_info":
            record = _with_short_lists(record)
            record.__dict__["reason"] = short_reason(record.__dict__["reason"])
        elif event == "job_error":
            return self._failure(record)
        elif event == "error" or "Missing metadata for file" in str(record.msg):
            return self._error(record)
        return self.full.format(record)

    def _failure(self, record: logging.LogRecord) -> str:
        fields = record.__dict__
        logs = [str(path) for path in fields["log"]]
        self.failed.append(f"{fields['rule_name']} ({', '.join(logs)})" if logs else fields["rule_name"])
        if any(has_told(Path(path)) for path in logs):
            return ""
        return self.full.format(_with_short_lists(record))

    def _error(self, record: logging.LogRecord) -> str:
        text = self.full.format(record)
        if unfinished := UNFINISHED.search(text):
            found = "found that this is not made yet; finish the study first: run snakemake without --report"
            return f"Error: {unfinished[1]}: expected a finished study, {found}"
        if protected := PROTECTED.search(text):
            files = few([line.strip() for line in protected[1].splitlines() if line.strip()])
            remedy = "make their folder writable, or set `results` to another one"
            return f"Error: {InputError(files, 'files to write anew', 'them write-protected', remedy)}"
        is_said = "returned non-zero exit status 1." in text or "At least one job did not complete" in text
        return "" if is_said or "Missing metadata for file" in text else text


def _with_short_lists(record: logging.LogRecord) -> logging.LogRecord:
    """The record with the first of a job's inputs and outputs; other readers keep the whole lists."""
    shown = copy.copy(record)
    for part in ("input", "output"):
        files = list(map(str, shown.__dict__.get(part) or []))
        shown.__dict__[part] = [few(files)] if files else []
    return shown


def has_told(log: Path) -> bool:
    """Whether the job that wrote this log ended with an error that it told in one line."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
            return bool(TOLD.search(file.read().decode(errors="replace")))
    except OSError:
        return False
