"""From an archive's address to its files: what is checked, what is remembered, what is set aside."""

import hashlib
import os
import shutil
import threading
import zipfile
from pathlib import Path

import pytest

from singmap.data.archive import content_folder, fetch_archive, locked
from singmap.data.download import sha256_of
from singmap.runtime.errors import InputError
from tests.helpers.loopback import Answer, serving
from tests.helpers.served_archive import GOOD, HASTY, fetch_and_check, kill_after, nothing_half_written


def third(archive: Path) -> int:
    return archive.stat().st_size // 3


class TestRefusal:
    """A file that is not what it should be: set aside and named, and a later run completes."""

    def test_corrupted_byte_is_named_with_both_checksums(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(flip_byte_at=third(archive)), GOOD]) as served:
            with pytest.raises(InputError) as caught:
                fetch_archive(served.url, tmp_path, checksum, patience=HASTY)
            (kept,) = tmp_path.glob("bad-*.zip")
            for part in (checksum, sha256_of(kept), str(kept), "dataset.sha256"):
                assert part in str(caught.value)
            assert nothing_half_written(tmp_path)
            fetch_and_check(served, tmp_path, archive, checksum)

    def test_corrupted_byte_without_a_checksum_fails_the_archives_own(self, archive, tmp_path):
        with serving(archive, [Answer(flip_byte_at=third(archive)), GOOD]) as served:
            with pytest.raises(InputError, match="Bad CRC-32"):
                fetch_archive(served.url, tmp_path, None, patience=HASTY)
            assert list(tmp_path.glob("bad-*.zip"))
            assert nothing_half_written(tmp_path)
            record = fetch_and_check(served, tmp_path, archive)
        assert record["sha256"] == sha256_of(archive), "the bad file's checksum must not have been recorded"

    def test_truncated_file_with_a_matching_length(self, archive, tmp_path):
        with serving(archive, [Answer(truncate_to=third(archive)), GOOD]) as served:
            with pytest.raises(InputError, match="not a zip file"):
                fetch_archive(served.url, tmp_path, None, patience=HASTY)
            assert nothing_half_written(tmp_path)
            fetch_and_check(served, tmp_path, archive)

    def test_page_instead_of_the_file(self, archive, tmp_path):
        with serving(archive, [Answer(body=b"<html>please log in</html>"), GOOD]) as served:
            with pytest.raises(InputError, match=r"not a zip file.* run snakemake again to download"):
                fetch_archive(served.url, tmp_path, None, patience=HASTY)
            fetch_and_check(served, tmp_path, archive)


class TestMemory:
    """What is recorded at the first fetch and used at the next."""

    def test_unpacked_data_are_used_again(self, archive, tmp_path):
        with serving(archive, [GOOD]) as served:
            fetch_and_check(served, tmp_path, archive)
            fetch_and_check(served, tmp_path, archive)
        assert len(served.requests) == 1

    def test_damaged_unpacked_data_are_fetched_again(self, archive, tmp_path):
        with serving(archive, [GOOD]) as served:
            fetch_and_check(served, tmp_path, archive)
            victim = next(tmp_path.glob("data-*/train/*.mp4"))
            os.truncate(victim, 1000)
            fetch_and_check(served, tmp_path, archive)
        assert len(served.requests) == 2

    def test_archive_that_a_kill_left_behind_is_removed(self, archive, tmp_path):
        with serving(archive, [GOOD]) as served:
            fetch_and_check(served, tmp_path, archive)
            left = tmp_path / f"archive-{hashlib.sha256(served.url.encode()).hexdigest()[:8]}.zip"
            left.write_bytes(b"unpacked already")
            fetch_and_check(served, tmp_path, archive)
        assert len(served.requests) == 1

    def test_first_checksum_binds_later_downloads(self, archive, tmp_path):
        with serving(archive, [GOOD, Answer(flip_byte_at=10)]) as served:
            fetch_and_check(served, tmp_path, archive)
            shutil.rmtree(*tmp_path.glob("data-*"))
            with pytest.raises(InputError, match=r"from checksums\.json"):
                fetch_archive(served.url, tmp_path, None, patience=HASTY)

    def test_another_archive_leaves_the_unpacked_one_as_it_was(self, tmp_path):
        """Another study may still read it; going back to it fetches nothing."""
        fetched = []
        for name in ("first", "second", "first"):
            if (at_hand := tmp_path / f"{name}.zip").exists():
                at_hand.unlink()
                at_hand.write_bytes(b"not opened")
            else:
                with zipfile.ZipFile(at_hand, "w") as made:
                    made.writestr("train/A.stem.mp4", name)
            fetched.append(fetch_archive(f"file://{at_hand}", tmp_path / "fetched", None))
        assert fetched[2] == fetched[0]
        assert fetched[1][0] != fetched[0][0]
        assert [(data / "train/A.stem.mp4").read_text() for data, _ in fetched] == [
            "first",
            "second",
            "first",
        ]

    def test_archive_at_hand_is_left_in_place(self, archive, tmp_path):
        at_hand = tmp_path / "at hand.zip"
        shutil.copyfile(archive, at_hand)
        data, _ = fetch_archive(f"file://{at_hand}", tmp_path / "fetched", None)
        assert at_hand.exists()
        assert (data / "train").is_dir()


