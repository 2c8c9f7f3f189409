"""A folder that is nobody else's."""

import os
import stat
import tempfile
from pathlib import Path

import pytest

from singmap.runtime.errors import InputError
from singmap.runtime.private_folder import private_folder


def test_it_is_made_once_for_its_user_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    folder = private_folder("slots")
    assert folder == tmp_path / f"slots-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert private_folder("slots") == folder
    assert private_folder("slots", tmp_path / "a/b") == tmp_path / "a/b"


def test_another_users_folder_and_a_link_are_refused(tmp_path, monkeypatch):
    Path(tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(InputError, match="link: expected a folder of this user, found another's"):
        private_folder("slots", tmp_path / "link")
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(InputError, match="set TMPDIR"):
        private_folder("slots", tmp_path)
