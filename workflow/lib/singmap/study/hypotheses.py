"""The hypotheses of the study as workflow/hypotheses.yaml holds them: read, checked, never changed here."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jsonschema
import yaml

from singmap.runtime.errors import InputError

Direction = Literal["above", "below"]


@dataclass(frozen=True)
class Bound:
    """What a measure must show of a trained truth: one of the two is given."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value is on the right side; the bound itself is."""
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )


@dataclass(frozen=True)
class Measure:
    """What hypotheses are decided by.

    difference : the two measures whose difference it is; None: it is measured itself
    pairs_of_seeds : whether a seed's value is its mean over pairs with the other seeds
    truths : what it must show of networks that were trained on known functions
    """

    name: str
    label: str
    unit: str
    truths: Mapping[str, Bound]
    difference: tuple[str, str] | None = None
    pairs_of_seeds: bool = False


@dataclass(frozen=True)
class Control:
    """Support needs a value on the hypothesis's side of this fraction of the control's value, too."""

    subject: str
    fraction: float


@dataclass(frozen=True)
class Hypothesis:
    """The measure of `model`, less that of the model `minus` if there is one, is `direction` `threshold`."""

    id: str
    family: str
    source: str
    statement: str
    model: str
    measure: str
    direction: Direction
    threshold: float
    overturned_by: str
    minus: str | None = None
    control: Control | None = None


@dataclass(frozen=True)
class Decision:
    """When a hypothesis is tested, and by what interval."""

    confidence: float
    seeds_min: int
    tracks_min: int
    bootstrap_samples: int
    bootstrap_seed: int


@dataclass(frozen=True)
class Hypotheses:
    """The whole file; `digest` is its SHA-256, `written` the day on which it was fixed."""

    written: str
    digest: str
    decision: Decision
    measures: Mapping[str, Measure]
    hypotheses: tuple[Hypothesis, ...]


def read_hypotheses(path: str | Path, schema: str | Path) -> Hypotheses:
    """Read the file and check it; raises InputError that lists all that is wrong with it."""
    content = Path(path).read_bytes()
    try:
        parsed = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise InputError(str(path), "valid YAML", str(error).replace("\n", " ")) from error
    rules = yaml.safe_load(Path(schema).read_text(encoding="utf-8"))
    problems = list(_violations(parsed, rules)) or list(_contradictions(parsed))
    if problems:
        raise InputError(
            str(path),
            f"hypotheses as {Path(schema).name} describes them",
            f"{len(problems)} wrong:\n  " + "\n  ".join(problems),
        )
    return Hypotheses(
        written=parsed["written"],
        digest=hashlib.sha256(content).hexdigest(),
        decision=Decision(**parsed["decision"]),
        measures={name: _measure(name, entry) for name, entry in parsed["measures"].items()},
        hypotheses=tuple(_hypothesis(entry) for entry in parsed["hypotheses"]),
    )


def _violations(parsed: Any, rules: Mapping[str, Any]) -> Iterator[str]:
    errors = jsonschema.Draft202012Validator(rules).iter_errors(parsed)
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        yield f"{error.json_path.removeprefix('$.')}: {error.message}"


def _contradictions(parsed: Mapping[str, Any]) -> Iterator[str]:
    """What the schema can't see: names that stand for two things or for nothing."""
    entries = parsed["hypotheses"]
    for place in _not_finite(parsed, ""):
        yield f"{place}: a finite number is expected"
    for name, count in Counter(entry["id"] for entry in entries).items():
        if count > 1:
            yield f"hypotheses: the id {name} stands for {count} of them"
    for entry in entries:
        if entry["measure"] not in parsed["measures"]:
            yield f"{entry['id']}: its measure {entry['measure']} is none of {', '.join(parsed['measures'])}"
        if entry["model"] == entry.get("minus"):
            yield f"{entry['id']}: the model {entry['model']} is compared with itself"
        if "control" in entry and "minus" in entry:
            yield f"{entry['id']}: a control goes with one model, not with a difference of two"


def _not_finite(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield place.removeprefix(".")
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, entry in value.items() if isinstance(value, dict) else ():
        yield from _not_finite(entry, f"{place}.{key}")


def _measure(name: str, entry: Mapping[str, Any]) -> Measure:
    truths = {truth: Bound(**bound) for truth, bound in entry["truths"].items()}
    difference = tuple(entry["difference"]) if "difference" in entry else None
    return Measure(**{**entry, "name": name, "truths": truths, "difference": difference})


def _hypothesis(entry: Mapping[str, Any]) -> Hypothesis:
    control = Control(**entry["control"]) if "control" in entry else None
    return Hypothesis(**{**entry, "control": control})
