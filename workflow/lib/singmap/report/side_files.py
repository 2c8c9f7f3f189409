"""Data beside the page, in scripts: pages that are opened from disk may load scripts, but fetch nothing.

A side file is one line, ``singmap.put("<key>", <JSON>);``, in ASCII: names of tracks may hold anything.
"""

import json
from pathlib import Path
from typing import Any

from singmap.files.storage import atomic_path
from singmap.runtime.errors import REBUILD, InputError

HEAD, TAIL = "singmap.put(", ");\n"


def script_json(value: Any) -> str:
    """JSON that is also safe inside a page's own <script>; NaN and infinity are refused."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    # A name like "</script>" would end the script, "<!--" hide what follows.
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def write_side_file(path: str | Path, key: str, value: Any) -> None:
    """Write `value` as a side file that hands it over under `key`."""
    with atomic_path(path) as part:
        part.write_text(f"{HEAD}{script_json(key)},{script_json(value)}{TAIL}", encoding="ascii")


def read_side_file(path: str | Path) -> tuple[str, Any]:
    """Key and value of a side file; raises InputError where it is none."""
    text = Path(path).read_text(encoding="utf-8")
    try:
        if not (text.startswith(HEAD) and text.endswith(TAIL)):
            raise ValueError(f"{text[:20]!r}...{text[-10:]!r}")
        key, value = json.loads(f"[{text[len(HEAD) : -len(TAIL)]}]")
    except ValueError as error:
        raise InputError(str(path), f"{HEAD}<key>,<JSON>{TAIL.strip()}", str(error), REBUILD) from error
    return key, value
