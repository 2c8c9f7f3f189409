"""Route everything that a job prints into its log file, and keep a line to the user's terminal.

The file descriptors themselves are redirected, so prints, warnings, child processes and tracebacks
all arrive in the log. Progress lines and final errors also reach the terminal.
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from singmap.runtime.errors import InputError
from singmap.runtime.parent_watch import end_with_parent
from singmap.runtime.printable import printable

_terminal_fd: int | None = None


def tell_user(line: str) -> None:
    """Print one line to the log and, from inside a captured job, to the user's terminal as well.

    Further lines of it (an error's list of problems) are indented: nothing in a text can forge a line.
    """
    line = "\n  ".join(printable(part.strip()) for part in line.split("\n"))
    with contextlib.suppress(OSError):  # a log on a full disk must not hide what the user is told
        print(line, file=sys.stderr, flush=True)
    if _terminal_fd is not None:
        with contextlib.suppress(OSError):  # a closed terminal must not end a long job
            os.write(_terminal_fd, (line + "\n").encode())


@contextlib.contextmanager
def captured(log_path: str | Path) -> Iterator[None]:
    """Send standard output and error to `log_path` until the block ends, or Snakemake does.

    An exception leaves its traceback in the log and one line on the terminal, then ends the
    process with status 1.
    """
    global _terminal_fd
    end_with_parent()
    Path(log_path).parent.mkdir(parents=True, exist_ok=True)
    _flush()
    saved = os.dup(1), os.dup(2)
    log_fd = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    os.dup2(log_fd, 1)
    os.dup2(log_fd, 2)
    os.close(log_fd)
    _terminal_fd = saved[1]
    try:
        yield
    except Exception as error:
        with contextlib.suppress(OSError):
            traceback.print_exc()
        label = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        first, *more = f"{label}{error}".split("\n")
        tell_user("\n".join([f"Error: {first} (log: {log_path})", *more]))
        raise SystemExit(1) from error
    finally:
        _terminal_fd = None
        _flush()
        for fd, target in zip(saved, (1, 2), strict=True):
            os.dup2(fd, target)
            os.close(fd)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
