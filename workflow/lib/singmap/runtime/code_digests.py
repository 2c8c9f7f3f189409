"""Digests of the code that a script runs, so that an edit reruns exactly the stages that use it.

Snakemake sees edits of a rule's script by its modification time only, and edits of the modules that
the script imports not at all. The rules therefore pass the digest of every module in their script's
import closure as a parameter: a real edit anywhere in the closure changes one digest, while comments,
docstrings, layout, touches and fresh clones change none. The packages that the closure imports stand
beside the modules with their pinned versions, so that a changed lock reruns what uses the changed package.

The walls of the house are walls between reruns:

- what lies in `UNTRACKED` shapes no number: it is left out, and so is what it imports;
- a module that is loaded by a name made at run time (a mapping method, an oracle) is not found by following
  imports: the rule names those that it uses;
- a module of independent definitions, which says so by ``DIGESTED_BY_DEFINITION = True``, counts only with
  what the closure imports of it, and what that refers to: a table more in the data dictionary reruns nothing.

A digest covers the module's syntax tree, written out by hand: ``ast.dump`` differs between versions of
Python. Imports are found wherever they stand, also inside functions.
"""

import ast
import functools
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LIBRARY = "singmap"
FOLDERS = {
    LIBRARY: f"workflow/lib/{LIBRARY}",
    "workflow": "workflow",
}  # first part of a module's name -> its folder
UNTRACKED = f"{LIBRARY}.runtime"
BY_DEFINITION = "DIGESTED_BY_DEFINITION"
DIGEST_CHARACTERS = 12
# Present in some versions of Python only, or without effect on what the code does.
IGNORED_FIELDS = {"ctx", "kind", "type_comment"}
LOCK = "requirements.lock"
# Distributions whose name is not the name of the module that they install.
DISTRIBUTIONS = {"yaml": "pyyaml", "PIL": "pillow", "sklearn": "scikit-learn"}


def code_digests(script_path: Path, root: Path, loaded: Iterable[str] = ()) -> dict[str, str]:
    """Digest a script and every module of this project that it imports, directly or not.

    Parameters
    ----------
    script_path : the script, somewhere below `root`
    root : the checkout, which holds the folder ``workflow``
    loaded : names of modules (``singmap.mapping.nca``) that the script loads by a name made at run time

    Returns
    -------
    module name (``singmap.spectra.stft``) -> short digest of its syntax tree, and package name (``torch``) ->
    version pinned in `root`'s lock; sorted by name

    Raises SyntaxError, which names file and line, when a module can't be parsed, and FileNotFoundError for a
    name in `loaded` that is no module.
    """
    script = ".".join(script_path.relative_to(root).with_suffix("").parts)
    modules: dict[str, _Module] = {}
    used: dict[str, set[str]] = {}  # module -> its definitions that are imported; "*": all
    packages: set[str] = set()
    waiting = [(script, "*"), *((name, "*") for name in loaded)]
    while waiting:
        name, definition = waiting.pop()
        path = _module_path(name, root)
        if path is None:
            if name in loaded:
                raise FileNotFoundError(f"{name}: no such module below {root}")
            continue
        used.setdefault(name, set()).add(definition)
        if name in modules:
            continue
        modules[name] = _examine(path.read_text(encoding="utf-8"), str(path), name, path.stem == "__init__")
        for origin, imported in modules[name].imports:
            if origin.split(".")[0] in FOLDERS:
                waiting += [(origin, imported), (f"{origin}.{imported}", "*")]
                parents = origin.split(".")
                waiting += [(".".join(parents[:end]), "*") for end in range(1, len(parents))]
            else:
                packages.add(origin.split(".")[0])
    digests = {name: module.digest(used[name]) for name, module in modules.items() if not module.is_empty}
    pins = _pinned_versions(root)
    digests |= {name: pins[name] for name in map(_distribution, packages) if name in pins}
    return dict(sorted(digests.items()))


def file_digest(path: Path) -> str:
    """Digest one Python file by its syntax tree, what it imports left out; raises SyntaxError."""
    return _Module(ast.parse(path.read_text(encoding="utf-8"), str(path)), "").digest({"*"})


class _Module:
    """The syntax tree of one module, and the names that it imports."""

    def __init__(self, tree: ast.Module, package: str):
        statements = [statement for statement in tree.body if not _is_docstring(statement)]
        self.imports = tuple(sorted(set(_imports(tree, package))))
        self.is_empty = not statements
        self._statements = [(statement, set(_bound(statement))) for statement in statements]
        # Written out once: many scripts share a module of definitions, and each needs others of them.
        self._texts = ["".join(_syntax(statement)) for statement in statements]

    def digest(self, names: set[str]) -> str:
        """Short digest of the whole module, or of what `names` need in a module of definitions."""
        needed = self._needed(names)
        texts = [
            text
            for (_, bound), text in zip(self._statements, self._texts, strict=True)
            if needed is None or needed & bound
        ]
        return hashlib.sha256("".join(["[", *texts, "]"]).encode()).hexdigest()[:DIGEST_CHARACTERS]

    def _needed(self, names: set[str]) -> set[str] | None:
        """The definitions that `names` refer to, directly or not; None: all of the module."""
        defined = {name: statement for statement, bound in self._statements for name in bound}
        if BY_DEFINITION not in defined or "*" in names:
            return None
        needed, waiting = {BY_DEFINITION}, [name for name in names if name in defined]
        while waiting:
            name = waiting.pop()
            needed.add(name)
            references = {node.id for node in ast.walk(defined[name]) if isinstance(node, ast.Name)}
            waiting += (references & defined.keys()) - needed
        return needed


def _module_path(name: str, root: Path) -> Path | None:
    """Return the file of a tracked module or package, None for anything else (an imported function, say)."""
    first, *rest = name.split(".")
    if first not in FOLDERS or f"{name}.".startswith(f"{UNTRACKED}."):
        return None
    base = root.joinpath(FOLDERS[first], *rest)
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
def _examine(source: str, filename: str, name: str, is_package: bool) -> _Module:
    return _Module(ast.parse(source, filename), name if is_package else name.rpartition(".")[0])


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


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement at the top of a module binds."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.split(".")[0] for alias in statement.names)
    else:
        stores = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
        yield from (node.id for node in stores if isinstance(node.ctx, ast.Store))


def _imports(tree: ast.AST, package: str) -> Iterator[tuple[str, str]]:
    """Yield (module, imported name) of every import; "*" where the module itself is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "*") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _absolute(node, package)
            yield from ((origin, alias.name) for alias in node.names)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the absolute name of the module that an import statement draws from."""
    if node.level == 0:
        return node.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - node.level + 1]
    return ".".join([*kept, node.module] if node.module else kept)
