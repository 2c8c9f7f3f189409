"""One small whole run of the study that the workflow tests share."""

from pathlib import Path

import pytest

from tests.workflow.running import run_snakemake


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory) -> Path:
    """Working directory of one finished tiny study; tests read it and must not change it."""
    directory = tmp_path_factory.mktemp("study")
    done = run_snakemake(directory)
    assert done.returncode == 0, done.stderr[-4000:]
    return directory
