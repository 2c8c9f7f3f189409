"""What a method is given: each segment's frames with the model's output on them."""

import numpy as np
import pytest

from singmap.mapping.examination import Examination
from singmap.mapping.settings import MappingSettings
from singmap.mapping.subject import examine


def test_pairs_are_frames_and_output_of_one_segment_each():
    frames = np.arange(12.0).reshape(2, 3, 2)
    pairs = list(Examination(examine(abs), frames, 2 * frames, MappingSettings(), [0, 1]).pairs())
    assert len(pairs) == 2
    for segment, (x, y) in enumerate(pairs):
        np.testing.assert_array_equal(x, frames[segment])
        np.testing.assert_array_equal(y, 2 * frames[segment])
    with pytest.raises(ValueError, match="shorter"):
        list(Examination(examine(abs), frames, frames[:1], MappingSettings(), [0, 1]).pairs())
