"""The check of free disk space."""

import shutil

import pytest

from singmap.runtime.disk import RESERVE_BYTES, require_disk
from singmap.runtime.errors import InputError


def test_enough_room_and_too_little(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=RESERVE_BYTES + 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    require_disk(tmp_path / "not" / "there" / "yet", 1000, "cache")
    with pytest.raises(InputError, match=r"cache in .*yet: expected 0\.20 GB of free .*; free some space"):
        require_disk(tmp_path / "not" / "there" / "yet", 1001, "cache")


def test_the_asked_for_folder_is_the_one_that_is_measured(tmp_path, monkeypatch):
    asked = []
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: asked.append(folder) or usage)
    require_disk(tmp_path / "not" / "there", 0, "cache")
    assert asked == [tmp_path]
