"""Settings of the mapping methods; the defaults are the paper's."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class DescentSettings:
    """How an optimisation runs: updates at most, Adam's learning rate, the relative L2 error that ends it."""

    iterations: int = 600
    learning_rate: float = 1e-4
    relative_l2: float | None = None


@dataclass(frozen=True)
class MappingSettings:
    """Settings of all methods; each reads those that its SETTINGS name.

    fixed : descent of the methods with a fixed number of iterations; equal_fidelity : of nca_equal_fidelity
    bias_axis : the axis along which NCA broadcasts a layer's bias, ``input`` or ``output``
    precision : number format of matrix products, see singmap.compute.precision
    record_every_iterations : between two records of fidelity and structure on the curve; 0: the last only
    device : where an optimisation runs, as PyTorch calls it
    """

    fixed: DescentSettings = field(default_factory=DescentSettings)
    equal_fidelity: DescentSettings = field(default_factory=lambda: DescentSettings(600, 3e-2, 0.2))
    bias_axis: str = "input"
    precision: str = "float32"
    record_every_iterations: int = 50
    device: str = "cpu"


def settings_of(values: dict[str, Any], device: str = "cpu") -> MappingSettings:
    """Settings by the names in the configuration's section ``mapping``; absent ones keep their default."""
    fixed = {name: values[name] for name in ("iterations", "learning_rate") if name in values}
    plain = ("bias_axis", "precision", "record_every_iterations")
    chosen: dict[str, Any] = {name: values[name] for name in plain if name in values}
    if "equal_fidelity" in values:
        goal = values["equal_fidelity"]
        chosen["equal_fidelity"] = DescentSettings(
            goal["iterations_max"], goal["learning_rate"], goal["relative_l2"]
        )
    return MappingSettings(fixed=DescentSettings(**fixed), device=device, **chosen)
