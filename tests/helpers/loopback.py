"""An HTTP server on the loopback that serves one file and misbehaves on command."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PIECE_BYTES = 1 << 16


@dataclass
class Answer:
    """What to do with one request; the defaults are those of a good server."""

    headers: dict[str, str] = field(default_factory=dict)  # instead of the server's own, or beside them
    reason: str | None = None  # the words beside the status
    status: int = 200  # anything but 200: an error page, or a redirect with `location`
    location: str = ""
    ignore_range: bool = False
    shift_range_bytes: int = 0  # start this much later than was asked for, and say so
    claim_extra_bytes: int = 0  # announce so much more than is sent
    claim_nothing: bool = False  # no Content-Length: the end of the connection ends the file
    stop_after_bytes: int | None = None  # then close the connection
    stall_s: float = 0.0  # before the last half of the body
    bytes_per_s: float | None = None
    flip_byte_at: int | None = None
    truncate_to: int | None = None  # serve a shorter file with a matching length
    body: bytes | None = None  # instead of the file
    etag: str = '"first"'
    retry_after: str = ""


@dataclass
class Served:
    """The server's record: its address, what was asked for, and how many bytes of bodies went out."""

    url: str
    requests: list[str] = field(default_factory=list)  # the Range header of each, "" without
    body_bytes: int = 0


@contextlib.contextmanager
def serving(file: Path, answers: list[Answer], ssl_context=None) -> Iterator[Served]:
    """Serve `file` at ``/data.zip``: one of `answers` to each request, the last one ever after."""
    content = file.read_bytes()
    lock, remaining = threading.Lock(), list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with lock:
                served.requests.append(self.headers.get("Range", ""))
                answer = remaining.pop(0) if len(remaining) > 1 else remaining[0]
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client may give up
                _respond(self, answer, content, served)
            self.close_connection = True

        def end_headers(self):
            self.send_header("Connection", "close")
            super().end_headers()

        def log_message(self, *arguments):
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.block_on_close = False  # an answer that stalls must not hold up the test's end
    scheme = "http"
    if ssl_context is not None:
        server.socket = ssl_context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    served = Served(f"{scheme}://127.0.0.1:{server.server_port}/data.zip")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _respond(handler: BaseHTTPRequestHandler, answer: Answer, content: bytes, served: Served) -> None:
    if answer.status != 200:
        page = b"<html>no file here</html>"
        handler.send_response(answer.status, answer.reason)
        for name, value in (
            *answer.headers.items(),
            ("Location", answer.location),
            ("Retry-After", answer.retry_after),
        ):
            if value:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(page)))
        handler.end_headers()
        handler.wfile.write(page)
        return
    content = _altered(content, answer)
    asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    unchanged = handler.headers.get("If-Range", answer.etag) == answer.etag
    if asked and unchanged and not answer.ignore_range:
        start = int(asked[1]) + answer.shift_range_bytes
        if start >= len(content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    else:
        start = 0
        handler.send_response(200)
    body = content[start:]
    handler.send_header("ETag", answer.etag)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if not answer.claim_nothing and "Content-Length" not in answer.headers:
        handler.send_header("Content-Length", str(len(body) + answer.claim_extra_bytes))
    handler.end_headers()
    _send(handler, body[: answer.stop_after_bytes], answer, served)


def _altered(content: bytes, answer: Answer) -> bytes:
    if answer.body is not None:
        return answer.body
    if answer.flip_byte_at is not None:
        changed = bytearray(content)
        changed[answer.flip_byte_at] ^= 0xFF
        content = bytes(changed)
    return content[: answer.truncate_to]


def _send(handler: BaseHTTPRequestHandler, body: bytes, answer: Answer, served: Served) -> None:
    has_stalled = False
    for first in range(0, len(body), PIECE_BYTES):
        if answer.stall_s and not has_stalled and first >= len(body) // 2:
            handler.wfile.flush()
            time.sleep(answer.stall_s)
            has_stalled = True
        piece = body[first : first + PIECE_BYTES]
        handler.wfile.write(piece)
        served.body_bytes += len(piece)
        if answer.bytes_per_s:
            time.sleep(len(piece) / answer.bytes_per_s)
