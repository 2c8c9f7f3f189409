"""Check nested settings against a JSON schema and say in one readable line what is wrong with each key."""

import contextlib
import copy
import difflib
import functools
import math
import operator
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from singmap.data.names import is_other_mix, stem_name
from singmap.data.stem_streams import MUSDB_STEMS
from singmap.files.audio_format import ACCOMPANIMENT, MIXTURE, SAMPLE_RATE_HZ
from singmap.models.designs import MODELS
from singmap.runtime.errors import InputError
from singmap.spectra.windows import largest_hop

# JSON counts 1.0 as an integer, but it names other files than 1; YAML has .nan and .inf, no limit stops NaN.
NUMBERS = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        "number": lambda _, value: (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        ),
    }
)
PLAIN_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
RESAMPLINGS_OUTSIDE_MIN = 2  # one beyond each end of a bootstrap interval
VALIDATOR = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # types-jsonschema lacks its types
    jsonschema.Draft202012Validator, type_checker=NUMBERS
)


def read_yaml(path: str | Path) -> dict[str, Any]:
    """Load one YAML mapping safely; raises InputError that names the file when it is broken."""
    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(str(path), "valid YAML", str(error).replace("\n", " ")) from error
    if not isinstance(content, dict):
        raise InputError(str(path), "a mapping of keys to values", type(content).__name__)
    return content


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `base` with `changes` laid over it; nested mappings merge, everything else replaces."""
    result = dict(base)
    for key, value in changes.items():
        both_nested = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both_nested else value
    return result


def numbers_from_text(settings: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `settings` with numbers, booleans and null where the schema refuses a text that spells one.

    Snakemake hands over what is nested in values of its option --config as texts. A number that a file quotes
    is taken for the same number.
    """
    result = copy.deepcopy(dict(settings))
    for error in VALIDATOR(schema).iter_errors(settings):
        if not (isinstance(error.instance, str) and error.absolute_path):
            continue
        *path, last = error.absolute_path
        with contextlib.suppress(yaml.YAMLError):
            value = yaml.safe_load(error.instance)
            if type(value) is int and not PLAIN_INTEGER.fullmatch(error.instance.strip()):
                continue  # 010 is 8 to YAML: left as it came, and refused
            if isinstance(value, int | float | None):
                functools.reduce(operator.getitem, path, result)[last] = value
    return result


def odd_numbers(path: str | Path, schema: Mapping[str, Any]) -> Iterator[str]:
    """Say of every whole number in a file of settings that YAML reads as another one than a reader does.

    YAML 1.1 takes 010 for 8, 0x10 for 16, 1_0 for 10 and 12:30 for 750. Keys that are not in `schema` are
    another workflow's.
    """
    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8"), yaml.SafeLoader)
    except yaml.YAMLError:  # Snakemake, which loads the file, says so
        return
    if not isinstance(root, yaml.MappingNode):
        return
    for key, value in root.value:
        for node in _scalars(value) if key.value in schema["properties"] else ():
            if node.tag == "tag:yaml.org,2002:int" and not PLAIN_INTEGER.fullmatch(node.value):
                place, number = f"{path}, line {node.start_mark.line + 1}", yaml.safe_load(node.value)
                yield f"{place}: {node.value} is {number} to YAML: write {number}, or a name in quotes"


