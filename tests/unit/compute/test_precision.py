"""Number formats of the optimisations: what is kept in which format, and zeros that change nothing."""

import numpy as np
import pytest
import torch

from singmap.compute.precision import PAD_FROM, PAD_MULTIPLE, PRECISIONS, padded, work_format
from singmap.runtime.errors import InputError

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("precision", "dtype", "master"),
    [
        ("float64", torch.float64, torch.float64),
        ("float32", torch.float32, torch.float32),
        ("bfloat16", torch.bfloat16, torch.float32),
    ],
)
def test_parameters_are_kept_at_least_in_single_precision(precision, dtype, master):
    form = work_format(precision, CPU)
    third = np.array([1 / 3])
    assert form.tensor(third).dtype == dtype
    assert form.tensor(third, master=True).dtype == master
    assert form.tensor(third, master=True).item() == pytest.approx(1 / 3, rel=torch.finfo(master).eps)


def test_what_a_format_cannot_be_is_said_with_what_it_can():
    with pytest.raises(InputError, match=r"mapping\.precision: expected one of float64, .*, found 'float16'"):
        work_format("float16", CPU)
    assert {"float64", "float32", "bfloat16", "auto"} <= set(PRECISIONS)


def test_tensors_are_copies_also_of_strided_arrays():
    array = np.arange(12.0).reshape(3, 4).T
    tensor = work_format("float64", CPU).tensor(array)
    tensor[0, 0] = -1
    assert array[0, 0] == 0
    assert tensor.is_contiguous()


def test_large_axes_are_padded_by_zeros_up_to_the_next_multiple():
    form = work_format("float32", CPU)
    array = np.ones((2, PAD_FROM + 1, 5))
    found = padded(array, form, n_axes=2)
    assert found.shape == (2, PAD_FROM + PAD_MULTIPLE, 5), "an axis below PAD_FROM stays as it is"
    np.testing.assert_array_equal(found[:, : PAD_FROM + 1], array)
    assert not found[:, PAD_FROM + 1 :].any()
    exact = np.ones((3, PAD_FROM + PAD_MULTIPLE))
    assert padded(exact, form, n_axes=1).shape == exact.shape


def test_only_the_last_axes_are_padded():
    frames = np.ones((PAD_FROM + 1, PAD_FROM + 1))
    assert padded(frames, work_format("float32", CPU), 1).shape == (PAD_FROM + 1, PAD_FROM + PAD_MULTIPLE)


def test_double_precision_is_never_padded():
    array = np.ones((PAD_FROM + 1, PAD_FROM + 1))
    assert padded(array, work_format("float64", CPU), 2) is array
