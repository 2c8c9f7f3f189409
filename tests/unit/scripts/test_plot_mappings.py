"""Pictures of the matrices, drawn from the files of a seed."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.tables import MappingFigure, ModelStructure, Planted, Segments, columns
from singmap.runtime.errors import InputError
from tests.helpers.report_files import ALL_FIGURES, outputs_of
from tests.helpers.study_tables import filled
from workflow.scripts import plot_mappings

N_BINS = 9
NAMES = ("mappings_full", "mappings_zoom", "mappings_weighted", "mappings_other")
STFT = {"window": "hamming", "window_samples": 16, "fft_samples": 16, "hop_samples": 4}


@pytest.fixture
def study(tmp_path):
    """Two segments on inputs of 1 and 3; the Jacobian's gains are 1 and -1, the student's 0.1."""
    mixture = np.repeat(np.float32([1, 3]), 2)[:, None] * np.ones(N_BINS, np.float32)
    np.save(tmp_path / "mixture.npy", mixture)
    rows = [(0, "song", "Song", 0, 2, 0, 4, 0.0), (1, "song", "Song", 2, 2, 0, 4, 0.1)]
    pd.DataFrame(rows, columns=columns(Segments)).to_csv(tmp_path / "segments.csv", index=False)
    (tmp_path / "sf" / "seed0").mkdir(parents=True)
    for name, gains in {"jacobian": [1, -1], "student": [0.1, 0.1]}.items():
        stack = np.float32(gains)[:, None, None] * np.ones((N_BINS, N_BINS), np.float32)
        np.save(tmp_path / "sf" / "seed0" / f"{name}.npy", stack)
    known = [{"method": "jacobian", "similarity": 1.0}, {"method": "student", "similarity": 0.1}]
    filled(Planted, known).to_csv(tmp_path / "planted.csv", index=False)
    measured = {"model": "sf", "measure": "relative_l2", "frames": "optimised", "value": 0.5}
    measures = [measured | {"method": name} for name in ("jacobian", "student")]
    filled(ModelStructure, measures).to_csv(tmp_path / "structure.csv", index=False)
    return tmp_path


def drawn(study):
    outputs = outputs_of(study, *NAMES)
    plot_mappings.main(
        mappings=[study / "sf" / "seed0" / f"{name}.npy" for name in ("jacobian", "student")],
        segments=study / "segments.csv",
        mixture=study / "mixture.npy",
        planted=study / "planted.csv",
        measured=[study / "structure.csv"],
        outputs=outputs,
        settings={"stft": STFT, "zoom_hz": 22050, "range_db": 50, "cells_max": 9} | ALL_FIGURES,
    )
    return {name: pd.read_csv(outputs[f"{name}_csv"]) for name in NAMES}


def shown(table, part):
    return table[table["part"] == part].iloc[:, len(columns(MappingFigure)) :]


def test_segments_are_joined_in_power_each_weighted_by_its_own_input(study):
    tables = drawn(study)
    assert (shown(tables["mappings_zoom"], "level") == 0).all(axis=None), "1 and -1 don't cancel"
    assert (shown(tables["mappings_zoom"], "balance") == 0).all(axis=None)
    weighted_db = np.round(10 * np.log10((1 + 9) / 2), 1)
    assert (shown(tables["mappings_weighted"], "level") == weighted_db).all(axis=None)
    assert (shown(tables["mappings_weighted"], "balance") == np.round(-1 / np.sqrt(5), 2)).all(axis=None)


def test_methods_that_fail_their_trial_stand_apart(study):
    methods = {name: set(table["method"]) for name, table in drawn(study).items()}
    assert methods == {name: {"jacobian"} for name in NAMES[:3]} | {"mappings_other": {"student"}}


def test_a_matrix_that_is_not_finite_is_refused_by_name(study):
    path = study / "sf" / "seed0" / "student.npy"
    stack = np.load(path)
    stack[1, 2, 3] = np.nan
    np.save(path, stack)
    with pytest.raises(InputError, match=r"student\.npy: expected finite matrices"):
        drawn(study)
