"""Deviations: every setting that shapes numbers and differs, and no other."""

from singmap.report.settings_table import deviations

PAPER = {
    "results": "results/paper",
    "seeds": [0, 1, 2],
    "dataset": {"name": "musdb18", "root": None},
    "stft": {"fft_samples": 4096, "window": "hamming"},
    "training": {"threads": 4, "epochs_max": 20},
    "mapping": {"tracks_max": None},
    "demo": {"seed": 1},
}


def test_the_paper_s_own_setting_deviates_in_nothing():
    assert deviations(PAPER, PAPER).empty


def test_deviations_are_told_key_by_key():
    here = {
        "results": "results/mine",
        "seeds": [0],
        "dataset": {"name": "folder", "root": "/music"},
        "stft": {"fft_samples": 1024, "window": "hamming"},
        "training": {"threads": 1, "epochs_max": 20},
        "mapping": {"tracks_max": 1},
        "demo": {"seed": 2},
    }
    assert deviations(here, PAPER).to_numpy().tolist() == [
        ["seeds", "0", "0, 1, 2"],
        ["dataset.name", "folder", "musdb18"],
        ["stft.fft_samples", "1024", "4096"],
        ["mapping.tracks_max", "1", "all"],
    ]
