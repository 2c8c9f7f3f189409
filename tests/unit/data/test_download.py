"""Downloading from a real server that misbehaves, and after kills; through `fetch_archive`, as in a study."""

import json
import random
import shutil
import ssl
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from singmap.data.archive import fetch_archive
from singmap.data.download import CHUNK_BYTES, Patience, download, sha256_of
from singmap.runtime.errors import InputError
from tests.helpers.loopback import Answer, serving
from tests.helpers.served_archive import GOOD, HASTY, fetch_and_check, kill_after, nothing_half_written


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


def test_a_download_killed_at_many_moments_is_resumed(archive, checksum, tmp_path):
    size = archive.stat().st_size
    slow = Answer(bytes_per_s=size / 2)
    generator = random.Random(3)  # noqa: S311 (moments, not secrets)
    with serving(archive, [slow] * 5 + [GOOD]) as served:
        for number in range(5):
            kill_after(
                served.url,
                tmp_path,
                lambda seen=number: len(served.requests) > seen,
                generator.random() * 0.6,
            )
            assert nothing_half_written(tmp_path)
        assert any(served.requests), "a killed download is resumed"
        kept = sum(path.stat().st_size for path in tmp_path.glob("*.part"))
        sent = settled(served)
        fetch_and_check(served, tmp_path, archive, checksum)
        assert served.body_bytes - sent == size - kept


def settled(served) -> int:
    """Bytes that were sent, once the server has noticed that its last client is gone."""
    sent = -1
    while sent != served.body_bytes:
        sent = served.body_bytes
        time.sleep(0.3)
    return sent


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


def test_attempts_that_bring_much_are_not_counted_as_failures_in_a_row(tmp_path):
    """`download` alone: the file appears when it is complete, and nothing of the transfer is left."""
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 5000)
    place = tmp_path / "new folder" / "file"
    drops = [Answer(stop_after_bytes=300_000)] * 3
    with serving(source, [*drops, GOOD]) as served:
        download(served.url, place, patience=replace(HASTY, attempts=2))
    assert len(served.requests) == 4
    assert place.read_bytes() == source.read_bytes()
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize(("asked", "waited_s"), [("0", 1.0), ("5", 5.0), ("3600", 60.0), ("soon", 1.0)])
def test_a_server_is_given_the_time_that_it_asks_for_within_limits(tmp_path, monkeypatch, asked, waited_s):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    waits = []
    monkeypatch.setattr("singmap.data.download.time.sleep", waits.append)
    with serving(source, [Answer(status=503, retry_after=asked), GOOD]) as served:
        download(served.url, tmp_path / "file")
    assert [wait_s for wait_s in waits if wait_s >= 1] == [waited_s]


