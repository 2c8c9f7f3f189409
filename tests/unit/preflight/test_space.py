"""The disk that a plan fills, against sizes worked out by hand and a real disk."""

import shutil
from pathlib import Path

import pytest

from singmap.configuration import merged, read_yaml
from singmap.data.tracks import Stem, Track
from singmap.preflight.plan import Plan
from singmap.preflight.space import planned_bytes, space_problems
from singmap.runtime.disk import RESERVE_BYTES

BINS = 442  # of 882 samples
STFT = {"hop_samples": 441, "window_samples": 882, "fft_samples": 882}
DIRECT = ["jacobian", "jacobian_weighted", "least_squares", "diagonal"]
SUBSETS = ("train", "valid", "test")


@pytest.fixture
def tracks(manifest):
    return {subset: [track for track in manifest.tracks if track.subset == subset] for subset in SUBSETS}


def matrices(models, methods):
    """Where the matrices of models by these methods lie."""
    return [Path(f"results/demo/mappings/sf/seed{seed}/{name}.npy") for seed in models for name in methods]


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ({"tabulate_scores": [{}]}, 0),
        ({"decode_tracks": [{"subset": "train"}]}, 88200 * 2 * 4),  # mixture and target, mono
        ({"decode_tracks": [{"subset": "test"}]}, (441000 + 176400) * 6 * 4),  # three stereo files
        # A hop of 441 samples: one frame more than hops; two arrays of float16.
        ({"compute_spectra": [{"subset": "train"}]}, 201 * BINS * 2 * 2),
        ({"train_model": [{"model": "dae"}, {"model": "mdae"}]}, 3 * (2 + 4) * BINS**2 * 4),  # two epochs
        ({"train_truth": [{"model": "mdae"}]}, 4 * BINS**2 * 4),
    ],
)
def test_the_bytes_of_each_stage(settings, tracks, jobs, expected):
    settings["stft"] |= STFT
    settings["spectra"]["dtype"] = "float16"
    settings["training"]["kept_epochs"] = [1, 4]
    assert planned_bytes(settings, Plan(jobs), tracks) == expected


@pytest.mark.parametrize(
    ("methods", "models", "expected"),
    [
        (["nca"], 3, 3),
        # Four methods; those of three models and of the one that is examined wait to be measured or drawn.
        (DIRECT, 1, 4),
        (DIRECT, 9, 4 * 4),
        (["nca", *DIRECT], 1, 1 + 4),  # whichever jobs make them
    ],
)
def test_the_bytes_of_matrices(settings, tracks, methods, models, expected):
    settings["stft"] |= STFT
    settings["mapping"] |= {"segments_per_track": 3, "tracks_max": None, "keep": "optimised"}
    plan = Plan({}, outputs=[*matrices(range(models), methods), Path("results/spectra/mixture.npy")])
    segments = 2 * 3  # of each of two tracks
    assert planned_bytes(settings, plan, tracks) == segments * BINS**2 * 2 * expected


ALL_TRACKS = {"tracks_max": None}
ALL = ALL_TRACKS | {"seeds_max": None}
NO_EPOCHS = {"training": {"kept_epochs": []}}


