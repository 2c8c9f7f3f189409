"""Results moved without `.snakemake`, or with dates that mislead: what Snakemake cannot know is told."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.workflow.dryrun import dry_run, planned_jobs
from tests.workflow.running import ROOT

ELSEWHERE = "results/elsewhere"
BANDS = {"structure": {"band_bins": [1, 2, 4]}}


@pytest.fixture
def moved(finished_run, tmp_path) -> Path:
    """A copy of the finished study under another name, without what Snakemake knows of it."""
    shutil.copytree(finished_run / "results/tiny", tmp_path / ELSEWHERE, symlinks=True)
    return tmp_path


def test_moved_results_rerun_what_a_changed_setting_touches_and_nothing_else(moved):
    """But for the page, which shows the configuration, and with it the folder's name."""
    as_it_was = dry_run(moved, ROOT, {"results": ELSEWHERE})
    assert f"{ELSEWHERE}: made elsewhere; what has other settings now is made again" in as_it_was
    assert set(planned_jobs(as_it_was)) == {"render_page"}
    changed = dry_run(moved, ROOT, {"results": ELSEWHERE} | BANDS)
    assert {"measure_structure", "examine_controls"} <= set(planned_jobs(changed))
    assert not {"train_model", "map_model", "score_system"} & set(planned_jobs(changed))


def test_results_without_any_memory_say_so(moved):
    (moved / ELSEWHERE / "snakemake.json").unlink()
    said = dry_run(moved, ROOT, {"results": ELSEWHERE} | BANDS)
    assert f"{ELSEWHERE}: nothing tells with which settings these results were made" in said
    assert "snakemake --forceall" in said


def test_results_dated_in_the_future_are_named(moved):
    os.utime(moved / ELSEWHERE / "tables/scores.csv", (time.time() + 1e6,) * 2)
    said = dry_run(moved, ROOT, {"results": ELSEWHERE})
    assert f"Warning: 1 results are dated in the future, among them {ELSEWHERE}/tables/scores.csv" in said
