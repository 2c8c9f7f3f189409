"""The file that defines a model of one's own, read without running it: what rules must know of it.

It is one Python file with a class, or a function, `Model`: ``Model(n_bins)`` gives a torch module that maps
magnitude frames (n_frames, n_bins) to others of that shape, every frame alone. A method ``dense_layers()``,
where there is one, gives its layers (docs/extending.md).

Results are data, and no code in them is run: a trained model names its file by its digest, and the file is
looked for among those that the configuration names, which the rules hand on in FILES_VARIABLE.
"""

import ast
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from singmap.models.design import OwnDesign
from singmap.runtime.code_digests import file_digest
from singmap.runtime.errors import InputError

CLASS, LAYERS = "Model", "dense_layers"
FILES_VARIABLE = "SINGMAP_MODEL_FILES"  # of the environment


@dataclass(frozen=True)
class OwnFile:
    """A file that defines a model.

    has_layers : it tells its layers, so that all methods can be applied
    weights : the file of its weights, where the model is only to be examined; None: it is trained
    """

    path: Path
    design: OwnDesign
    has_layers: bool
    weights: Path | None = None


def model_names(models: Sequence[str | Mapping[str, str]]) -> list[str]:
    """Names of the configured models, the section ``models`` of the configuration, in their order."""
    return [entry if isinstance(entry, str) else entry["name"] for entry in models]


def own_files(models: Sequence[str | Mapping[str, str]]) -> dict[str, OwnFile]:
    """Those of one's own by name; raises InputError for a file that is missing or defines no model."""
    own = {}
    for entry in models:
        if isinstance(entry, str):
            continue
        weights = Path(entry["weights"]) if "weights" in entry else None
        if weights is not None and not weights.is_file():
            raise InputError(str(weights), f"the weights of the model {entry['name']}", "no file")
        own[entry["name"]] = replace(read_own_file(Path(entry["file"])), weights=weights)
    return own


def read_own_file(path: Path) -> OwnFile:
    """Read what a file defines; raises InputError where there is none, or it defines no model."""
    if not path.is_file():
        raise InputError(str(path), "a Python file that defines a model", "no file")
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        place = f"{path}, line {error.lineno}" if isinstance(error, SyntaxError) else str(path)
        raise InputError(place, "Python code", getattr(error, "msg", "bytes that are no UTF-8")) from error
    if CLASS not in _names(tree.body):
        raise InputError(str(path), f"a class {CLASS}", "none", "see docs/extending.md")
    functions = (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return OwnFile(path, OwnDesign(file_digest(path)), LAYERS in functions)


def _names(statements: Iterable[ast.stmt]) -> set[str]:
    """Names that statements at the top of a file bind."""
    names = set()
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.alias):
                names.add(node.asname or node.name)
    return names


def allow_files(paths: Iterable[Path]) -> None:
    """Let this process and those that it starts run these files, too, as models of one's own.

    Raises InputError for a path that a list in the environment can't hold.
    """
    whole = [str(path.resolve()) for path in paths]
    for path in whole:
        if os.pathsep in path:
            raise InputError(path, f"a path without {os.pathsep!r}", "one", "move the file")
    os.environ[FILES_VARIABLE] = os.pathsep.join(dict.fromkeys([*_allowed(), *whole]))


def file_of(design: OwnDesign) -> Path:
    """The file among those allowed that defines `design`; raises InputError where none does."""
    for path in map(Path, _allowed()):
        if path.is_file() and read_own_file(path).design == design:
            return path
    named = ", ".join(_allowed()) or "none"
    raise InputError(
        "a model of one's own", "the file that it was trained with", f"another one, or none: {named}",
        f"name it in the configuration, or in the environment as {FILES_VARIABLE}",
    )  # fmt: skip


def _allowed() -> list[str]:
    return [path for path in os.environ.get(FILES_VARIABLE, "").split(os.pathsep) if path]
