"""One Slurm cluster for all tests; where it can't run, the tests fail loudly unless told to skip."""

import os
import warnings

import pytest

from tests.cluster.slurm_cluster import ClusterError, SlurmCluster

SKIP_VARIABLE = "SKIP_CLUSTER"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """The running cluster; set SKIP_CLUSTER=1 on a machine that can't run one."""
    if os.environ.get(SKIP_VARIABLE) == "1":
        warnings.warn(f"{SKIP_VARIABLE}=1: nothing is tested on a cluster", stacklevel=1)
        pytest.skip(f"{SKIP_VARIABLE}=1")
    try:
        with SlurmCluster(tmp_path_factory.mktemp("slurm")) as running:
            yield running
    except ClusterError as error:
        pytest.fail(f"no Slurm cluster here ({error}); {SKIP_VARIABLE}=1 skips these tests", pytrace=False)
