"""NCA against the numbers of the authors' published code (float64, N = 16, T = 40, 600 iterations at 1e-4).

Source of nca_reference.npz: ../shared/golden. The tolerance of 1e-10 is that of the project's goal; the
implementations differ in the order of float64 sums only and were seen to agree to about 1e-13.
"""

from pathlib import Path

import numpy as np
import pytest

from singmap.mapping.fit import descend
from singmap.mapping.methods.student import StudentProblem
from singmap.mapping.nca import neural_couplings

GOLDEN = dict(np.load(Path(__file__).parent / "nca_reference.npz"))
TOLERANCE = 1e-10
VARIANTS = {"dae": 2, "mdae": 4, "sf": 2}


def golden(variant, name, n_layers=None):
    if n_layers is None:
        return GOLDEN[f"{variant}__{name}"]
    return [GOLDEN[f"{variant}__{name}{layer}"] for layer in range(n_layers)]


def run(variant, initial, iterations):
    n_layers = VARIANTS[variant]
    return neural_couplings(
        golden(variant, "weight", n_layers),
        golden(variant, "bias", n_layers),
        golden(variant, "mixture"),
        golden(variant, "target"),
        initial,
        iterations,
        float(GOLDEN["learning_rate"]),
    )


@pytest.mark.parametrize("variant", VARIANTS)
def test_compositional_form_equals_the_authors_code(variant):
    n_layers = VARIANTS[variant]
    result = run(variant, golden(variant, "init", n_layers), int(GOLDEN["iterations"]))
    np.testing.assert_allclose(result.mapping, golden(variant, "mapping"), rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(result.losses, golden(variant, "losses"), rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(result.couplings, golden(variant, "final", n_layers), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("variant", VARIANTS)
def test_all_ones_couplings_equal_the_authors_code(variant):
    ones = [np.ones_like(start) for start in golden(variant, "init", VARIANTS[variant])]
    mapping = run(variant, ones, 0).mapping
    np.testing.assert_allclose(mapping, golden(variant, "mapping_ones"), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("variant", VARIANTS)
def test_student_equals_the_authors_code(variant):
    problem = StudentProblem(
        golden(variant, "mixture")[None],
        golden(variant, "target")[None],
        golden(variant, "student_init")[None],
        "float64",
    )
    losses = descend(problem, int(GOLDEN["iterations"]), float(GOLDEN["learning_rate"]))
    np.testing.assert_allclose(
        problem.mapping()[0], golden(variant, "student_mapping"), rtol=0, atol=TOLERANCE
    )
    np.testing.assert_allclose(losses[:, 0], golden(variant, "student_losses"), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("variant", ["dae", "sf"])
def test_the_goldens_tell_the_bias_axes_apart(variant):
    """Where biases are not zero, the output axis must give other numbers: the default is no accident."""
    n_layers = VARIANTS[variant]
    weights, biases = golden(variant, "weight", n_layers), golden(variant, "bias", n_layers)
    frames, target = golden(variant, "mixture"), golden(variant, "target")
    initial = golden(variant, "init", n_layers)
    result = neural_couplings(weights, biases, frames, target, initial, 10, bias_axis="output")
    assert np.any(np.concatenate(biases))
    assert np.abs(result.losses - golden(variant, "losses")[:10]).max() > 1e-3
