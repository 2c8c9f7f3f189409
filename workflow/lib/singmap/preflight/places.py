"""The folders and addresses that a configuration names: how they are read, and which can't be used.

Relative folders stay relative: to the working directory, and below the prefix of a `module:`.
"""

import os
import unicodedata
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from singmap.data.tracks import SUBSETS
from singmap.runtime.errors import InputError
from singmap.runtime.printable import printable

FILE_SCHEME = "file://"
# What a checkout holds beside results: a study's files among these would be taken for them.
OWN_FOLDERS = (
    ".ci", ".git", ".github", ".snakemake", ".test/config", ".venv", "benchmarks", "config", "docs", "envs",
    "examples", "profiles", "tests", "tools", "workflow",
)  # fmt: skip


def check_checkout(checkout: Path) -> None:
    """Raise InputError for a path of the checkout at which its rules or its jobs could not work."""
    braces = "Snakemake takes braces for wildcards"
    reasons = {"{": braces, "}": braces, os.pathsep: "it ends an entry of PYTHONPATH"}
    for letter, reason in reasons.items():
        if letter in str(checkout):
            expected = f"a path without {letter!r} to this checkout"
            raise InputError(printable(str(checkout)), expected, "one", f"move it: {reason}")


def with_places(settings: Mapping[str, Any], checkout: Path) -> dict[str, Any]:
    """A copy of checked settings with every folder and address as it is to be used.

    Raises one InputError that lists all that can't be used: `results` and `datasets` must not be, hold or lie
    in what belongs to others (the working directory, the checkout, the data set).
    """
    dataset = settings["dataset"]
    folders = {key: settings[key] for key in ("results", "datasets")}
    places: dict[str, str] = {}
    problems = []
    files = _model_files(settings["models"])
    for key, text in (folders | files | {"dataset.root": dataset["root"]}).items():
        try:
            if text is not None:
                places[key] = place(text, in_patterns=key == "results")
        except ValueError as error:
            problems.append(f"{key}: {error}, found {text!r}")
    root = places.get("dataset.root")
    for key in folders.keys() & places.keys():
        reasons = _misplaced(places[key], checkout, root)
        problems += [f"{key}: expected {expected}, found {places[key]!r}" for expected in reasons]
    if problems:
        found = f"{len(problems)} wrong:"
        raise InputError("configuration", "places that a study can use", found, problems=sorted(problems))
    changed = {"root": root, "url": dataset["url"] and address(dataset["url"])}
    used = {key: places[key] for key in folders}
    models = [_with_files(entry, f"models.{n}", places) for n, entry in enumerate(settings["models"])]
    return {**settings, **used, "models": models, "dataset": {**dataset, **changed}}


def _model_files(models: Sequence[str | Mapping[str, str]]) -> dict[str, str]:
    """The files that models of one's own name, by the keys that name them."""
    own = {f"models.{number}": entry for number, entry in enumerate(models) if not isinstance(entry, str)}
    return {
        f"{key}.{name}": path for key, entry in own.items() for name, path in entry.items() if name != "name"
    }


def _with_files(entry: Any, key: str, places: Mapping[str, str]) -> Any:
    """A configured model with its files as they are to be used."""
    if isinstance(entry, str):
        return entry
    return {name: places.get(f"{key}.{name}", text) for name, text in entry.items()}


def place(text: str, in_patterns: bool = False) -> str:
    """A configured folder as it is used: `~` is the home, the rest is brought into its shortest form.

    `in_patterns`: it is part of Snakemake's patterns of outputs. Raises ValueError, which says what was
    expected, for what can't be the name of a folder.
    """
    if not text.strip():
        raise ValueError("expected the name of a folder")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise ValueError("expected a folder without control characters")
    if in_patterns and ("{" in text or "}" in text):
        raise ValueError("expected a folder without braces, which Snakemake takes for wildcards")
    expanded = os.path.expanduser(text)
    if expanded.startswith("~"):
        raise ValueError("expected the home of a user of this machine (./~name for a folder of that name)")
    return os.path.normpath(expanded)


def address(url: str) -> str:
    """A configured address as it is used: escapes (%20) and `~` are resolved in the path of a file:// one."""
    if not url.startswith(FILE_SCHEME):
        return url
    written = url.removeprefix(FILE_SCHEME)
    if written.startswith("localhost/"):
        written = written.removeprefix("localhost")
    # A file whose name holds a % is found as it is written, too.
    readings = [os.path.expanduser(text) for text in (written, urllib.parse.unquote(written))]
    return FILE_SCHEME + next(filter(os.path.exists, readings), readings[-1])


def _misplaced(folder: str, checkout: Path, root: str | None) -> Iterator[str]:
    """What was expected of a folder to write to, once for each reason why it can't be one."""
    real = Path(folder).resolve()
    if os.path.isfile(real):
        yield "a folder, not a file"
    if Path.cwd().is_relative_to(real):
        yield "a folder of its own, which does not hold the working directory"
    elif checkout.resolve().is_relative_to(real):
        yield f"a folder that does not hold the checkout {checkout}"
    if real.is_relative_to(checkout.resolve()):
        inside = real.relative_to(checkout.resolve())
        for own in map(Path, OWN_FOLDERS):
            if inside.is_relative_to(own) or inside in own.parents[:-1]:
                yield f"a folder outside the checkout's own {own}/"
    if root is not None:
        data = Path(root).resolve()
        if real == data or any(real.is_relative_to(data / subset) for subset in SUBSETS):
            yield f"a folder outside the data set {root}"
