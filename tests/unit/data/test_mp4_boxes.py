"""Boxes of mp4 files, by hand and of a real file."""

import io
import json
from pathlib import Path

import stempeg

from singmap.data.mp4_boxes import boxes, find_box


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def test_boxes_follow_each_other_up_to_what_is_none():
    large = (1).to_bytes(4, "big") + b"mdat" + (16 + 5).to_bytes(8, "big") + b"audio"
    rest = bytes(4) + b"free" + b"to the end"
    content = box(b"ftyp", b"isom") + large + rest
    found = list(boxes(io.BytesIO(content), 0, len(content)))
    assert found == [(b"ftyp", 8, 12), (b"mdat", 28, 33), (b"free", 41, 51)]
    assert list(boxes(io.BytesIO(b"\0\0\0\3none" * 2), 0, 16)) == []


def test_a_box_may_promise_more_than_is_there():
    content = box(b"moov", b"x" * 100)[:50]
    assert list(boxes(io.BytesIO(content), 0, len(content))) == [(b"moov", 8, 108)]


def test_the_list_of_stems_in_a_real_file():
    path = Path(stempeg.example_stem_path())
    with path.open("rb") as file:
        stems = json.loads(find_box(file, path.stat().st_size, b"moov", b"udta", b"stem"))["stems"]
        assert find_box(file, path.stat().st_size, b"moov", b"none", b"stem") == b""
    assert [stem["name"] for stem in stems] == ["Drums", "Bass", "Other", "Vox"]