@pytest.mark.parametrize(
    ("n_seeds", "mapping", "others", "gigabytes"),
    [
        (5, {"keep": "none"}, {}, 49.0),
        (5, {}, {}, 51.0),
        (5, {"keep": "all"}, {}, 53.0),
        (10, {}, {}, 55.0),
        (10, {"keep": "none"}, {}, 53.0),
        (10, {"keep": "none"}, NO_EPOCHS, 48.9),
        (10, ALL_TRACKS, {}, 71.6),
        (10, ALL_TRACKS | {"keep": "none"}, {}, 63.2),
        (10, {"tracks_max": 26, "keep": "none"}, NO_EPOCHS, 50.0),
        (10, ALL, {}, 106.9),
        (10, ALL | {"keep": "none"}, {}, 63.2),
        (10, ALL | {"tracks_max": 40}, {}, 95.5),
    ],
)
def test_the_disk_of_the_paper_s_study(root, settings, n_seeds, mapping, others, gigabytes):
    """As docs/clusters.md says: 150 tracks of about four minutes, 4.7 GB of them stems."""
    paper = merged(settings, read_yaml(root / "config/paper.yaml"))
    paper = merged(paper, {"seeds": list(range(n_seeds)), "mapping": mapping, **others})
    lengths_s = {"train": (86, 238), "valid": (14, 243), "test": (50, 252)}
    stems = {"vocals": Stem("track.stem.mp4", 4)}
    tracks = {
        subset: [Track(f"{subset}{k}", f"{subset}{k}", subset, s * 44100, 44100, stems) for k in range(n)]
        for subset, (n, s) in lengths_s.items()
    }
    models = [{"model": model} for model in paper["models"]]
    mapped, controls = (paper[section]["seeds_max"] or n_seeds for section in ("mapping", "controls"))
    jobs = {
        "decode_tracks": [{"subset": subset} for subset in SUBSETS],
        "compute_spectra": [{"subset": subset} for subset in ("train", "valid")],
        "train_model": models * len(paper["seeds"]),
        "train_truth": models * controls * len(paper["controls"]["known_functions"]),
    }
    outputs = matrices(range(len(models) * mapped), paper["mapping"]["methods"])
    needed = 4.7 + planned_bytes(paper, Plan(jobs, outputs=outputs), tracks) / 1e9
    assert needed == pytest.approx(gigabytes, abs=0.2)


def test_audio_that_goes_leaves_its_room_to_weights_and_mappings(settings, tracks):
    settings["stft"] |= {"hop_samples": 441, "window_samples": 882, "fft_samples": 882}
    settings["dataset"]["keep"] = "test"
    audio, weights = 88200 * 2 * 4, 2 * BINS**2 * 4
    jobs = {"decode_tracks": [{"subset": "train"}]}
    assert planned_bytes(settings, Plan(jobs), tracks) == audio
    jobs["train_truth"] = [{"model": "dae"}]
    assert planned_bytes(settings, Plan(jobs), tracks) == max(audio, weights)
    settings["dataset"]["keep"] = "all"
    assert planned_bytes(settings, Plan(jobs), tracks) == audio + weights


@pytest.mark.parametrize(("keep", "systems"), [("all", 5), ("excerpts", 0)])
def test_separated_audio_takes_room_only_where_all_is_kept(settings, tracks, keep, systems):
    settings["separation"] |= {"keep": keep, "audio_subtype": "PCM_24"}
    plan = Plan({}, outputs=[Path(f"results/demo/separated/sf_seed{seed}") for seed in range(5)])
    target = (441000 + 176400) * 2 * 3  # in stereo, 24 bits
    assert planned_bytes(settings, plan, tracks) == systems * target


def test_a_disk_that_is_too_small_is_named_and_old_outputs_count_as_free(
    settings, manifest, tmp_path, monkeypatch
):
    settings["results"] = str(tmp_path)
    old = tmp_path / "audio"
    old.mkdir()
    needed = 88200 * 2 * 4
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=RESERVE_BYTES + needed - 1000))
    plan = Plan({"decode_tracks": [{"subset": "train"}]}, outputs=[old, tmp_path / "gone"])
    (problem,) = space_problems(settings, plan, manifest)
    assert str(problem).startswith(f"what this run makes in {tmp_path}: expected 0.20 GB of free disk space")
    (old / "a.wav").write_bytes(bytes(1000))
    assert list(space_problems(settings, plan, manifest)) == []


def test_a_wrong_selection_is_for_others_to_name(settings, manifest):
    settings["dataset"]["test"] = ["nobody"]
    assert list(space_problems(settings, Plan({"decode_tracks": [{"subset": "train"}]}), manifest)) == []
