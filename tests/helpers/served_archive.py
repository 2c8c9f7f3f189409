"""Fetching from the server of `tests.helpers.loopback`: how patiently, and what must hold afterwards."""

import contextlib
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from singmap.data.archive import fetch_archive
from singmap.data.download import Patience
from tests.helpers.loopback import Answer, Served

HASTY = Patience(attempts=4, first_wait_s=0.01, longest_wait_s=0.05, progress_bytes=100_000)
GOOD = Answer()


def fetch_and_check(served: Served, folder: Path, archive: Path, sha256: str | None = None) -> dict:
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
    """Whether a fetch that failed or was killed left neither data nor a folder of them."""
    return not list(folder.glob("data-*")) and not (folder / "unpacked").exists()


def kill_after(url: str, folder: Path, has_begun: Callable[[], bool], delay_s: float) -> None:
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
