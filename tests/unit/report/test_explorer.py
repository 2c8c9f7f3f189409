"""The explorer's index: what there is to see, and first what can be trusted."""

import numpy as np
import pandas as pd

from singmap.files.tables import Segments, columns
from singmap.report.explorer import explorer_index, method_entries, planted_recovery, unseen_errors
from tests.helpers import study_tables

HOSTILE = "</script>\u202e"


def test_methods_that_find_what_was_planted_come_first_and_useless_matrices_last():
    structure = study_tables.structure()
    other = (structure["measure"] == "relative_l2") & (structure["frames"] == "other")
    structure.loc[other, "value"] = 0.5
    useless = other & (structure["method"] == "nca_ones") & (structure["model"] == "sf")
    structure.loc[useless, "value"] = 3.0
    entries = method_entries(study_tables.METHODS, study_tables.planted(), structure)
    expected = ["jacobian", "least_squares", "diagonal", "nca", "student", "nca_ones"]
    assert [entry["name"] for entry in entries] == expected
    assert [entry["recovery"] for entry in entries] == [1.0, 0.9, 0.5, 0.4, 0.1, 1.0]
    assert entries[-1]["errors"] == {"dae": 0.5, "mdae": 0.5, "sf": 3.0}
    assert entries[0]["label"] == "Jacobian"


def test_recovery_is_that_of_networks_that_hide_their_mapping():
    planted = study_tables.planted()
    assert planted_recovery(planted)["nca"] == 0.4
    assert planted_recovery(planted[planted["build"] == "direct"]) == {}


def test_errors_are_medians_over_seeds_on_frames_that_were_not_fitted():
    structure = study_tables.structure(dae_share=0.7)
    structure.loc[structure["frames"] != "other", "value"] = 9.0
    # 1.1 - 0.7, and 0.05 more of the second seed.
    assert unseen_errors(structure)["nca"]["dae"] in (0.42, 0.43)


def test_the_index_tells_where_frequencies_and_matrices_lie():
    rows = [(0, "one", HOSTILE, 0, 2, 0, 4, 0.0), (1, "two", "Two", 2, 2, 0, 4, 0.1)]
    segments = pd.DataFrame(rows, columns=columns(Segments))
    index = explorer_index(segments, [], {"sf": ("nca",)}, [0], np.arange(257) * 44100 / 512)
    assert index["segments"][0] == {"segment": 0, "track_id": "one", "track": HOSTILE}
    assert index["examined"] == {"sf": ["nca"]}
    assert (index["n_bins"], index["bin_hz"]) == (257, 44100 / 512)
    assert index["starts"][:3] == [0, 1, 2]
    assert index["starts"][-1] < 257
