"""Fetching an archive from a real server that misbehaves, with a checksum or without, and after kills."""

import contextlib
import hashlib
import os
import random
import shutil
import signal
import ssl
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from singmap.data.archive import fetch_archive
from singmap.data.download import CHUNK_BYTES, Patience, sha256_of
from singmap.runtime.errors import InputError
from tests.helpers.loopback import Answer, serving

HASTY = Patience(attempts=4, first_wait_s=0.01, longest_wait_s=0.05, progress_bytes=100_000)
GOOD = Answer()
GENERATED_BYTES = 30_000_000


@pytest.fixture(scope="session")
def archive(tmp_path_factory, request) -> Path:
    """The real archive of MUSDB18-7s; where it is absent a small one of random bytes in the same layout."""
    real = request.config.rootpath.parent / "shared" / "data" / "MUSDB18-7-STEMS.zip"
    if real.is_file():
        return real
    path = tmp_path_factory.mktemp("served") / "data.zip"
    generator = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as made:
        for number in range(30):
            folder = "test" if number % 3 else "train"
            made.writestr(f"{folder}/Track {number}.stem.mp4", generator.bytes(GENERATED_BYTES // 30))
    return path


@pytest.fixture(scope="session")
def checksum(archive) -> str:
    """The archive's true checksum."""
    return sha256_of(archive)


def fetch_and_check(served, folder: Path, archive: Path, sha256: str | None = None) -> dict:
    """Fetch from the server; everything must be as in the archive and nothing else left behind."""
    data, record = fetch_archive(served.url, folder, sha256, patience=HASTY)
    with zipfile.ZipFile(archive) as opened:
        expected = {info.filename: info.file_size for info in opened.infolist() if not info.is_dir()}
    found = {str(path.relative_to(data)): path.stat().st_size for path in data.rglob("*.mp4")}
    assert found == expected
    assert not list(folder.glob("*.part*")), "an unfinished file was left"
    assert not list(folder.glob("archive-*")), "the archive was not removed"
    return record


def nothing_half_written(folder: Path) -> bool:
    return not list(folder.glob("data-*")) and not (folder / "unpacked").exists()


def third(archive: Path) -> int:
    return archive.stat().st_size // 3


class TestRecovery:
    """What the download gets over by itself."""

    def test_good_server_sends_the_file_once(self, archive, checksum, tmp_path):
        with serving(archive, [GOOD]) as served:
            record = fetch_and_check(served, tmp_path, archive, checksum)
        assert (len(served.requests), served.body_bytes) == (1, archive.stat().st_size)
        assert record == {"url": served.url, "sha256": checksum, "n_bytes": archive.stat().st_size}

    def test_drops_resume_where_they_happened(self, archive, checksum, tmp_path):
        drops = [Answer(stop_after_bytes=archive.stat().st_size // 6)] * 4
        with serving(archive, [*drops, GOOD]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)
        assert served.requests[0] == ""
        assert all(served.requests[1:]), "each later request asks for a range"
        sent_twice = served.body_bytes - archive.stat().st_size
        assert sent_twice <= 4 * 2 * CHUNK_BYTES, "each drop loses what was under way and no more"

    def test_server_that_ignores_range_starts_anew(self, archive, checksum, tmp_path):
        answers = [Answer(stop_after_bytes=third(archive)), Answer(ignore_range=True)]
        with serving(archive, answers) as served:
            fetch_and_check(served, tmp_path, archive, checksum)
        assert served.body_bytes == third(archive) + archive.stat().st_size

    def test_wrong_range_is_not_spliced_in(self, archive, checksum, tmp_path):
        answers = [Answer(stop_after_bytes=third(archive)), Answer(shift_range_bytes=7), GOOD]
        with serving(archive, answers) as served:
            fetch_and_check(served, tmp_path, archive, checksum)
        assert served.requests[-1] == ""

    def test_announced_length_that_never_comes(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(claim_extra_bytes=1000), GOOD]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)

    def test_no_length_at_all(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(claim_nothing=True)]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_busy_server_is_asked_again(self, archive, checksum, tmp_path, status):
        with serving(archive, [Answer(status=status, retry_after="0"), GOOD]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)
        assert len(served.requests) == 2

    def test_stall_ends_in_a_new_connection(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(stall_s=10), GOOD]) as served:
            fetch_archive(served.url, tmp_path, checksum, patience=replace(HASTY, timeout_s=4))
        assert len(served.requests) >= 2
        assert served.requests[1] != "", "the second connection continues"

    def test_slow_server_is_waited_for(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(bytes_per_s=archive.stat().st_size / 2)]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)
        assert len(served.requests) == 1

    def test_file_that_changes_between_attempts_is_not_mixed(self, archive, checksum, tmp_path):
        old = Answer(stop_after_bytes=third(archive), etag='"old"', flip_byte_at=100)
        with serving(archive, [old, GOOD]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)
        assert served.body_bytes == third(archive) + archive.stat().st_size

    def test_redirect_is_followed(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(status=302, location="/moved.zip"), GOOD]) as served:
            fetch_and_check(served, tmp_path, archive, checksum)

    def test_complete_part_of_a_killed_run_is_taken(self, archive, checksum, tmp_path):
        with serving(archive, [Answer(stop_after_bytes=third(archive)), Answer(status=404), GOOD]) as served:
            with pytest.raises(InputError):
                fetch_archive(served.url, tmp_path, checksum, patience=HASTY)
            (part,) = tmp_path.glob("*.part")
            shutil.copyfile(archive, part)
            served.requests.clear()
            fetch_and_check(served, tmp_path, archive, checksum)
        assert served.requests == [f"bytes={archive.stat().st_size}-"]


