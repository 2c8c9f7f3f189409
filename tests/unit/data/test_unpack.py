"""Archives: whole ones unpack, damaged and hostile ones leave nothing behind."""

import errno
import shutil
import stat
import zipfile

import numpy as np
import pytest

from singmap.data.unpack import MEMBERS_MAX, ArchiveError, unpack
from singmap.runtime.errors import InputError

AUDIO = np.random.default_rng(0).bytes(10_000)
ODD_NAMES = [
    "train/$(touch pwned)/vocals.wav",
    'train/it\'s "quoted".mp4',
    "test/Größe 東京.mp4",
    "test/a\nb.mp4",
]


def written(path, members):
    """Write an archive of (name or ZipInfo, content) pairs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def device(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFCHR | 0o666) << 16
    return info


def refused(tmp_path, archive, message):
    """Unpacking must raise, and leave neither the folder nor anything outside it."""
    with pytest.raises(ArchiveError, match=message):
        unpack(archive, tmp_path / "deep" / "out")
    assert not (tmp_path / "deep" / "out").exists()
    left = [path for path in tmp_path.rglob("*") if path != tmp_path / "deep"]
    assert left == [archive], "no part of it is left, here or elsewhere"


def test_members_and_sizes(tmp_path):
    archive = written(tmp_path / "x.zip", [(name, AUDIO) for name in ODD_NAMES])
    members = unpack(archive, tmp_path / "out")
    assert members == dict.fromkeys(ODD_NAMES, len(AUDIO))
    for name in ODD_NAMES:
        assert (tmp_path / "out" / name).read_bytes() == AUDIO
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "x.zip"]


def test_what_macos_adds_is_left_out(tmp_path):
    junk = ["__MACOSX/train/._a.mp4", "train/.DS_Store", "train/._a.stem.mp4"]
    archive = written(tmp_path / "x.zip", [(name, AUDIO) for name in ["train/a.stem.mp4", *junk]])
    assert list(unpack(archive, tmp_path / "out")) == ["train/a.stem.mp4"]


@pytest.mark.parametrize(
    "name",
    ["../evil", "train/../../evil", "/tmp/evil", "..", "C:/evil", "train\\..\\..\\evil"],  # noqa: S108
)
def test_paths_that_leave_the_folder(tmp_path, name):
    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO), (name, AUDIO)])
    refused(tmp_path, archive, "a path that leaves the folder; do not trust this archive")


@pytest.mark.parametrize("member", [link("train/a.mp4"), device("train/null")])
def test_links_and_devices(tmp_path, member):
    archive = written(tmp_path / "x.zip", [(member, "/etc/passwd"), ("train/a.mp4/passwd", AUDIO)])
    refused(tmp_path, archive, "a link or special file")


def test_bomb(tmp_path):
    archive = written(tmp_path / "x.zip", [("train/zeros.wav", bytes(50_000_000))])
    refused(tmp_path, archive, "50000000 bytes; such expansion is no audio")


def test_too_many_members(tmp_path):
    archive = written(tmp_path / "x.zip", [(f"{number}", b"") for number in range(MEMBERS_MAX + 1)])
    refused(tmp_path, archive, f"at most {MEMBERS_MAX} files")


def test_the_same_member_twice(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO), ("train/a.mp4", AUDIO[::-1])])
    refused(tmp_path, archive, "every file once, found 'train/a.mp4' repeatedly")


def test_a_file_in_a_folders_place(tmp_path):
    archive = written(tmp_path / "x.zip", [("train/a", AUDIO), ("train/a/b.mp4", AUDIO)])
    refused(tmp_path, archive, "a whole ZIP archive")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[: len(content) // 2], "not a zip file"),
        (lambda content: b"", "not a zip file"),
        (
            lambda content: content[:5000] + bytes([content[5000] ^ 1]) + content[5001:],
            "Bad CRC-32|decompressing",
        ),
    ],
)
def test_damage(tmp_path, damage, message):
    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO)])
    archive.write_bytes(damage(archive.read_bytes()))
    refused(tmp_path, archive, message)


def test_encrypted(tmp_path):
    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO)])
    content = bytearray(archive.read_bytes())
    content[6] |= 1  # the local header's and the directory's flag of encryption
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(content)
    refused(tmp_path, archive, "encrypted")


def test_too_small_a_disk(tmp_path, monkeypatch):
    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO)])
    usage = shutil.disk_usage(tmp_path)._replace(free=200_000_001)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(InputError, match=r"unpacked data set in .* GB of free disk space"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_leftovers_of_a_killed_run_vanish(tmp_path):
    (tmp_path / "out.part/train").mkdir(parents=True)
    (tmp_path / "out.part/train/half.mp4").write_bytes(b"half")
    unpack(written(tmp_path / "x.zip", [("train/a.mp4", AUDIO)]), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").rglob("*.mp4")] == ["a.mp4"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "files of a data set, found none; check dataset.url"),
        ([("train/", ""), ("test/", "")], "found nothing but folders"),
        (
            [("__MACOSX/a", "x"), ("a/.DS_Store", "x"), ("@eaDir/x", "x")],
            "found nothing but folders and what",
        ),
    ],
)
def test_archives_with_nothing_in_them(tmp_path, members, message):
    refused(tmp_path, written(tmp_path / "x.zip", members), message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "a plain file below the folder, found no name"),
        ("./", "x"),
        ("train/" + "a" * 256, "a name of more than 255 bytes"),
        ("train/" + "é" * 128 + "/a.wav", "a name of more than 255 bytes"),
    ],
)
def test_members_that_are_no_files_names(tmp_path, name, message):
    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO), (name, AUDIO)])
    if name.endswith("/"):
        unpack(archive, tmp_path / "out")
    else:
        refused(tmp_path, archive, message)


def test_a_member_without_a_name(tmp_path):
    """zipfile writes none: the name of one letter is taken out of the archive's two records of it."""
    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO), ("?", b"nameless")])
    patched = archive.read_bytes().replace(b"?", b"\0")
    archive.write_bytes(patched)
    refused(tmp_path, archive, "found no name|a whole ZIP archive")


def test_names_that_are_not_the_utf8_they_claim_to_be(tmp_path):
    archive = written(tmp_path / "x.zip", [("train/é.mp4", AUDIO)])
    archive.write_bytes(archive.read_bytes().replace("é".encode(), b"\xe9\xe9"))
    refused(tmp_path, archive, "a whole ZIP archive, found .*utf-8.*; get this file again")


def test_a_full_disk_while_unpacking_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    archive = written(tmp_path / "x.zip", [("train/a.mp4", AUDIO)])
    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(InputError, match="expected room on the disk, found none left"):
        unpack(archive, tmp_path / "out")
    assert list(tmp_path.iterdir()) == [archive]
