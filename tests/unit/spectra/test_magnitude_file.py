"""An array that is written in pieces, out of order."""

import numpy as np

from singmap.spectra.magnitude_file import MagnitudeFile


def test_magnitude_file_is_a_plain_array(tmp_path):
    rows = np.random.default_rng(0).standard_normal(40).astype(np.float32).reshape(10, 4)
    file = MagnitudeFile(tmp_path / "x.npy", (10, 4), "float32")
    file.write(6, rows[6:])
    file.write(0, rows[:6])
    file.close()
    assert np.array_equal(np.load(tmp_path / "x.npy"), rows)
