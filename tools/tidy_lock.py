"""Tidy a lock that `uv pip compile` wrote: a headline, and no packages that only one build of PyTorch needs.

    python tools/tidy_lock.py requirements.lock

PyTorch's CUDA build pins its own CUDA packages exactly, and its CPU build needs none of them: a lock that
named them would bring several GB to machines without a GPU.
"""

import re
import sys
from pathlib import Path

HEADLINE = "# Resolved from {source} for Python 3.11 to 3.13 on Linux; `make lock` rewrites it."
LEFT_OUT = re.compile(r"^(nvidia-|cuda-|triton==)|sys_platform == 'win32'$")


def tidied(text: str, name: str) -> str:
    """Return the lock's lines, sorted as they came, under a headline that names where they are from.

    Parameters
    ----------
    text : what uv wrote, or a lock that was tidied before
    name : file name of the lock, ``<set>.lock``
    """
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    kept = [line for line in pins if not LEFT_OUT.search(line)]
    return "\n".join([HEADLINE.format(source=name.replace(".lock", ".in")), *kept, ""])


def main(argv: list[str]) -> None:
    """Rewrite the files that are named."""
    for path in map(Path, argv):
        path.write_text(tidied(path.read_text(encoding="utf-8"), path.name), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
