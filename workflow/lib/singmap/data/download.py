"""Download one large file over HTTP so that a bad line costs time, not data.

`requests` follows redirects and verifies TLS. This module adds what it lacks: resuming where the last
attempt or the last run stopped, bounded retries with back-off, and checks of size and disk space.
"""

import errno
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from singmap.files.storage import full_disk, read_json, write_json
from singmap.runtime.disk import require_disk
from singmap.runtime.errors import InputError
from singmap.runtime.logs import tell_user
from singmap.runtime.progress import Progress

CHUNK_BYTES = 1 << 16  # what a broken connection can lose
MEGABYTE = 1_000_000
SIZE_MAX = 100_000 * MEGABYTE  # four times MUSDB18-HQ: whatever sends more sends something else
DISK_CHECK_BYTES = 64 * MEGABYTE  # look at the disk so often while a file of unknown size comes in
TRANSIENT_STATUS = {408, 425, 429, 500, 502, 503, 504}
RESUME = "run snakemake again to continue where it stopped"
CHECK_URL = "check dataset.url"
BY_HAND = "check dataset.url, or fetch the data by hand and set dataset.root"


class _TryAgainError(Exception):
    """A transfer that broke off; what arrived is kept. The server may have asked to wait `wait_s`."""

    def __init__(self, reason: str, wait_s: float = 0.0):
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Patience:
    """How long to insist. An attempt that brings less than `progress_bytes` counts as failed."""

    attempts: int = 8
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    timeout_s: float = 30.0
    progress_bytes: int = 1_000_000


PATIENCE = Patience()


@dataclass(frozen=True)
class _Partial:
    """What an earlier attempt left: bytes kept, the file's version as the server named it, its full size."""

    n_bytes: int = 0
    validator: str = ""
    total: int | None = None


def download(url: str, path: Path, spare_bytes: int = 0, patience: Patience = PATIENCE) -> None:
    """Download `url` to `path`; an interrupted download goes on where it stopped, also in a later run.

    Parameters
    ----------
    path : appears only when the file is complete; until then ``<path>.part`` grows
    spare_bytes : disk space to leave for what is done with the file afterwards

    Raises InputError for an answer that trying again can't change (404, bad certificate, a full disk, no file
    or an absurd one), and after `patience.attempts` failures in a row. A part that no later run could
    continue, because the server does not tell the file's size, is removed.
    """
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        _insist(url, part, spare_bytes, patience)
        part.replace(path)
    finally:
        if not _resumable(part, url).n_bytes:
            part.unlink(missing_ok=True)
            _state_path(part).unlink(missing_ok=True)


def _insist(url: str, part: Path, spare_bytes: int, patience: Patience) -> None:
    """Make attempts until `part` is complete, with growing pauses between failures."""
    failures = 0
    while True:
        before = _size(part)
        try:
            return _transfer(url, part, spare_bytes, patience)
        except _TryAgainError as error:
            failures = 1 if _size(part) - before >= patience.progress_bytes else failures + 1
            if failures >= patience.attempts:
                raise InputError(url, "a complete download", f"{error} ({failures} times)", RESUME) from error
            wait_s = max(patience.first_wait_s * 2 ** (failures - 1), error.wait_s)
            wait_s = min(wait_s, patience.longest_wait_s)
            tell_user(f"[download] {error}; trying again in {wait_s:.1f} s")
            time.sleep(wait_s)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _transfer(url: str, part: Path, spare_bytes: int, patience: Patience) -> None:
    """Make one attempt to append what is missing to `part`; return when it is complete."""
    partial = _resumable(part, url)
    headers = {"Accept-Encoding": "identity"}
    if partial.n_bytes:
        headers["Range"] = f"bytes={partial.n_bytes}-"
    if partial.n_bytes and partial.validator:
        headers["If-Range"] = partial.validator
    try:
        with requests.get(url, headers=headers, stream=True, timeout=patience.timeout_s) as response:
            _require_file(response, url)
            start, total = _answer(response, part, partial)
            if start == total:
                return
            write_json(_state_path(part), {"url": url, "validator": _validator(response), "total": total})
            require_disk(part.parent, (total or 0) - start + spare_bytes, "download")
            chunks = response.iter_content(CHUNK_BYTES)
            _append(part, start, total, _bounded(chunks, url, part, spare_bytes) if total is None else chunks)
    except requests.exceptions.SSLError as error:
        raise InputError(url, "a server with a valid certificate", str(error), CHECK_URL) from error
    except InputError:
        raise
    # An address that is none, perhaps of a redirect: InvalidURL, InvalidSchema and the like are ValueErrors.
    except (ValueError, requests.exceptions.TooManyRedirects) as error:
        raise InputError(url, "an address that can be fetched", str(error), CHECK_URL) from error
    except requests.exceptions.RequestException as error:
        raise _TryAgainError(f"the transfer broke off ({type(error).__name__})") from error


