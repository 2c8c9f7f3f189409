"""Records of what jobs wrote: every change of a file is seen by the job that reads it, and only a change."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from singmap.runtime.errors import InputError
from singmap.runtime.records import (
    SAMPLES_MIN,
    STRIDE_MAX_BYTES,
    WHOLE_BYTES,
    check_inputs,
    content_digest,
    dated_after,
    gone_files,
    record_outputs,
    results_folder,
)


@pytest.fixture
def results(tmp_path) -> Path:
    """A table and a folder of two tracks, recorded."""
    for place, content in {
        "tables/a.csv": "x\n1\n2\n",
        "audio/one/v.wav": "one",
        "audio/two/v.wav": "two",
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(content)
    record_outputs(tmp_path, "make_all", outputs(tmp_path))
    return tmp_path


def outputs(results: Path) -> list[Path]:
    return [results / "tables/a.csv", results / "audio"]


def swap_tracks(audio: Path) -> None:
    (audio / "one").rename(audio / "kept")
    (audio / "two").rename(audio / "one")
    (audio / "kept").rename(audio / "two")


CHANGES = {
    "half a table": (
        lambda results: (results / "tables/a.csv").write_text("x\n1\n"),
        "tables/a.csv",
        "other content",
    ),
    "swapped tracks": (lambda results: swap_tracks(results / "audio"), "audio/one/v.wav", "other content"),
    "a track less": (lambda results: shutil.rmtree(results / "audio/two"), "audio/two/v.wav", "no file"),
    "a folder less": (lambda results: shutil.rmtree(results / "audio"), "audio/one/v.wav", "no file"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named_with_the_rule_that_wrote_the_file(results, name):
    change, place, found = CHANGES[name]
    change(results)
    with pytest.raises(InputError) as refused:
        check_inputs(results, outputs(results))
    assert refused.value.where == str(results / place)
    assert f"expected the content that make_all wrote, found {found};" in str(refused.value)


def test_what_is_unchanged_moved_or_unknown_passes(results, tmp_path_factory):
    (results / "audio/.snakemake_timestamp").touch()  # as Snakemake does after the job
    os.utime(results / "tables/a.csv", (0, 0))
    check_inputs(results, outputs(results))
    moved = shutil.copytree(results, tmp_path_factory.mktemp("elsewhere") / "study")
    (moved / "tables/new.csv").write_text("never recorded")
    check_inputs(moved, [*outputs(moved), moved / "tables/new.csv", Path("/elsewhere/b.csv")])
    (moved / "tables/a.csv").write_text("x\n")
    with pytest.raises(InputError, match="other content"):
        check_inputs(moved, outputs(moved))


def test_writing_again_replaces_the_record(results):
    (results / "tables/a.csv").write_text("x\n3\n")
    record_outputs(results, "make_all", [results / "tables/a.csv"])
    check_inputs(results, outputs(results))


def test_a_damaged_record_compares_nothing_aloud(results, capsys):
    (results / "records/tables/a.csv.json").write_text('{"rule": "make')
    check_inputs(results, outputs(results))
    assert "records/tables/a.csv.json is damaged" in capsys.readouterr().err


@pytest.fixture
def large(tmp_path) -> Path:
    """A file that is sampled: twice as large as what is read whole."""
    path = tmp_path / "large.npy"
    path.write_bytes(np.random.default_rng(0).bytes(2 * WHOLE_BYTES))
    return path


@pytest.mark.parametrize("where", ["start", "end", "a stretch within"])
def test_large_files_are_sampled_at_both_ends_and_between(large, where):
    before = content_digest(large)
    assert content_digest(large) == before
    stretch = 2 * WHOLE_BYTES // SAMPLES_MIN
    offset = {"start": 0, "end": 2 * WHOLE_BYTES - 1, "a stretch within": 5 * stretch + 7}[where]
    with large.open("r+b") as file:
        file.seek(offset)
        file.write(bytes(stretch if where == "a stretch within" else 1))
    assert content_digest(large) != before


def test_sampling_reads_a_small_part_of_a_huge_file(tmp_path, monkeypatch):
    huge = tmp_path / "huge.npy"
    with huge.open("wb") as file:
        file.truncate(10 * SAMPLES_MIN * STRIDE_MAX_BYTES)  # sparse: 21 GB
    read, pread = [], os.pread
    monkeypatch.setattr(os, "pread", lambda *arguments: read.append(arguments[1]) or pread(*arguments))
    content_digest(huge)
    assert 0.003 < sum(read) / huge.stat().st_size < 0.005


def test_results_are_found_from_a_job_s_log():
    assert results_folder("results/demo/logs/train_model/sf_seed0.log") == Path("results/demo")
    assert results_folder("logs/results/logs/rule/all.log") == Path("logs/results")
    assert results_folder("elsewhere.log") is None


def test_files_that_are_gone_from_a_folder_are_told_apart_from_a_folder_that_is(results):
    assert gone_files(results) == {}
    (results / "tables/a.csv").unlink()
    (results / "audio/two/v.wav").unlink()
    assert gone_files(results) == {results / "audio": ["two/v.wav"]}
    shutil.rmtree(results / "audio")
    assert gone_files(results) == {}, "which Snakemake sees"


def test_outputs_that_were_written_after_a_moment_are_listed(results):
    os.utime(results / "tables/a.csv", (2000, 2000))
    os.utime(results / "audio", (3000, 3000))
    assert dated_after(results, 1999) == [results / "audio", results / "tables/a.csv"]
    assert dated_after(results, 2000) == [results / "audio"]
    assert dated_after(results / "audio", 0) == []
