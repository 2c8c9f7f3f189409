"""Matrices on a GPU are measured there, with the numbers that the host finds."""

import numpy as np
import pytest
import torch

from singmap.mapping.device_measures import CurveRecorder
from singmap.mapping.matrix import curve_measures
from tests.helpers.examined_stacks import random_frames


@pytest.fixture
def case():
    """Three matrices, the first of one diagonal alone, with frames and outputs."""
    rng = np.random.default_rng(2)
    stack = rng.standard_normal((3, 9, 9))
    stack[0] = np.diag(np.arange(9.0))
    return stack, random_frames(rng, 3, 20, 9), random_frames(rng, 3, 20, 9)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_a_gpu_finds_what_the_host_finds(case, cuda, dtype, tolerance):
    stack, frames, output = case
    found = CurveRecorder(frames, output).measures(torch.from_numpy(stack).to(cuda, dtype), [2, 0])
    assert set(found) == {0, 2}
    for segment, measures in found.items():
        expected = curve_measures(stack[segment], frames[segment], output[segment])
        assert list(measures) == list(expected)
        assert measures == pytest.approx(expected, rel=tolerance)


def test_the_host_waits_once_and_sends_the_frames_once(case, fake_gpu):
    stack, frames, output = case
    recorder, on_gpu = CurveRecorder(frames, output), torch.from_numpy(stack).to("cuda")
    recorder.measures(on_gpu, [0])
    sent, fake_gpu.waits = fake_gpu.copied_bytes["to"], 0
    recorder.measures(on_gpu, [0, 1, 2])
    assert fake_gpu.copied_bytes["to"] == sent
    assert fake_gpu.waits == 1


def test_a_matrix_of_zeros_has_no_shares(case, cuda):
    _, frames, output = case
    measures = CurveRecorder(frames, output).measures(torch.zeros(3, 9, 9, device=cuda), [0])[0]
    assert np.isnan([value for name, value in measures.items() if "share" in name]).all()
    assert measures["relative_l2"] == 1