def _require_file(response: requests.Response, url: str) -> None:
    """Raise when the answer is not a file: to be tried again or not, as the status says."""
    answer = f"{response.status_code} {response.reason}"
    if url.startswith("https:") and not response.url.startswith("https:"):
        raise InputError(url, "an encrypted transfer", f"a redirect to {response.url}", CHECK_URL)
    if response.status_code in TRANSIENT_STATUS:
        asked = response.headers.get("Retry-After", "")
        raise _TryAgainError(
            f"the server answered {answer}", float(asked) if re.fullmatch("[0-9]{1,9}", asked) else 0.0
        )
    is_range = response.status_code in (206, 416) and "Range" in response.request.headers
    if response.status_code != 200 and not is_range:
        raise InputError(url, "a file to download", f"the answer {answer}", BY_HAND)
    coding = response.headers.get("Content-Encoding", "identity")
    if coding != "identity":
        raise InputError(url, "the file as it is", f"one that is sent as {coding}", BY_HAND)


def _answer(response: requests.Response, part: Path, partial: _Partial) -> tuple[int, int | None]:
    """Return the offset that the body starts at and the file's size in bytes (None if not told).

    The part is deleted before a body that starts anew, so that it never mixes two versions of the file.
    """
    content_range = response.headers.get("Content-Range", "")
    if response.status_code == 200:
        part.unlink(missing_ok=True)
        return 0, _told_length(response)
    if response.status_code == 416 and content_range == f"bytes */{partial.n_bytes}":
        return partial.n_bytes, partial.n_bytes
    span, _, total = content_range.removeprefix("bytes ").partition("/")
    start = span.partition("-")[0]
    same_file = total == str(partial.total) and _validator(response) == partial.validator
    if response.status_code == 206 and start == str(partial.n_bytes) and same_file:
        return partial.n_bytes, partial.total
    part.unlink(missing_ok=True)
    raise _TryAgainError(f"the server's file does not continue the first {partial.n_bytes} bytes")


def _told_length(response: requests.Response) -> int | None:
    """The file's size in bytes as the server tells it, None if it doesn't; raises InputError for nonsense."""
    told = response.headers.get("Content-Length")
    if told is None:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", told):
        raise InputError(response.url, "a length in bytes", repr(told), BY_HAND)
    if not 0 < int(told) <= SIZE_MAX:
        expected = f"a file of up to {SIZE_MAX // MEGABYTE} MB"
        raise InputError(response.url, expected, f"one of {int(told)} bytes", BY_HAND)
    return int(told)


def _bounded(chunks: Iterator[bytes], url: str, part: Path, spare_bytes: int) -> Iterator[bytes]:
    """Yield the chunks of a file of unknown size while it stays possible and leaves room on the disk."""
    size = checked = 0
    for chunk in chunks:
        size += len(chunk)
        if size > SIZE_MAX:
            found = "one that does not end, and whose size the server does not tell"
            raise InputError(url, f"a file of up to {SIZE_MAX // MEGABYTE} MB", found, BY_HAND)
        if size - checked >= DISK_CHECK_BYTES:
            checked = size
            require_disk(part.parent, spare_bytes, "download")
        yield chunk
    if not size:
        raise InputError(url, "a file to download", "an empty one", BY_HAND)


def _append(part: Path, start: int, total: int | None, chunks: Iterator[bytes]) -> None:
    try:
        size = start + _written(part, start, total, chunks)
    except OSError as error:  # of which the errors of requests are a kind
        if error.errno != errno.ENOSPC:
            raise
        raise full_disk(part) from error
    if total is not None and size != total:
        raise _TryAgainError(f"{size} of {total} bytes arrived")


def _written(part: Path, start: int, total: int | None, chunks: Iterator[bytes]) -> int:
    """Append what arrives to `part`; returns its number of bytes."""
    progress = Progress("download", None if total is None else total // MEGABYTE, "MB")
    progress.resume_at(start // MEGABYTE)
    size = start
    with part.open("ab") as handle:
        for chunk in chunks:
            handle.write(chunk)
            size += len(chunk)
            if size // MEGABYTE > progress.done:
                progress.update(size // MEGABYTE - progress.done)
    return size - start


def _validator(response: requests.Response) -> str:
    """Return what names the file's version: its strong ETag, else its date, else nothing."""
    etag = response.headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")


def _state_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _resumable(part: Path, url: str) -> _Partial:
    state = _state_path(part)
    if not (part.exists() and state.exists()):
        return _Partial()
    recorded = read_json(state)
    if recorded["url"] != url or recorded["total"] is None:
        return _Partial()
    return _Partial(part.stat().st_size, recorded["validator"], recorded["total"])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
