"""HTTP/1.1 over h11: a small server for our services, and one GET.

The server answers each request with one call of a plain function, keeps connections alive, and bounds all that a peer
can make it hold: header, body, time, connections, unread answers. What is not HTTP is answered 400 and closed.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

import h11

from evertunnel.drivers import logs
from evertunnel.errors import EngineUnavailable

SIZE_LIMIT = 64 * 1024
IDLE_SECONDS = 120.0  # longer than FreeRADIUS keeps an idle connection (60 s), so that it is the one who closes
REQUEST_SECONDS = 10.0
CONNECTION_LIMIT = 256

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A whole request; header names are lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The value of a header that stands there exactly once: twice is as unclear as not at all."""
        values = [value for key, value in self.headers if key == name.lower()]
        return values[0] if len(values) == 1 else None


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
    except (OSError, ValueError, h11.ProtocolError) as error:
        raise EngineUnavailable(f"{url}: {error or type(error).__name__}") from error


class _Connection(asyncio.Protocol):
    """One peer: bytes to h11, a new one for each request, whole requests to `answer`, its answer back.

    h11 reads what a peer sends. What we send is ours, and is written here: h11 would take it apart as if it were not.
    """

    def __init__(self, answer: Answer, live: "set[_Connection]") -> None:
        self._answer = answer
        self._live = live
        self._http = _parser()
        self._head: h11.Request | None = None
        self._body = bytearray()
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
        if self._idle:
            self._idle = False
            self._arm(REQUEST_SECONDS)
        self._receive(data)

    def eof_received(self) -> None:
        self._receive(b"")

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

    def _receive(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        self._http.receive_data(data)
        self._work()

    def _work(self) -> None:
        try:
            while self._peer_reads and not self._transport.is_closing() and self._step():
                pass
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)

    def _step(self) -> bool:
        """Takes one event from h11; false when it has none."""
        event = self._http.next_event()
        match event:
            case h11.Request():
                if event.method == b"CONNECT":
                    # h11 would switch protocols at our answer, and there is no other protocol here.
                    raise h11.RemoteProtocolError("no tunnels here", error_status_hint=405)
                self._head = event
                if self._http.they_are_waiting_for_100_continue:
                    self._transport.write(b"HTTP/1.1 100 \r\n\r\n")
            case h11.Data():
                self._body += event.data
                if len(self._body) > SIZE_LIMIT:
                    raise h11.RemoteProtocolError("body too large", error_status_hint=413)
            case h11.EndOfMessage():
                self._finish()
            case h11.ConnectionClosed():
                self._transport.close()
            case _:
                return False
        return True

    def _finish(self) -> None:
        assert self._head is not None  # noqa: S101 (h11 gives a Request before its EndOfMessage)
        request = _whole(self._head, bytes(self._body))
        # Done, and not to be closed: HTTP/1.0 and "connection: close" are.
        is_last = self._http.their_state is not h11.DONE
        self._transport.write(_written(_guarded(self._answer, request), method=request.method, is_last=is_last))
        if is_last:
            self._transport.close()
            return
        self._next()
        self._idle = True
        self._arm(IDLE_SECONDS)

    def _next(self) -> None:
        """A new parser, which begins with what has come after the request."""
        rest, is_over = self._http.trailing_data
        self._http, self._head = _parser(), None
        self._body.clear()
        if rest:
            self._http.receive_data(rest)
        if is_over:
            self._http.receive_data(b"")

    def _refuse(self, status: int) -> None:
        self._transport.write(_written(Response(status=status), is_last=True))
        self._transport.close()


def _parser() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=SIZE_LIMIT)


def _written(response: Response, *, method: str = "", is_last: bool) -> bytes:
    """An answer on the wire (RFC 9112 4); that to HEAD has no body (RFC 9110 9.3.2)."""
    head = (
        f"HTTP/1.1 {response.status:d} \r\n"
        f"content-length: {len(response.body)}\r\n"
        f"content-type: {response.content_type}\r\n"
    )
    close = "connection: close\r\n" if is_last else ""
    return f"{head}{close}\r\n".encode("ascii") + (b"" if method == "HEAD" else response.body)


def _whole(head: h11.Request, body: bytes) -> Request:
    return Request(
        method=head.method.decode("ascii"),
        target=head.target.decode("ascii", "replace"),
        headers=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers),
        body=body,
    )


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
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    usual = (("host", parts.netloc.rpartition("@")[2]), ("connection", "close"))
    request = h11.Request(method="GET", target=target, headers=[*usual, *headers])
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=SIZE_LIMIT)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=_left(deadline)) as peer:
        peer.sendall(b"".join(http.send(event) or b"" for event in (request, h11.EndOfMessage())))
        return _body(_events(http, partial(_receive, peer, deadline)), limit)


def _body(events: Iterator[h11.Event], limit: int) -> bytes:
    body = bytearray()
    for event in events:
        if isinstance(event, h11.Response) and event.status_code != HTTPStatus.OK:
            raise ValueError(f"answered {event.status_code}")
        if isinstance(event, h11.Data):
            body += event.data
        if len(body) > limit:
            raise ValueError(f"longer than {limit} bytes")
    return bytes(body)


def _events(http: h11.Connection, receive: Callable[[], bytes]) -> Iterator[h11.Event]:
    while True:
        event = http.next_event()
        if isinstance(event, h11.Event):
            yield event
            if isinstance(event, h11.EndOfMessage):
                return
        else:
            http.receive_data(receive())


def _receive(peer: socket.socket, deadline: float) -> bytes:
    peer.settimeout(_left(deadline))
    return peer.recv(SIZE_LIMIT)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left