def test_unpacking_killed_at_many_moments_leaves_no_half_data(archive, checksum, tmp_path):
    killed_inside = 0
    with serving(archive, [GOOD]) as served:
        for delay_s in (0.0, 0.02, 0.05, 0.1):
            unpacking = tmp_path / "unpacked.part"
            shutil.rmtree(unpacking, ignore_errors=True)
            kill_after(served.url, tmp_path, unpacking.exists, delay_s)
            killed_inside += unpacking.exists()
            assert not (tmp_path / "unpacked").exists() or not list(tmp_path.glob("data-*"))
        fetch_and_check(served, tmp_path, archive, checksum)
    assert killed_inside, "no kill hit the unpacking"
    assert len(served.requests) == 1, "what was downloaded is not downloaded again"


def test_two_that_fetch_to_one_folder_take_turns(tmp_path, capsys):
    order = []

    def fetch_too():
        with locked(tmp_path / "set"):
            order.append("second")

    second = threading.Thread(target=fetch_too)
    with locked(tmp_path / "set"):
        second.start()
        second.join(0.2)
        assert second.is_alive(), "it waits"
        order.append("first")
    second.join(10)
    assert order == ["first", "second"]
    assert "waiting for another process that fetches to" in capsys.readouterr().err


def test_no_archive_at_hand(tmp_path):
    with pytest.raises(InputError, match=r"dataset\.url: expected an archive, found nothing at .*x\.zip"):
        fetch_archive(f"file://{tmp_path}/x.zip", tmp_path / "fetched", None)


@pytest.mark.parametrize("top", ["", "MUSDB18/"])
def test_data_in_a_single_folder_of_the_archive_are_found(tmp_path, top):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as made:
        for name in ("README", f"{top}train/A.stem.mp4", f"{top}test/B.stem.mp4"):
            made.writestr(name, "content")
    data, record = fetch_archive(f"file://{tmp_path}/x.zip", tmp_path / "fetched", None)
    assert data == content_folder(tmp_path / "fetched", record["sha256"]) / top
    assert (data / "train/A.stem.mp4").read_text() == "content"


def test_a_wrong_archive_at_hand_is_named_and_left_where_it_is(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"no archive")
    expected = "0" * 64
    with pytest.raises(InputError, match=rf"SHA-256 {expected} \(from dataset\.sha256\).*{tmp_path}/x\.zip"):
        fetch_archive(f"file://{tmp_path}/x.zip", tmp_path / "fetched", expected)
    with pytest.raises(InputError, match=rf"not a zip file.* in {tmp_path}/x\.zip; get this file again"):
        fetch_archive(f"file://{tmp_path}/x.zip", tmp_path / "fetched", None)
    assert (tmp_path / "x.zip").read_bytes() == b"no archive"


@pytest.mark.shared
def test_the_real_preview_arrives_whole(shared, tmp_path):
    archive = shared / "data/MUSDB18-7-STEMS.zip"
    with serving(archive, [Answer(stop_after_bytes=third(archive)), GOOD]) as served:
        fetch_and_check(served, tmp_path, archive, sha256_of(archive))
