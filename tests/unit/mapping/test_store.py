import numpy as np
import pandas as pd
import pytest

from singmap.mapping.method import DescentSettings, Mapping, MappingSettings
from singmap.mapping.run import map_resumably
from singmap.mapping.store import MappingStore, open_mappings, run_digest
from singmap.mapping.subject import examine
from singmap.runtime.errors import InputError
from tests.unit.examined_stacks import random_frames, random_layers


@pytest.fixture
def store(tmp_path):
    def make(digest="abc"):
        return MappingStore(tmp_path / "nca.npy", tmp_path / "nca_curve.csv", tmp_path / "unfinished", digest)

    return make


def result(value):
    curve = pd.DataFrame({"iteration": [0, 1], "loss": [2.0, value], "relative_l1": [1.0, value]})
    return Mapping(np.full((3, 3), value), curve)


def test_segments_become_one_file_in_their_order(store, tmp_path):
    for segment in (1, 0):
        store().keep(segment, result(float(segment)))
    store().finish(2)
    stack = open_mappings(tmp_path / "nca.npy", 2, 3)
    assert stack.dtype == np.float32
    assert stack[0].max() == 0
    assert stack[1].min() == 1
    curve = pd.read_csv(tmp_path / "nca_curve.csv")
    assert list(curve["segment"]) == [0, 0, 1, 1]
    assert not (tmp_path / "unfinished").exists()
    with pytest.raises(InputError, match=r"shape \(3, 3, 3\)"):
        open_mappings(tmp_path / "nca.npy", 3, 3)


def test_damaged_and_half_written_segments_are_made_anew(store):
    for segment in range(3):
        store().keep(segment, result(1.0))
    folder = store()._folder
    (folder / "segment0.npy").write_bytes(b"not an array")
    (folder / "segment1.csv").unlink()
    assert store().finished(3) == [2]
    assert store("another digest").finished(3) == []


def test_digest_depends_on_all_that_shapes_a_run():
    frames = np.arange(6.0).reshape(2, 3)
    same = run_digest({"a": 1, "b": [2]}, [b"weights", frames])
    assert run_digest({"b": [2], "a": 1}, [b"weights", frames.copy()]) == same
    others = [
        run_digest({"a": 2, "b": [2]}, [b"weights", frames]),
        run_digest({"a": 1, "b": [2]}, [b"weight", frames]),
        run_digest({"a": 1, "b": [2]}, [b"weights", frames + 1]),
    ]
    assert len({same, *others}) == 4


def test_an_interrupted_run_goes_on_where_it_stopped(store, tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(12)
    model, frames = examine(random_layers(rng, 8, 8, 8)), list(random_frames(rng, 3, 10, 8))
    settings = MappingSettings(DescentSettings(10, 1e-3), record_every=0, precision="float64")
    arguments = ("nca", model, frames, settings, [4, 5, 6])
    map_resumably(*arguments, store("whole"), "whole")
    expected = np.array(open_mappings(tmp_path / "nca.npy", 3, 8))

    keep = MappingStore.keep

    def fail_at_the_second(self, segment, outcome):
        if segment == 1:
            raise KeyboardInterrupt
        keep(self, segment, outcome)

    monkeypatch.setattr(MappingStore, "keep", fail_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        map_resumably(*arguments, store("cut"), "cut")
    computed = []
    monkeypatch.setattr(MappingStore, "keep", lambda *parts: (computed.append(parts[1]), keep(*parts)))
    map_resumably(*arguments, store("cut"), "resumed")
    assert computed == [1, 2]
    np.testing.assert_array_equal(open_mappings(tmp_path / "nca.npy", 3, 8), expected)
    assert "[resumed] 3/3 segments" in capsys.readouterr().err
