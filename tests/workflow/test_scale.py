"""The full study on paper: 150 tracks, 3 models, 10 seeds, planned by Snakemake and found finished.

The time that planning takes is shown by `pytest -s`; only the plan itself is asserted.
"""

import os
import re
import time
from pathlib import Path

import pytest

from singmap.data.tracks import Manifest, Stem, Track, write_manifest
from tests.workflow.dryrun import dry_run, planned_jobs
from tests.workflow.running import ROOT, TINY, run_snakemake

SEEDS = list(range(10))
STUDY = {"dataset": {"name": "musdb18"}, "seeds": SEEDS}
SUBSETS = {"train": 86, "valid": 14, "test": 50}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A folder with the manifest of a full MUSDB18 that holds no audio."""
    directory = tmp_path_factory.mktemp("full")
    stems = {name: Stem("track.stem.mp4", index) for index, name in enumerate(("mixture", "vocals"))}
    tracks = [
        Track(f"{subset}_{index}", f"{subset} {index}", subset, 10_000_000, 44_100, stems)
        for subset, count in SUBSETS.items()
        for index in range(count)
    ]
    manifest = Manifest("musdb18", directory / "musdb18", {}, tracks)
    write_manifest(directory / TINY["results"] / "manifest.json", manifest)
    return directory


def test_the_full_study_is_planned_job_by_job(planned):
    started = time.perf_counter()
    jobs = planned_jobs(dry_run(planned, ROOT, STUDY))
    print(f"\n{sum(jobs.values())} jobs planned in {time.perf_counter() - started:.1f} s")
    n_models = 3 * len(SEEDS)
    assert jobs["train_model"] == jobs["measure_structure"] == n_models
    assert jobs["map_model"] == 4 * n_models  # one job per method that optimises, over all 50 test tracks
    assert jobs["map_together"] == n_models  # and one for all others
    assert jobs["score_system"] == n_models + 6  # one job per model and baseline, over all 50 test tracks
    assert jobs["decode_tracks"] == 3  # one job per subset
    assert jobs["compute_spectra"] == 2  # those of test tracks are computed where they are read


@pytest.mark.parametrize(
    ("config", "is_few"),
    [({"jobs": "auto"}, True), ({"jobs": "few"}, True), ({"jobs": "many"}, False)],
)
def test_a_small_study_has_few_jobs(tmp_path, config, is_few):
    """The demo has, unless it is told otherwise."""
    jobs = planned_jobs(dry_run(tmp_path, ROOT, config))
    parts = ["map_together", "measure_structure", "encode_mappings", "measure_model", "measure_ablations"]
    assert [jobs.get(part, 0) for part in parts] == [0 if is_few else 3] * 5
    assert jobs.get("examine_together", 0) == (3 if is_few else 0)
    assert (jobs.get("map_model", 0), jobs.get("score_system", 0)) == ((0, 0) if is_few else (12, 9))
    assert "score_together" not in jobs
    for joined, part in [
        ("choose", "select_segments"),
        ("separate", "compare_systems"),
        ("draw", "plot_mappings"),
        ("conclude", "render_page"),
    ]:
        assert (jobs.get(f"{joined}_together", 0), jobs.get(part, 0)) == ((1, 0) if is_few else (0, 1))


def test_who_asks_for_a_rule_that_another_stands_for_is_told_so(tmp_path):
    """Snakemake would find nothing to do, and say no more."""
    for rule, joined in [("measure_model", "examine_together"), ("map_model", "examine_together")]:
        done = run_snakemake(tmp_path, "--dry-run", "--until", rule, config={"jobs": "few"})
        assert f"Warning: {rule}: with these settings {joined} does its work" in done.stderr
    assert "does its work" not in run_snakemake(tmp_path, "--dry-run", config={"jobs": "few"}).stderr


def test_seeds_that_are_not_mapped_are_measured_alone(tmp_path):
    jobs = planned_jobs(
        dry_run(tmp_path, ROOT, {"jobs": "few", "seeds": [0, 1], "mapping": {"seeds_max": 1}})
    )
    assert jobs["examine_together"] == jobs["measure_model"] == jobs["measure_ablations"] == 3
    assert "measure_structure" not in jobs


def test_jobs_share_the_tracks_of_a_system(planned):
    """Each system has so many jobs beside the one that gathers their scores."""
    jobs = planned_jobs(dry_run(planned, ROOT, STUDY | {"seeds": [0], "scoring": {"shards": 4}}))
    assert (jobs["score_shard"], jobs["score_system"]) == (4 * 9, 9)


def test_a_finished_full_study_is_found_finished(planned):
    """Files without content stand for the results, and `--touch` records that they are up to date."""
    summary = dry_run(planned, ROOT, STUDY, "--summary")
    now = time.time() - 60
    for name in re.findall(r"^(results/\S+)\t", summary, re.MULTILINE):
        _pretend(planned / name, now)
    done = run_snakemake(planned, "--touch", config=STUDY)
    assert done.returncode == 0, done.stderr[-2000:]
    started = time.perf_counter()
    done = run_snakemake(planned, config=STUDY)
    print(f"\nfound finished in {time.perf_counter() - started:.1f} s")
    assert "Nothing to be done" in done.stdout + done.stderr
    assert done.returncode == 0


def _pretend(path: Path, now: float) -> None:
    if path.suffix:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    else:
        path.mkdir(parents=True, exist_ok=True)
    os.utime(path, (now, now))