class TestRefusal:
    """What no retry can mend: one clear error, nothing half-written, and a later run that completes."""

    def test_missing_file_is_asked_for_once(self, archive, tmp_path):
        with serving(archive, [Answer(status=404), GOOD]) as served:
            with pytest.raises(InputError, match=r"404 Not Found; check dataset\.url"):
                fetch_archive(served.url, tmp_path, None, patience=HASTY)
            assert len(served.requests) == 1
            assert nothing_half_written(tmp_path)
            fetch_and_check(served, tmp_path, archive)

    def test_retries_are_bounded(self, archive, tmp_path):
        with (
            serving(archive, [Answer(status=503)]) as served,
            pytest.raises(InputError, match=r"503 .*4 times.*continue where it stopped"),
        ):
            fetch_archive(served.url, tmp_path, None, patience=HASTY)
        assert len(served.requests) == HASTY.attempts

    def test_server_that_always_drops_and_ignores_range(self, archive, tmp_path):
        with (
            serving(archive, [Answer(stop_after_bytes=third(archive), ignore_range=True)]) as served,
            pytest.raises(InputError, match="the transfer broke off"),
        ):
            fetch_archive(served.url, tmp_path, None, patience=HASTY)
        assert len(served.requests) <= 2 * HASTY.attempts
        assert nothing_half_written(tmp_path)

    def test_no_server(self, archive, tmp_path):
        with serving(archive, [GOOD]) as served:
            url = served.url
        with pytest.raises(InputError, match=r"ConnectionError.*4 times"):
            fetch_archive(url, tmp_path, None, patience=HASTY)

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
            with pytest.raises(InputError, match="not a zip file"):
                fetch_archive(served.url, tmp_path, None, patience=HASTY)
            fetch_and_check(served, tmp_path, archive)

    def test_endless_redirect(self, archive, tmp_path):
        with (
            serving(archive, [Answer(status=302, location="/data.zip")]) as served,
            pytest.raises(InputError, match=r"redirects.*check dataset\.url"),
        ):
            fetch_archive(served.url, tmp_path, None, patience=HASTY)

    def test_certificate_of_nobody(self, archive, tmp_path):
        with (
            serving(archive, [GOOD], _self_signed(tmp_path)) as served,
            pytest.raises(InputError, match="a server with a valid certificate"),
        ):
            fetch_archive(served.url, tmp_path / "fetched", None, patience=HASTY)
        assert served.requests == []

    def test_redirect_to_an_unencrypted_place(self, archive, tmp_path, monkeypatch):
        context = _self_signed(tmp_path)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate.pem"))
        with serving(archive, [GOOD]) as plain:
            detour = Answer(status=302, location=plain.url)
            with serving(archive, [detour, GOOD], context) as served:
                with pytest.raises(
                    InputError, match="expected an encrypted transfer, found a redirect to http:"
                ):
                    fetch_archive(served.url, tmp_path / "fetched", None, patience=HASTY)
                fetch_and_check(served, tmp_path / "fetched", archive)

    def test_full_disk_is_noticed_before_the_body(self, archive, tmp_path, monkeypatch):
        usage = shutil.disk_usage(tmp_path)._replace(free=archive.stat().st_size // 2)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
        with serving(archive, [GOOD]) as served, pytest.raises(InputError, match="GB of free disk space"):
            fetch_archive(served.url, tmp_path, None, patience=HASTY)
        assert served.body_bytes < archive.stat().st_size
        assert nothing_half_written(tmp_path)


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


class TestKill:
    """SIGKILL at many moments, then one run that completes."""

    def test_during_download(self, archive, checksum, tmp_path):
        size = archive.stat().st_size
        slow = Answer(bytes_per_s=size / 2)
        generator = random.Random(3)  # noqa: S311 (moments, not secrets)
        with serving(archive, [slow] * 5 + [GOOD]) as served:
            for number in range(5):
                _kill_after(
                    served.url,
                    tmp_path,
                    lambda seen=number: len(served.requests) > seen,
                    generator.random() * 0.6,
                )
                assert nothing_half_written(tmp_path)
            assert any(served.requests), "a killed download is resumed"
            kept = sum(path.stat().st_size for path in tmp_path.glob("*.part"))
            sent = served.body_bytes
            fetch_and_check(served, tmp_path, archive, checksum)
            assert served.body_bytes - sent == size - kept

    def test_during_unpacking(self, archive, checksum, tmp_path):
        killed_inside = 0
        with serving(archive, [GOOD]) as served:
            for delay_s in (0.0, 0.02, 0.05, 0.1):
                unpacking = tmp_path / "unpacked.part"
                shutil.rmtree(unpacking, ignore_errors=True)
                _kill_after(served.url, tmp_path, unpacking.exists, delay_s)
                killed_inside += unpacking.exists()
                assert not (tmp_path / "unpacked").exists() or not list(tmp_path.glob("data-*"))
            fetch_and_check(served, tmp_path, archive, checksum)
        assert killed_inside, "no kill hit the unpacking"
        assert len(served.requests) == 1, "what was downloaded is not downloaded again"


def _kill_after(url: str, folder: Path, has_begun, delay_s: float) -> None:
    """Fetch in another process and kill it `delay_s` after `has_begun()` turns true."""
    command = "import sys; from pathlib import Path; from singmap.data.archive import fetch_archive; "
    command += "fetch_archive(sys.argv[1], Path(sys.argv[2]), None)"
    process = subprocess.Popen([sys.executable, "-c", command, url, str(folder)], stderr=subprocess.DEVNULL)
    with contextlib.suppress(ProcessLookupError):
        while not has_begun() and process.poll() is None:
            time.sleep(0.002)
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
    process.wait()


def _self_signed(folder: Path) -> ssl.SSLContext:
    """Return a TLS context with a certificate that nobody vouches for."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
