"""Loss, slopes and matrix of a product of factors against the product that is multiplied out."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from singmap.mapping.factors import FactorsProblem


class FreeFactors(FactorsProblem):
    """Factors that are the parameters themselves: weights and biases together."""

    def _prepare(self, biased, initial):
        self.parameters = [torch.from_numpy(factor.T.copy())[None] for factor in biased]

    def _factors(self):
        return self.parameters

    def _exact_factors(self):
        return self.parameters

    def _parameter_gradient(self, layer, gradient):
        return gradient


@pytest.mark.parametrize("widths", [(5, 4), (4, 6, 3), (5, 5, 5, 5)])
def test_loss_slopes_and_matrix_are_those_of_the_product(widths):
    """C = B_L ... B_1, and loss = sum |Y - C X| with frames as columns, by autograd."""
    rng = np.random.default_rng(3)
    factors = [rng.standard_normal((below, above)) for above, below in pairwise(widths)]
    frames, target = rng.random((1, 7, widths[0])), rng.random((1, 7, widths[-1]))
    biases = [rng.standard_normal(len(factor)) for factor in factors]
    weights = [factor - bias[:, None] for factor, bias in zip(factors, biases, strict=True)]
    starts = [np.zeros((1, width, width)) for width in widths[:-1]]
    problem = FreeFactors(weights, biases, frames, target, starts, "output", "float64")
    leaves = [torch.from_numpy(factor).requires_grad_() for factor in factors]
    matrix = leaves[0]
    for leaf in leaves[1:]:
        matrix = leaf @ matrix
    residual = torch.from_numpy(target[0].T) - matrix @ torch.from_numpy(frames[0].T)
    residual.abs().sum().backward()
    loss, gradients = problem.gradients()
    assert loss.item() == pytest.approx(residual.abs().sum().item(), rel=1e-13)
    expected = residual.norm().item() / np.linalg.norm(target)
    assert problem.relative_l2.item() == pytest.approx(expected, rel=1e-13)
    for gradient, leaf in zip(gradients, leaves, strict=True):
        torch.testing.assert_close(gradient[0].T, leaf.grad, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(problem.mapping()[0], matrix.detach(), rtol=1e-12, atol=1e-12)
