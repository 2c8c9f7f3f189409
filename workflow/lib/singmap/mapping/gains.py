"""NCA in the coordinates of its gains: the same matrices and the same loss, without a product of n^3.

Couplings enter C only through B_l = R_l * W_l with the gains R_l = ReLU((W_l + b_l) P_l^T) >= 0 of every
weight (nca.py). Where W_l + b_l is invertible every R_l >= 0 has its couplings, P_l^T = (W_l + b_l)^-1 R_l:
what NCA can express is exactly the products of reweighted layers, whatever the bias and its axis. So the
descent may go over the gains themselves (with fewer outputs than inputs, too; with more, gains can express
more than couplings). It starts where NCA starts, at the gains of Xavier-normal couplings, and differs in two
points. An iteration costs n^2 T a product, not n^3. And a gain is kept non-negative by projection: one that
is zero opens as soon as the loss falls by it, whereas couplings whose ReLU has closed seldom come back. That
is what stops couplings at high rates (docs/mapping.md).
"""

from collections.abc import Sequence

import numpy as np
import torch

from singmap.compute.precision import padded
from singmap.mapping.factors import FactorsProblem


class GainsProblem(FactorsProblem):
    """The gains of a stack of segments (fit.Problem), from the couplings that NCA would start from.

    Parameters as for nca.CouplingsProblem, `initial` being couplings (n_segments, n_in, n_in) per layer. The
    parameters are R_l^T, (n_segments, n_in, n_out) each. In bfloat16 all products of the descent are rounded:
    an error of 2^-9 in a number is nothing beside a distance of 0.2. The gains themselves stay in float32.
    """

    def _prepare(self, biased: Sequence[np.ndarray], initial: Sequence[np.ndarray]) -> None:
        form = self._form
        self._narrow_weights_t = [weight.to(form.dtype) for weight in self._weights_t]
        gains = [starting_gains(*pair, form.device) for pair in zip(biased, initial, strict=True)]
        self.parameters = [form.tensor(padded(each.swapaxes(1, 2), form, 2), master=True) for each in gains]

    def _loss_format(self) -> torch.dtype:
        return self._form.dtype

    def _factors(self) -> list[torch.Tensor]:
        return [factor.to(self._form.dtype) for factor in self._exact_factors()]

    def _exact_factors(self) -> list[torch.Tensor]:
        # Adam may have stepped over zero: the projection is part of looking at the gains.
        pairs = zip(self.parameters, self._weights_t, strict=True)
        return [gains.clamp_(min=0) * weight for gains, weight in pairs]

    def _parameter_gradient(self, layer: int, gradient: torch.Tensor) -> torch.Tensor:
        return gradient.mul_(self._narrow_weights_t[layer])


def starting_gains(biased: np.ndarray, couplings: np.ndarray, device: torch.device) -> np.ndarray:
    """ReLU((W + b) P^T) (n_segments, n_out, n_in) of W + b (n_out, n_in) and P (n_segments, n_in, n_in).

    A GPU multiplies in float64, as the host does: else some gains would be open here and closed there.
    """
    gains: np.ndarray
    if device.type == "cpu":
        gains = np.maximum(biased @ couplings.swapaxes(1, 2), 0)
    else:
        left, right = (torch.from_numpy(part).to(device, torch.float64) for part in (biased, couplings))
        gains = torch.matmul(left, right.mT).relu_().cpu().numpy()
    return gains
