"""Saved states of a training: the newest whole one of the same run is found, and damage is told."""

import pytest
import torch

from singmap.training.resume import KEPT, ResumeStore


def state(number):
    return {"weights": torch.full((3, 4), float(number)), "step": torch.tensor(number)}, {"epoch": number}


def save(store, number):
    store.save(*state(number))


def paths(store):
    return sorted(store.run.folder.iterdir())


@pytest.fixture
def store(tmp_path):
    return ResumeStore(tmp_path / "unfinished", "key")


def test_the_last_state_comes_back(store):
    assert store.load() is None
    for number in (1, 2, 3):
        save(store, number)
    tensors, facts = store.load()
    assert facts == {"epoch": 3}
    for name, tensor in state(3)[0].items():
        assert torch.equal(tensors[name], tensor)
        assert tensors[name].dtype == tensor.dtype
    assert [path.stem for path in paths(store)] == ["state-00000002", "state-00000003"]
    assert len(paths(store)) == KEPT


@pytest.mark.parametrize("damage", ["flipped bit in data", "flipped bit in header", "truncated", "empty"])
def test_a_damaged_state_is_told_of_and_the_one_before_it_used(store, damage, capfd):
    save(store, 1)
    save(store, 2)
    last = paths(store)[-1]
    content = bytearray(last.read_bytes())
    if damage.startswith("flipped"):
        content[-3 if "data" in damage else 20] ^= 1
    else:
        content = content[: len(content) // 2 if damage == "truncated" else 0]
    last.write_bytes(content)
    assert store.load()[1] == {"epoch": 1}
    assert f"{last} is damaged" in capfd.readouterr().err


def test_altered_facts_are_damage(store):
    save(store, 1)
    save(store, 2)
    last = paths(store)[-1]
    last.write_bytes(last.read_bytes().replace(rb"\"epoch\": 2", rb"\"epoch\": 9"))
    assert store.load()[1] == {"epoch": 1}


def test_saving_goes_on_after_damage(store):
    save(store, 1)
    save(store, 2)
    paths(store)[-1].write_bytes(b"")
    save(store, 3)
    assert store.load()[1] == {"epoch": 3}


def test_a_changed_run_finds_nothing(store, tmp_path):
    save(store, 1)
    other = ResumeStore(tmp_path / "unfinished", "other")
    assert other.load() is None
    other.clear()
    assert not store.run.folder.exists()
