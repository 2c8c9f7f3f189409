"""A folder has one holder, and none after a kill."""

import subprocess
import sys

import pytest

from singmap.runtime.errors import InputError
from singmap.runtime.locks import claim_results

HOLDER = """
import sys, time
from singmap.runtime.locks import claim_results
claim_results(sys.argv[1])
print("held", flush=True)
time.sleep(60)
"""


def start(*arguments: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path):
    with start(HOLDER, str(tmp_path)) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=f"process {holder.pid} on .*wait for it"):
            claim_results(tmp_path)
        holder.kill()


def test_a_killed_run_leaves_no_claim(tmp_path):
    with start(HOLDER, str(tmp_path)) as holder:
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with start(HOLDER, str(tmp_path)) as second:
        assert second.stdout.readline() == "held\n"
        second.kill()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a folder to write results to"):
        claim_results(tmp_path / "file")
