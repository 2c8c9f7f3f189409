"""One examination, segment by segment: interrupted, damaged and complete."""

import numpy as np
import pandas as pd
import pytest

from singmap.files.unfinished import UnfinishedRun
from singmap.mapping.method import map_segments
from singmap.mapping.run import kept_results, map_resumably
from singmap.mapping.settings import DescentSettings, MappingSettings
from singmap.mapping.subject import examine
from singmap.runtime.errors import InputError
from tests.helpers.examined_stacks import random_frames, random_layers

DESCENTS = DescentSettings(10, 1e-3), DescentSettings(10, 1e-2, 1e-9)
SETTINGS = MappingSettings(*DESCENTS, record_every_iterations=0, precision="float64")


@pytest.fixture
def run(tmp_path):
    return lambda key: UnfinishedRun(tmp_path / "unfinished", key)


@pytest.fixture(params=["nca", "nca_equal_fidelity"])
def arguments(request):
    rng = np.random.default_rng(12)
    model, frames = examine(random_layers(rng, 8, 8, 8)), list(random_frames(rng, 3, 10, 8))
    return request.param, model, frames, SETTINGS, [4, 5, 6]


@pytest.fixture
def kept(monkeypatch):
    """Names of the entries that are kept, as they come."""
    names, keep = [], UnfinishedRun.keep
    monkeypatch.setattr(UnfinishedRun, "keep", lambda *parts: (names.append(parts[1]), keep(*parts)))
    return names


def same(results, expected):
    for result, other in zip(results, expected, strict=True):
        np.testing.assert_array_equal(result.matrix, other.matrix)
        pd.testing.assert_frame_equal(result.curve, other.curve, check_exact=True)


def test_an_interrupted_run_goes_on_where_it_stopped(run, arguments, monkeypatch, kept, capsys):
    map_resumably(*arguments, run("whole"), "whole")
    whole, keep = list(kept_results(run("whole"), 3)), UnfinishedRun.keep
    kept.clear()

    def fail_at_the_second(self, name, entry):
        if name == "segment1":
            raise KeyboardInterrupt
        keep(self, name, entry)

    with monkeypatch.context() as patch:
        patch.setattr(UnfinishedRun, "keep", fail_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            map_resumably(*arguments, run("cut"), "cut")
    assert kept == ["segment0"]
    map_resumably(*arguments, run("cut"), "resumed")
    assert kept == ["segment0", "segment1", "segment2"]
    same(kept_results(run("cut"), 3), whole)
    assert "[resumed] 3/3 segments" in capsys.readouterr().err


def test_damaged_and_missing_segments_are_made_anew(run, arguments, kept):
    map_resumably(*arguments, run("key"), "first")
    whole = list(kept_results(run("key"), 3))
    damaged, missing = (run("key").folder / f"segment{k}.safetensors" for k in (0, 1))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    missing.unlink()
    kept.clear()
    map_resumably(*arguments, run("key"), "again")
    assert kept == ["segment0", "segment1"]
    same(kept_results(run("key"), 3), whole)


def test_results_are_kept_in_float32_with_their_curves(run, arguments):
    """Each is the one that its frames and its start give by themselves."""
    map_resumably(*arguments, run("key"), "first")
    method, model, frames, settings, starts = arguments
    expected = map_segments(method, model, np.stack(frames), settings, starts)
    for result, other in zip(kept_results(run("key"), 3), expected, strict=True):
        assert result.matrix.dtype == np.float32
        np.testing.assert_allclose(result.matrix, other.matrix, rtol=1e-6, atol=1e-7)
        pd.testing.assert_frame_equal(result.curve, other.curve, rtol=1e-12)


def test_a_segment_that_is_missing_at_the_end_is_an_error(run, arguments):
    map_resumably(*arguments, run("key"), "first")
    run("key").remove("segment1")
    results = kept_results(run("key"), 3)
    next(results)
    with pytest.raises(InputError, match="segment 1: expected its result, found none"):
        next(results)


def test_progress_counts_iterations_and_segments(run, arguments, capsys):
    map_resumably(*arguments, run("key"), "examine")
    told = capsys.readouterr().err.splitlines()
    for segment in range(3):
        assert f"[examine, segment {segment}] 10/10 iterations" in told
    assert any(line.startswith("[examine] 3/3 segments, relative L1 error ") for line in told)
