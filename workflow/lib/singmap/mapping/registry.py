"""Which mapping methods there are and what each reads of the configuration, found without importing them.

The rules ask this in every Snakemake process; importing a method would load PyTorch there.
"""

import ast
from pathlib import Path
from typing import Any

from singmap.runtime.errors import InputError

FOLDER = Path(__file__).with_name("methods")


def method_names() -> list[str]:
    """Names of all methods, in alphabetical order: a module each in singmap.mapping.methods."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")


def method_module(name: str) -> str:
    """Full name of a method's module; raises InputError, which lists all methods, for an unknown one."""
    if name not in method_names():
        raise InputError("mapping.methods", f"one of {', '.join(method_names())}", repr(name))
    return f"singmap.mapping.methods.{name}"


def method_settings(name: str) -> tuple[str, ...]:
    """Keys of the configuration's section ``mapping`` that a method reads: its SETTINGS."""
    return tuple(_assigned(name, "SETTINGS"))


def method_needs_layers(name: str) -> bool:
    """Whether a method can't be applied to a model that is known as a function alone: its NEEDS_LAYERS."""
    return bool(_assigned(name, "NEEDS_LAYERS"))


def method_uses_gpu(name: str) -> bool:
    """Whether a method computes on the job's device: its USES_GPU. Others need no GPU to wait for."""
    return bool(_assigned(name, "USES_GPU"))


def _assigned(name: str, constant: str) -> Any:
    path = FOLDER / f"{method_module(name).rpartition('.')[2]}.py"
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == constant:
                return ast.literal_eval(value)
    raise InputError(str(path), f"an assignment {constant} = ...", "none")