def test_waits_double_from_failure_to_failure(tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    waits = []
    monkeypatch.setattr("singmap.data.download.time.sleep", waits.append)
    patience = Patience(attempts=6, first_wait_s=1.0, longest_wait_s=5.0)
    with serving(source, [Answer(status=503)]) as served, pytest.raises(InputError, match="6 times"):
        download(served.url, tmp_path / "file", patience=patience)
    assert [wait_s for wait_s in waits if wait_s >= 1] == [1, 2, 4, 5, 5]


def test_what_is_left_of_another_address_is_not_continued(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"the right file")
    place = tmp_path / "file"
    (tmp_path / "file.part").write_bytes(b"the")
    state = {"url": "http://elsewhere/data.zip", "validator": '"first"', "total": 14}
    (tmp_path / "file.part.json").write_text(json.dumps(state))
    with serving(source, [GOOD]) as served:
        download(served.url, place, patience=HASTY)
    assert served.requests == [""]
    assert place.read_bytes() == b"the right file"


def test_no_address_at_all(tmp_path):
    with pytest.raises(InputError, match=r"an address that can be fetched.*check dataset\.url"):
        download("http://", tmp_path / "file", patience=HASTY)


def test_checksums_are_those_of_sha256sum(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert sha256_of(tmp_path / "file").startswith("ba7816bf 8f01cfea 414140de".replace(" ", ""))  # FIPS 180


class TestNonsense:
    """Answers that no server should give: one clear error each, at once, and nothing left."""

    @pytest.mark.parametrize(
        ("answer", "message"),
        [
            (Answer(headers={"Content-Length": "0"}, body=b""), "up to 100000 MB, found one of 0 bytes"),
            (Answer(headers={"Content-Length": "abc"}), "a length in bytes, found 'abc'"),
            (Answer(headers={"Content-Length": "-5"}), "a length in bytes, found '-5'"),
            (Answer(headers={"Content-Length": "9" * 14}), "found one of 99999999999999 bytes"),
            (Answer(claim_nothing=True, body=b""), "a file to download, found an empty one"),
            (Answer(status=416, headers={"Content-Range": "bytes */0"}), "found the answer 416"),
            (Answer(status=206, headers={"Content-Range": "bytes 0-9/10"}), "found the answer 206"),
            (Answer(headers={"Content-Encoding": "gzip"}), "one that is sent as gzip"),
            (Answer(status=302, location="ftp://127.0.0.1/data.zip"), "an address that can be fetched"),
            (Answer(status=302, location="file:///etc/passwd"), "an address that can be fetched"),
            (Answer(status=302, location="http://[::1"), "an address that can be fetched"),
            (
                Answer(status=302, location="http://" + "a" * 70 + ".example/"),
                "an address that can be fetched",
            ),
            (Answer(status=404, reason="\x1b[2JGone"), r"the answer 404 \\x1b\[2JGone; check"),
        ],
    )
    def test_it_is_named_and_not_tried_again(self, archive, tmp_path, answer, message):
        place = tmp_path / "data.zip"
        with serving(archive, [answer]) as served:
            with pytest.raises(InputError, match=message) as caught:
                download(served.url, place, patience=HASTY)
            assert len(served.requests) == 1
        assert str(caught.value).isprintable()
        assert list(tmp_path.iterdir()) == []

    def test_a_range_that_the_server_denies_is_asked_for_anew(self, archive, tmp_path):
        """416 with a size of 0, as after a file was emptied on the server."""
        denied = Answer(status=416, headers={"Content-Range": "bytes */0"})
        with serving(archive, [Answer(stop_after_bytes=third(archive)), denied, GOOD]) as served:
            download(served.url, tmp_path / "data.zip", patience=HASTY)
            assert served.requests[1:] == [served.requests[1], ""]
        assert sha256_of(tmp_path / "data.zip") == sha256_of(archive)

    def test_words_of_a_server_that_is_asked_again_are_shown_escaped(self, archive, tmp_path, capsys):
        with serving(archive, [Answer(status=503, reason="\x1b[2Jwait"), GOOD]) as served:
            download(served.url, tmp_path / "data.zip", patience=HASTY)
        assert "the server answered 503 \\x1b[2Jwait; trying again" in capsys.readouterr().err


class TestUnknownLength:
    """A file of which the server does not tell the size."""

    def test_it_ends_where_the_bound_is(self, archive, tmp_path, monkeypatch):
        monkeypatch.setattr("singmap.data.download.SIZE_MAX", archive.stat().st_size // 2)
        with (
            serving(archive, [Answer(claim_nothing=True)]) as served,
            pytest.raises(InputError, match="found one that does not end, and whose size"),
        ):
            download(served.url, tmp_path / "data.zip", patience=HASTY)
        assert list(tmp_path.iterdir()) == []

    def test_it_leaves_room_on_the_disk(self, archive, tmp_path, monkeypatch):
        usage = shutil.disk_usage(tmp_path)

        def filling(folder):
            left = 201_000_000 - sum(path.stat().st_size for path in Path(folder).glob("*.part"))
            return usage._replace(free=left)

        monkeypatch.setattr("singmap.data.download.DISK_CHECK_BYTES", 1_000_000)
        monkeypatch.setattr(shutil, "disk_usage", filling)
        with (
            serving(archive, [Answer(claim_nothing=True)]) as served,
            pytest.raises(InputError, match="GB of free disk space"),
        ):
            download(served.url, tmp_path / "data.zip", patience=HASTY)
        assert served.body_bytes < archive.stat().st_size
        assert list(tmp_path.iterdir()) == []

    def test_a_part_that_nothing_could_continue_is_removed(self, archive, tmp_path):
        """The connection breaks off within a chunk each time."""
        broken = Answer(headers={"Transfer-Encoding": "chunked"}, claim_nothing=True, body=b"5\r\nab")
        with (
            serving(archive, [broken]) as served,
            pytest.raises(InputError, match="the transfer broke off"),
        ):
            download(served.url, tmp_path / "data.zip", patience=HASTY)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("tells_size", [True, False])
def test_a_disk_that_fills_while_downloading(archive, tmp_path, monkeypatch, tells_size):
    """On a small file system of its own. A part of known size is kept: a later run goes on with it."""
    place = tmp_path / "full"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", "size=2m", "tmpfs"]
    if subprocess.run(["mount", *options, place], capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        monkeypatch.setattr("singmap.data.download.require_disk", lambda *arguments: None)
        with serving(archive, [Answer(claim_nothing=not tells_size)]) as served:
            with pytest.raises(InputError, match=r"data\.zip\.part: expected room on the disk"):
                download(served.url, place / "data.zip", patience=HASTY)
            assert len(served.requests) == 1
        left = sorted(path.name for path in place.iterdir())
        assert left == (["data.zip.part", "data.zip.part.json"] if tells_size else [])
    finally:
        subprocess.run(["umount", place], check=True)
