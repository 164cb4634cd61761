"""HTTP/1.1 over llhttp: a small server for our services, and one GET.

The server answers each request with one call of a plain function, keeps connections alive, and bounds all that a peer
can make it hold: header, body, time, connections, unread answers. What is not HTTP is answered 400 and closed.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import SplitResult, urlsplit

from evertunnel.drivers import logs
from evertunnel.drivers.http_messages import SIZE_LIMIT, Fetched, Request, Requests
from evertunnel.errors import EngineUnavailable

PIECE = 4 * 1024  # what llhttp is given at once: it takes all of it, though the peer reads no answers
IDLE_SECONDS = 120.0  # longer than FreeRADIUS keeps an idle connection (60 s), so that it is the one who closes
REQUEST_SECONDS = 10.0
CONNECTION_LIMIT = 256

__all__ = ["SIZE_LIMIT", "Answer", "Request", "Response", "get", "serve"]

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole answer."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


Answer = Callable[[Request], Response]


async def serve(host: str, port: int, answer: Answer) -> asyncio.Server:
    """Listens and answers until the server is closed; `answer` runs in the loop, so it must be quick."""
    live: set[_Connection] = set()
    return await asyncio.get_running_loop().create_server(lambda: _Connection(answer, live), host, port)


def get(url: str, timeout: float, limit: int, headers: tuple[tuple[str, str], ...] = ()) -> bytes:
    """Fetches one http URL: whole within `timeout` seconds, at most `limit` bytes, status 200, no redirects."""
    try:
        return _get(url, time.monotonic() + timeout, limit, headers)
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"{url}: {error or type(error).__name__}") from error


class _Connection(asyncio.Protocol):
    """One peer: bytes to the parser, whole requests to `answer`, its answer back."""

    def __init__(self, answer: Answer, live: "set[_Connection]") -> None:
        self._answer = answer
        self._live = live
        self._requests = Requests()
        self._rest = bytearray()
        self._idle = True
        self._peer_reads = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (create_server makes no other)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(IDLE_SECONDS, transport.abort)
        self._live.add(self)
        if len(self._live) > CONNECTION_LIMIT:
            log.warning("too many connections", limit=CONNECTION_LIMIT)
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._timer.cancel()
        self._live.discard(self)

    def data_received(self, data: bytes) -> None:
        self._rest += data
        self._work()

    def eof_received(self) -> None:
        self._requests.end()
        self._work()

    def pause_writing(self) -> None:
        # A peer that sends requests and reads no answers must not fill our memory.
        self._peer_reads = False
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._peer_reads = True
        self._transport.resume_reading()
        self._work()

    def _arm(self, seconds: float) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._transport.abort)

    def _work(self) -> None:
        while self._peer_reads and not self._transport.is_closing():
            if self._requests.due:
                self._give(self._requests.due.popleft())
            elif self._rest:
                piece = bytes(self._rest[:PIECE])
                del self._rest[:PIECE]
                self._requests.feed(piece)
            else:
                self._wait()
                return

    def _wait(self) -> None:
        if self._idle and self._requests.is_open:
            self._idle = False
            self._arm(REQUEST_SECONDS)

    def _give(self, due: Request | HTTPStatus) -> None:
        if due is HTTPStatus.CONTINUE:
            self._transport.write(b"HTTP/1.1 100 \r\n\r\n")
            return
        is_last = self._requests.is_over and not self._requests.due
        if isinstance(due, Request):
            self._transport.write(_written(_guarded(self._answer, due), method=due.method, is_last=is_last))
        else:
            self._transport.write(_written(Response(status=due), is_last=is_last))
        if is_last:
            self._transport.close()
            return
        self._idle = True
        self._arm(IDLE_SECONDS)


def _written(response: Response, *, method: str = "", is_last: bool) -> bytes:
    """An answer on the wire (RFC 9112 4); that to HEAD has no body (RFC 9110 9.3.2)."""
    head = (
        f"HTTP/1.1 {response.status:d} \r\n"
        f"content-length: {len(response.body)}\r\n"
        f"content-type: {response.content_type}\r\n"
    )
    close = "connection: close\r\n" if is_last else ""
    return f"{head}{close}\r\n".encode("ascii") + (b"" if method == "HEAD" else response.body)


def _guarded(answer: Answer, request: Request) -> Response:
    try:
        return answer(request)
    except Exception:
        # The top of the loop: one request that breaks us must not end the service for the others.
        log.exception("answering failed", method=request.method)
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _get(url: str, deadline: float, limit: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("not an http URL")
    asked, fetched = _asked(parts, headers), Fetched(limit)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=_left(deadline)) as peer:
        peer.sendall(asked)
        while not fetched.is_whole:
            fetched.feed(_receive(peer, deadline))
    return bytes(fetched.body)


def _asked(parts: SplitResult, headers: tuple[tuple[str, str], ...]) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = (("host", parts.netloc.rpartition("@")[2]), ("connection", "close"))
    lines = (f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in (*usual, *headers)))
    if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
        raise ValueError("a character that HTTP does not carry")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def _receive(peer: socket.socket, deadline: float) -> bytes:
    peer.settimeout(_left(deadline))
    return peer.recv(SIZE_LIMIT)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
