"""Which rows of the structure table become the measure of NCA's matrices, and how they are averaged."""

import pandas as pd
import pytest

from singmap.files.tables import Controls, Structure, TrackMeasures, columns
from singmap.runtime.errors import InputError
from singmap.study.nca_shares import nca_shares

SEGMENTS = pd.DataFrame({"segment": [0, 1, 2], "track_id": ["a", "a", "b"], "track": ["A", "A", "B"]})


def row(value, segment=0, control="trained", **changes):
    track = "B" if segment == 2 else "A"
    told = {
        "model": "dae", "seed": 1, "method": "nca", "segment": segment, "track": track,
        "frames": "optimised", "measure": "band_share_4", "weighting": "input_weighted",
    }  # fmt: skip
    return {**told, "control": control, "value": value, **changes}


def table(kind, *rows):
    return pd.DataFrame(rows, columns=columns(kind))


def shares(structure, controls=(), segments=SEGMENTS):
    return nca_shares(table(Structure, *structure), table(Controls, *controls), segments, 4)


def test_a_track_has_the_mean_of_its_segments():
    found = shares([row(0.2), row(0.6, segment=1), row(0.9, segment=2)])
    assert list(found.columns) == columns(TrackMeasures)
    assert found["value"].tolist() == pytest.approx([0.4, 0.9])
    assert found["track_id"].tolist() == ["a", "b"]
    assert set(found["measure"]) == {"nca_band_share"}
    assert set(found["subject"] + found["weights"]) == {"trainedbest"}


def test_only_the_band_of_the_lobe_input_weighted_by_nca_counts():
    others = [
        row(0.7, measure="band_share_2"), row(0.7, weighting="raw"), row(0.7, method="jacobian"),
        row(0.7, measure="diagonal_share"), row(0.7, frames="other"),
    ]  # fmt: skip
    found = shares([*others, row(0.3), row(0.5, method="nca_equal_fidelity")])
    assert found.set_index("measure")["value"].to_dict() == {
        "nca_band_share": 0.3,
        "nca_equal_fidelity_band_share": 0.5,
    }


def test_controls_stand_as_subjects_and_what_stands_elsewhere_is_left_out():
    names = ("untrained", "shuffled", "band", "trained", "scalar", "all_ones")
    found = shares([row(0.3)], [row(0.1, control=name) for name in names])
    weights = found.set_index("subject")["weights"].to_dict()
    assert weights == {"trained": "best", "untrained": "epoch0", "shuffled": "best", "band": "best"}


def test_a_segment_that_is_not_listed_is_named():
    with pytest.raises(InputError, match="segment 2"):
        shares([row(0.9, segment=2)], segments=SEGMENTS[:2])
