"""The boxes that an mp4 file is made of (ISO/IEC 14496-12, 4.2): each says its size and kind."""

from collections.abc import Iterator
from typing import BinaryIO


def boxes(file: BinaryIO, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, first byte of the content and end of the boxes between two places of a file.

    The last one may promise to end behind `stop`; what can't be a box ends the list.
    """
    while start + 8 <= stop:
        file.seek(start)
        head = file.read(16)
        size, content = int.from_bytes(head[:4], "big"), start + 8
        if size == 1:
            size, content = int.from_bytes(head[8:16], "big"), start + 16
        elif size == 0:
            size = stop - start
        if start + size < content:
            return
        yield head[4:8], content, start + size
        start += size


def find_box(file: BinaryIO, n_bytes: int, *kinds: bytes) -> bytes:
    """Content of the first box at the end of a path of kinds, ``moov``, ``udta``, ...; empty without one."""
    place = (0, n_bytes)
    for kind in kinds:
        found = ((start, min(stop, n_bytes)) for name, start, stop in boxes(file, *place) if name == kind)
        if (inside := next(found, None)) is None:
            return b""
        place = inside
    file.seek(place[0])
    return file.read(place[1] - place[0])
