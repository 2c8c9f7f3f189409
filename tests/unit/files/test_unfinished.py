"""State of killed jobs: it comes back whole for the same run, and for no other."""

import numpy as np
import pytest

from singmap.files.unfinished import DIGEST_CHARACTERS, Entry, UnfinishedRun, data_digest, run_key


@pytest.fixture
def run(tmp_path):
    return UnfinishedRun(tmp_path / "unfinished", "key")


def entry(value):
    arrays = {"rows": np.full((3, 4), value, np.float32), "number": np.array(value, np.float64)}
    return Entry(arrays, {"value": value, "text": "a\n1,2"})


def path_of(run, name):
    return run.folder / f"{name}.safetensors"


def test_an_entry_comes_back_as_it_was_kept(run):
    assert run.load("one") is None
    run.keep("one", Entry({"turned": np.arange(6.0).reshape(2, 3).T, **entry(0.1).arrays}, entry(0.1).facts))
    found = run.load("one")
    assert found.facts == {"value": 0.1, "text": "a\n1,2"}
    np.testing.assert_array_equal(found.arrays["turned"], [[0, 3], [1, 4], [2, 5]])
    for name, array in entry(0.1).arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape)


def test_entries_have_names_are_replaced_and_removed(run):
    assert run.names() == []
    for name in ("b", "a", "b"):
        run.keep(name, entry(len(run.names())))
    assert run.names() == ["a", "b"]
    assert run.load("b").facts["value"] == 2
    run.remove("b")
    run.remove("never kept")
    assert run.names() == ["a"]


def test_what_a_killed_writer_left_is_no_entry(run):
    run.keep("a", entry(1))
    (run.folder / ".part-b-x7.safetensors").write_bytes(b"half")
    assert run.names() == ["a"]


@pytest.mark.parametrize(
    "damage", ["flipped bit in data", "flipped bit in header", "truncated", "empty", "altered facts", "shape"]
)
def test_a_damaged_entry_counts_as_absent_aloud(run, damage, capfd):
    run.keep("other", entry(2))
    run.keep("one", entry(1))
    path = path_of(run, "one")
    content = bytearray(path.read_bytes())
    if damage.startswith("flipped"):
        content[-3 if "data" in damage else 20] ^= 1
    elif damage == "altered facts":
        content = content.replace(rb"\"value\": 1", rb"\"value\": 9")
    elif damage == "shape":
        content = content.replace(b"[3,4]", b"[4,3]")
    else:
        content = content[: len(content) // 2 if damage == "truncated" else 0]
    assert content != path.read_bytes()
    path.write_bytes(content)
    assert run.load("one") is None
    assert f"{path} is damaged" in capfd.readouterr().err
    assert run.load("other").facts["value"] == 2
    run.keep("one", entry(3))
    assert run.load("one").facts["value"] == 3


def test_a_changed_run_finds_nothing_and_clears_what_the_other_left(run, tmp_path):
    run.keep("one", entry(1))
    changed = UnfinishedRun(tmp_path / "unfinished", "other key")
    assert changed.names() == []
    assert changed.load("one") is None
    changed.clear()
    assert not (tmp_path / "unfinished").exists()
    changed.clear()


def test_the_key_tells_settings_code_and_data_apart():
    facts = {"settings": {"batch_frames": 128}, "code": {"singmap.models.network": "ab"}, "seed": 0}
    keys = {
        run_key(facts),
        run_key(facts | {"settings": {"batch_frames": 64}}),
        run_key(facts | {"code": {"singmap.models.network": "cd"}}),
        run_key(facts | {"seed": 1}),
    }
    assert len(keys) == 4
    assert {len(key) for key in keys} == {DIGEST_CHARACTERS}
    assert run_key(facts) == run_key(dict(reversed(facts.items())))


def test_the_digest_sees_one_changed_number():
    array = np.zeros((50, 7), dtype=np.float32)
    changed = array.copy()
    changed[49, 6] = 1e-6
    digests = {data_digest(array), data_digest(changed), data_digest(array[:-1]), data_digest(array, array)}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {DIGEST_CHARACTERS}
