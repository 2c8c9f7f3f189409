"""Excerpts: of every system and source, of the loudest stretches, of silence none."""

import numpy as np
import pandas as pd
import pytest
import soundfile

from singmap.runtime.errors import InputError
from tests.helpers.cut_tracks import cut


def test_excerpts_hold_every_system_and_source(excerpts):
    index = pd.read_csv(excerpts["excerpts"])
    systems = ["mixture", "truth", "sf_seed0", "truth", "sf_seed0"]
    assert index["system"].tolist() == systems
    for file in index["file"]:
        assert soundfile.info(excerpts["audio"] / file).frames == 26460


def test_silent_tracks_give_no_excerpt_and_no_error_unless_all_are(tmp_path, excerpts):
    silence = np.zeros((44100, 2))
    soundfile.write(tmp_path / "tracks/quiet/vocals.wav", silence, 44100, subtype="FLOAT")
    made = cut(tmp_path, n_tracks=5)
    assert set(pd.read_csv(made["excerpts"])["track_id"]) == {"song"}
    soundfile.write(tmp_path / "tracks/song/vocals.wav", silence, 44100, subtype="FLOAT")
    with pytest.raises(InputError, match="a test track with audible vocals, found none"):
        cut(tmp_path, n_tracks=5)