def _scalars(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Every scalar below a node, once: an alias may stand anywhere, even within itself."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield node
        elif isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def check_numbers(paths: Iterable[str | Path], schema: Mapping[str, Any]) -> None:
    """Raise one InputError that lists the numbers in files of settings that don't mean what they seem to."""
    problems = [line for path in paths for line in odd_numbers(path, schema)]
    if problems:
        raise InputError(
            "configuration", "whole numbers as 8, 10", f"{len(problems)} others:", problems=problems
        )


def check_settings(settings: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Raise one InputError that lists every violation of `schema`, one per line; else return."""
    problems = [line for error in VALIDATOR(schema).iter_errors(settings) for line in _describe(error)]
    problems = problems or list(_contradictions(settings))
    if problems:
        raise InputError(
            "configuration",
            "keys and values that config/README.md describes",
            f"{len(problems)} wrong:",
            problems=sorted(problems),
        )


def _contradictions(settings: Mapping[str, Any]) -> Iterator[str]:
    """Values that are each allowed but not together."""
    stft = settings["stft"]
    sizes = [stft[key] for key in ("hop_samples", "window_samples", "fft_samples")]
    if sizes != sorted(sizes):
        yield f"stft: expected hop_samples <= window_samples <= fft_samples, found {sizes}"
    elif stft["hop_samples"] > (largest := largest_hop(stft["window"], stft["window_samples"])):
        window = f"{stft['window']} window of {stft['window_samples']} samples"
        yield f"stft.hop_samples: expected at most {largest} with a {window}, found {stft['hop_samples']}"
    else:
        yield from _beyond_the_bins(settings, stft["fft_samples"] // 2)
    training, statistics = settings["training"], settings["statistics"]
    if late := [epoch for epoch in training["kept_epochs"] if epoch > training["epochs_max"]]:
        yield f"training.kept_epochs: expected at most training.epochs_max, found {late}"
    n_outside = round(statistics["bootstrap_samples"] * (1 - statistics["confidence"]))
    if n_outside < RESAMPLINGS_OUTSIDE_MIN:
        expected = f"{RESAMPLINGS_OUTSIDE_MIN} or more of them outside the interval of statistics.confidence"
        yield f"statistics.bootstrap_samples: expected {expected}, found {n_outside}"
    names = [entry if isinstance(entry, str) else entry["name"] for entry in settings["models"]]
    if statistics["reference"] not in (None, *names):
        yield f"statistics.reference: expected one of the models, found {statistics['reference']!r}"
    yield from _name_problems(settings["models"])
    yield from _target_problems(settings["dataset"])
    overlap = {os.path.normpath(settings[key]) for key in ("results", "datasets")}
    if len(overlap) == 1:
        yield f"results, datasets: expected two folders, found {overlap.pop()!r} twice"


def _name_problems(models: list[str | Mapping[str, str]]) -> Iterator[str]:
    """Models of one's own that bear a name twice, or one of the paper's models."""
    own = [entry["name"] for entry in models if not isinstance(entry, str)]
    for name in sorted({name for name in own if own.count(name) > 1 or name in MODELS}):
        yield f"models: expected a name of its own for each model, found {name!r} twice or taken"


def _target_problems(dataset: Mapping[str, Any]) -> Iterator[str]:
    """A target that no track of the data set can have."""
    target, sources = dataset["target"], MUSDB_STEMS[1:]
    if dataset["name"] != "folder" and target not in sources:
        yield f"dataset.target: expected one of {', '.join(sources)}, found {target!r}"
    elif target in (MIXTURE, ACCOMPANIMENT) or is_other_mix(target):
        yield f"dataset.target: expected a single stem, whose rest is the accompaniment, found {target!r}"
    elif target != stem_name(target):
        yield f"dataset.target: expected {stem_name(target)!r}, as stems are called here, found {target!r}"


def _beyond_the_bins(settings: Mapping[str, Any], last_bin: int) -> Iterator[str]:
    """Values that need more bins, or finer ones, than `stft.fft_samples` gives; bins are numbered from 0."""
    if wide := [bins for bins in settings["structure"]["band_bins"] if bins > last_bin]:
        expected = f"at most {last_bin}, as there are {last_bin + 1} bins"
        yield f"structure.band_bins: expected {expected}, found {wide}"
    spacing_hz = SAMPLE_RATE_HZ / (2 * last_bin)
    for section, key in (("figures", "zoom_hz"), ("report", "spectrogram_max_hz")):
        if (end_hz := settings[section][key]) < 2 * spacing_hz:
            found = f"bins {spacing_hz:.4g} Hz apart"
            yield f"{section}.{key}: expected two bins or more below {end_hz} Hz, found {found}"


def _describe(error: jsonschema.ValidationError) -> Iterator[str]:
    path = ".".join(str(part) for part in error.absolute_path)
    instance: Any = error.instance
    schema: Any = error.schema  # a mapping: config.schema.yaml holds no bare `true` or `false`
    if error.validator == "additionalProperties":
        for key in sorted(set(instance) - set(schema["properties"]), key=str):
            yield _unknown_key(path, key, list(schema["properties"]))
    elif error.validator == "required":
        missing = sorted(set(schema["required"]) - set(instance))
        yield f"{path or 'top level'}: key {', '.join(missing)} is missing"
    else:
        yield f"{path}: {_allowed(schema, error)}, found {_found(instance, schema)}"


def _unknown_key(path: str, key: Any, known: list[str]) -> str:
    close = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
    advice = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
    return f"{f'{path}.' if path else ''}{key}: unknown key, {advice}"


def _allowed(schema: Mapping[str, Any], error: jsonschema.ValidationError) -> str:
    """What the schema allows at this place, in words."""
    if error.validator in ("uniqueItems", "minItems"):
        return {"uniqueItems": "expected no value twice", "minItems": "expected at least one value"}[
            error.validator
        ]
    if "enum" in schema:
        return "expected one of " + ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return "expected `all`, a number of tracks, or a list of names, patterns and positions" + (
            " (in quotes where a name looks like something else to YAML: null, 1.5, 2020-01-01)"
        )
    kinds = schema.get("type", "value")
    words = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    limits = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
        "multipleOf": "a multiple of",
        "pattern": "of the form",
    }
    bounds = [f"{word} {schema[key]}" for key, word in limits.items() if key in schema]
    return "expected " + ", ".join([words, *bounds])


def _found(value: Any, schema: Mapping[str, Any]) -> str:
    if not isinstance(value, str):
        return repr(value)
    advice = ""
    with contextlib.suppress(ValueError):
        if "e" in value.lower() and math.isfinite(float(value)) and "number" in schema.get("type", ""):
            advice = " (YAML reads 1e-3 as text: write 1.0e-3)"
    return f"the text {value!r}{advice}"
