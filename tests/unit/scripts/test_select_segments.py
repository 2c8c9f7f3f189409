"""The segments that are examined: within their tracks, where the target is loudest, with their own frames."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import Segments, columns, rows_of
from singmap.mapping.segments import UNSEEN_FRAMES_MAX, fitted_frames, unseen_frames
from singmap.spectra.decoded import DecodedSpectra
from tests.helpers.decoded_audio import write_decoded
from workflow.scripts import select_segments

HOP = 64
SPECTRA = {
    "target": "drums",
    "stft": {"window": "hann", "window_samples": 256, "fft_samples": 256, "hop_samples": HOP},
    "dtype": "float16",
}
LOUD = {"a": 1000, "b": 15}  # where the target is loudest, in frames


@pytest.fixture
def audio(tmp_path):
    """Two tracks of noise, one longer than all frames that are examined."""
    rng, found = np.random.default_rng(0), {}
    for track_id, n_frames in {"a": 1500, "b": 40}.items():
        mixture, target = rng.uniform(-0.5, 0.5, (2, 2, (n_frames - 1) * HOP)) * 0.1
        target[:, LOUD[track_id] * HOP : (LOUD[track_id] + 10) * HOP] *= 10
        found[track_id] = {"mixture": mixture, "drums": target}
    return write_decoded(tmp_path, found)


def select(audio, tmp_path, tracks_max=None):
    select_segments.main(
        **audio,
        segments=tmp_path / "segments.csv",
        mixture=tmp_path / "mixture.npy",
        settings={"segment_frames": 10, "segments_per_track": 1, "tracks_max": tracks_max},
        spectra=SPECTRA,
    )
    return pd.read_csv(tmp_path / "segments.csv"), np.load(tmp_path / "mixture.npy")


@pytest.mark.parametrize(("tracks_max", "tracks"), [(None, ["a", "b"]), (1, ["a"])])
def test_segments_lie_where_the_target_is_loudest_in_their_track(audio, tmp_path, tracks_max, tracks):
    table, _ = select(audio, tmp_path, tracks_max)
    assert list(table.columns) == columns(Segments)
    assert table["track_id"].tolist() == tracks
    np.testing.assert_allclose(table["start_s"] * 44100 / HOP, [LOUD[name] for name in tracks], atol=1)


def test_the_gathered_frames_are_those_of_the_whole_tracks(audio, tmp_path):
    table, gathered = select(audio, tmp_path)
    whole = DecodedSpectra(*audio.values(), SPECTRA).mixture
    assert len(gathered) == 10 + UNSEEN_FRAMES_MAX + 40
    assert gathered.dtype == np.float16
    for row, first in zip(rows_of(table), (0, 1500), strict=True):
        start = first + round(row.start_s * 44100 / HOP)
        assert np.array_equal(fitted_frames(row, gathered), whole[start : start + 10])
        others = np.delete(
            np.arange(first, first + {"a": 1500, "b": 40}[row.track_id]),
            slice(start - first, start - first + 10),
        )
        n_others = min(len(others), UNSEEN_FRAMES_MAX)
        expected = others[np.linspace(0, len(others) - 1, n_others).astype(int)]
        assert np.array_equal(unseen_frames(row, gathered), whole[expected])
