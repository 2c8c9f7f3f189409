"""Digests of the code that a script runs, so that an edit reruns exactly the stages that use it.

Snakemake sees edits of a rule's script by its modification time only, and edits of the modules that
the script imports not at all. The rules therefore pass the digest of every module in their script's
import closure as a parameter: a real edit anywhere in the closure changes one digest, while comments,
docstrings, layout, touches and fresh clones change none. The packages that the closure imports stand
beside the modules with their pinned versions, so that a changed lock reruns what uses the changed package.

A digest covers the module's syntax tree, written out by hand: ``ast.dump`` differs between versions of
Python. Imports are found wherever they stand, also inside functions; a module that is loaded by a name
made at run time (importlib) is not followed.
"""

import ast
import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "workflow"
DIGEST_CHARACTERS = 12
# Present in some versions of Python only, or without effect on what the code does.
IGNORED_FIELDS = {"ctx", "kind", "type_comment"}
LOCK = "requirements.lock"
# Distributions whose name is not the name of the module that they install.
DISTRIBUTIONS = {"yaml": "pyyaml", "PIL": "pillow", "sklearn": "scikit-learn"}


def code_digests(script_path: Path, root: Path) -> dict[str, str]:
    """Digest a script and every module below ``workflow/`` that it imports, directly or not.

    Parameters
    ----------
    script_path : the script, somewhere below `root`
    root : the folder that holds the package ``workflow``

    Returns
    -------
    module name (``workflow.lib.stft``) -> short digest of its syntax tree, and package name (``torch``) ->
    version pinned in `root`'s lock; sorted by name

    Raises SyntaxError, which names file and line, when a module can't be parsed.
    """
    script = ".".join(script_path.relative_to(root).with_suffix("").parts)
    found: dict[str, str] = {}
    packages: set[str] = set()
    waiting = [script]
    while waiting:
        name = waiting.pop()
        path = _module_path(name, root)
        if name in found or path is None:
            continue
        is_package = path.name == "__init__.py"
        found[name], imported = _examine(path.read_text(encoding="utf-8"), str(path), name, is_package)
        waiting += (each for each in imported if each.split(".")[0] == PACKAGE)
        packages |= {each.split(".")[0] for each in imported}
    pins = _pinned_versions(root)
    found |= {name: pins[name] for name in map(_distribution, packages) if name in pins}
    return dict(sorted(found.items()))


def _module_path(name: str, root: Path) -> Path | None:
    """Return the file of a module or package, None for anything else (an imported function, say)."""
    base = root.joinpath(*name.split("."))
    candidates = (base.with_name(base.name + ".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _pinned_versions(root: Path) -> dict[str, str]:
    """Return distribution name -> version from the lock of `root`; empty without a lock."""
    lock = root / LOCK
    return _pins(lock.read_text(encoding="utf-8")) if lock.is_file() else {}


@functools.cache
def _pins(lock: str) -> dict[str, str]:
    pins = re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE)
    return {_normalised(name): version for name, version in pins}


def _distribution(module: str) -> str:
    return _normalised(DISTRIBUTIONS.get(module, module))


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@functools.cache
def _examine(source: str, filename: str, name: str, is_package: bool) -> tuple[str, tuple[str, ...]]:
    """Return the digest of a module's source and the names of all that it imports."""
    tree = ast.parse(source, filename)
    digest = hashlib.sha256("".join(_syntax(tree)).encode()).hexdigest()[:DIGEST_CHARACTERS]
    package = name if is_package else name.rpartition(".")[0]
    return digest, tuple(sorted(set(_imports(tree, package))))


def _syntax(node: object) -> Iterator[str]:
    """Write out a syntax tree without strings that stand alone (docstrings) and without empty fields."""
    if isinstance(node, ast.Constant):
        yield f"{node.value!r};"
    elif isinstance(node, ast.AST):
        yield f"{type(node).__name__}("
        for field, value in ast.iter_fields(node):
            if field not in IGNORED_FIELDS and value is not None and value != []:
                yield f"{field}="
                yield from _syntax(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for item in node:
            if not _is_docstring(item):
                yield from _syntax(item)
        yield "]"
    else:
        yield f"{node!r};"


def _is_docstring(node: object) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _imports(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield every name that may be a module: what is imported, its parents, and what is imported of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, package)
            names = [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of the module that an import statement draws from."""
    if node.level == 0:
        return node.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)
