"""Which stretches are played: the loudest of the loudest tracks, of silence none."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.files.wav import write_wav
from singmap.runtime.errors import InputError
from tests.helpers import study_tables
from tests.helpers.cut_tracks import cut
from workflow.scripts import choose_excerpts


def test_the_loudest_stretches_of_the_loudest_tracks_come_first(tmp_path):
    """Noise at one place of silence each; a track that is too short for an excerpt is played whole."""
    n_samples = (44100, 30000, 5000)
    for track_id, n, level in zip("abc", n_samples, (0.1, 0.3, 0.2), strict=True):
        voice = np.zeros((2, n), np.float32)
        voice[:, n // 2 : n // 2 + 2000] = level
        write_wav(tmp_path / track_id / "vocals.wav", voice)
    index = study_tables.decoded_tracks({name: name.upper() for name in "abc"}, n_samples)
    index.to_csv(tmp_path / "index.csv", index=False)
    choose_excerpts.main(
        index=tmp_path / "index.csv",
        tracks=tmp_path,
        stretches=tmp_path / "stretches.csv",
        settings={"target": "vocals", "excerpt_tracks": 2, "excerpt_s": 0.2},
    )
    found = pd.read_csv(tmp_path / "stretches.csv")
    assert found["track_id"].tolist() == ["b", "c"]
    assert found["n_samples"].tolist() == [8820, 5000]
    first = found["first_sample"].iloc[0]
    assert first <= 15000
    assert first + 8820 >= 17000


def test_silent_tracks_give_no_excerpt_and_no_error_unless_all_are(tmp_path, excerpts):
    silence = np.zeros((44100, 2))
    soundfile.write(tmp_path / "tracks/quiet/vocals.wav", silence, 44100, subtype="FLOAT")
    made = cut(tmp_path, n_tracks=5)
    assert set(pd.read_csv(made["excerpts"])["track_id"]) == {"song"}
    soundfile.write(tmp_path / "tracks/song/vocals.wav", silence, 44100, subtype="FLOAT")
    with pytest.raises(InputError, match="a test track with audible vocals, found none"):
        cut(tmp_path, n_tracks=5)
