import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from socket import create_connection, create_server

import pytest

from evertunnel.drivers.http import (
    CONNECTION_LIMIT,
    IDLE_SECONDS,
    REQUEST_SECONDS,
    SIZE_LIMIT,
    Answer,
    Request,
    Response,
    _Connection,
    get,
    serve,
)
from evertunnel.errors import EngineUnavailable

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


def test_header_is_found_in_any_case_and_only_when_it_stands_there_once() -> None:
    request = Request(method="GET", target="/", headers=(("a", "1"), ("b", "2"), ("b", "3")))

    assert request.header("A") == "1"
    assert request.header("b") is None
    assert request.header("c") is None


def test_get_returns_the_body() -> None:
    with serving(lambda request: Response(body=request.target.encode())) as port:
        assert get(f"http://127.0.0.1:{port}/crl?x=1", 2, 100) == b"/crl?x=1"


def test_get_sends_the_headers_given() -> None:
    with serving(lambda request: Response(body=(request.header("Authorization") or "").encode())) as port:
        assert get(f"http://127.0.0.1:{port}/", 2, 100, (("authorization", "Bearer x"),)) == b"Bearer x"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1/\n",
    ],
)
def test_get_refuses_what_is_no_http_url(url: str) -> None:
    with pytest.raises(EngineUnavailable):
        get(url, 0.5, 100)


def test_get_refuses_another_status() -> None:
    with serving(lambda _: Response(status=404)) as port, pytest.raises(EngineUnavailable, match="answered 404"):
        get(f"http://127.0.0.1:{port}/", 2, 100)


def test_get_stops_at_its_limit() -> None:
    with serving(lambda _: Response(body=bytes(101))) as port:
        with pytest.raises(EngineUnavailable, match="longer than 100 bytes"):
            get(f"http://127.0.0.1:{port}/", 2, 100)
        assert len(get(f"http://127.0.0.1:{port}/", 2, 101)) == 101


def test_get_gives_up_on_a_server_that_drips() -> None:
    with create_server(("127.0.0.1", 0)) as listener, pytest.raises(EngineUnavailable, match="timed out"):
        get(f"http://127.0.0.1:{listener.getsockname()[1]}/", 0.1, 100)


def test_get_refuses_an_answer_that_is_cut_off() -> None:
    def answer() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(1000)
            peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(EngineUnavailable):
            get(f"http://127.0.0.1:{listener.getsockname()[1]}/", 2, 100)
        thread.join()


def test_connection_is_kept_for_the_next_request() -> None:
    with serving(lambda request: Response(body=request.body)) as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n"
        raw = talk(port, head + b"\r\n1", head + b"connection: close\r\n\r\n2")

    assert raw.count(b"200") == 2
    assert raw.endswith(b"2")


def test_requests_that_come_at_once_are_answered_in_their_order() -> None:
    with serving(lambda request: Response(body=request.body)) as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n"
        raw = talk(port, head + b"\r\n1" + head + b"\r\n2" + head + b"connection: close\r\n\r\n3")

    assert [part[-1:] for part in raw.split(b"HTTP/1.1 200")[1:]] == [b"1", b"2", b"3"]
    assert raw.count(b"connection: close") == 1


def test_connection_of_http_1_0_is_closed() -> None:
    with serving(lambda _: Response(body=b"x")) as port:
        raw = talk(port, b"GET / HTTP/1.0\r\n\r\n")

    assert b"connection: close\r\n" in raw
    assert raw.endswith(b"\r\n\r\nx")


def test_expected_continue_is_given() -> None:
    with serving(lambda request: Response(body=request.body)) as port:
        head = b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1\r\nconnection: close\r\n\r\n"
        raw = talk(port, head, b"1")

    assert raw.startswith(b"HTTP/1.1 100 ")
    assert raw.endswith(b"1")


def test_head_gets_no_body() -> None:
    with serving(lambda _: Response(body=b"secret")) as port:
        raw = talk(port, b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")

    assert b"content-length: 6" in raw
    assert raw.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n", b"405"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: gzip\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip\r\n\r\n", b"501"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * (SIZE_LIMIT + 1), b"431"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 70000\r\n\r\n" + bytes(70_000), b"413"),
    ],
)
def test_hostile_bytes_are_refused_and_the_connection_closed(sent: bytes, status: bytes) -> None:
    answered: list[Request] = []

    def answer(request: Request) -> Response:
        answered.append(request)
        return Response()

    with serving(answer) as port:
        raw = talk(port, sent)

    assert raw.split(b" ", 2)[1] == status
    assert b"connection: close" in raw
    assert not answered


def test_failing_answer_is_500_and_says_nothing_more() -> None:
    def fail(_: Request) -> Response:
        raise LookupError("the secret is 42")

    with serving(fail) as port:
        raw = talk(port, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")

    assert raw.startswith(b"HTTP/1.1 500 ")
    assert b"42" not in raw


@pytest.mark.parametrize(
    ("target", "token"), [("/a b", "x"), ("/\x00", "x"), ("/\u00e4", "x"), ("/", "x\r\nhost: y"), ("/", "x\n")]
)
def test_get_sends_no_line_that_is_not_its_own(target: str, token: str) -> None:
    with serving(lambda _: Response()) as port, pytest.raises(EngineUnavailable, match="does not carry"):
        get(f"http://127.0.0.1:{port}{target}", 2, 100, (("authorization", token),))


def test_peer_that_reads_no_answers_is_answered_no_further() -> None:
    async def run() -> None:
        asked: list[str] = []

        def answer(request: Request) -> Response:
            asked.append(request.target)
            return Response(body=b"x")

        connection, peer = connected(answer)
        peer.is_full = True

        connection.data_received(b"".join(b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(1_000)))
        assert (asked, peer.is_read) == (["/0"], False)
        connection.resume_writing()
        assert (asked, peer.is_read) == (["/0", "/1"], False)

        peer.is_full = False
        connection.resume_writing()
        assert (asked, peer.is_read) == ([f"/{number}" for number in range(1_000)], True)

    asyncio.run(run())


def test_refusal_waits_for_the_answers_before_it() -> None:
    async def run() -> None:
        connection, peer = connected(lambda _: Response(body=b"x"))
        peer.is_full = True

        connection.data_received(GET + GET + b"?")
        assert peer.statuses() == [b"200"]
        connection.resume_writing()
        connection.resume_writing()

        assert peer.statuses() == [b"200", b"200", b"400"]
        assert peer.is_closing()

    asyncio.run(run())


def test_nothing_is_answered_after_the_last() -> None:
    async def run() -> None:
        connection, peer = connected(lambda _: Response(body=b"x"))

        connection.data_received(b"GET / HTTP/1.0\r\n\r\n" + GET)
        connection.data_received(GET)

        assert peer.statuses() == [b"200"]
        assert peer.is_closing()

    asyncio.run(run())


@pytest.mark.parametrize(("sent", "statuses"), [(b"", []), (GET, [b"200"]), (GET[:-1], [b"400"])])
def test_request_that_is_cut_off_is_refused(sent: bytes, statuses: list[bytes]) -> None:
    async def run() -> None:
        connection, peer = connected(lambda _: Response())

        connection.data_received(sent)
        connection.eof_received()
        assert peer.statuses() == statuses

    asyncio.run(run())


def test_request_has_its_seconds_however_it_drips() -> None:
    async def run(loop: Clock) -> None:
        connection, peer = connected(lambda _: Response())

        connection.data_received(GET[:-2])
        await loop.later(REQUEST_SECONDS - 1)
        connection.data_received(GET[-2:-1])
        assert not peer.is_closing()
        await loop.later(2)
        assert peer.is_closing()

    on_a_clock(run)


def test_idle_connection_is_kept_longer_than_a_request_may_take_and_not_for_ever() -> None:
    async def run(loop: Clock) -> None:
        connection, peer = connected(lambda _: Response())

        connection.data_received(GET)
        await loop.later(IDLE_SECONDS - 1)
        connection.data_received(GET)
        await loop.later(IDLE_SECONDS - 1)
        assert not peer.is_closing()
        await loop.later(2)
        assert peer.is_closing()

    on_a_clock(run)


def test_what_follows_an_answered_request_has_its_seconds_too() -> None:
    async def run(loop: Clock) -> None:
        connection, peer = connected(lambda _: Response())

        connection.data_received(GET[:5])
        connection.data_received(GET[5:] + GET[:5])
        await loop.later(REQUEST_SECONDS + 1)
        assert peer.is_closing()

    on_a_clock(run)


def test_peer_that_never_reads_is_let_go() -> None:
    async def run(loop: Clock) -> None:
        connection, peer = connected(lambda _: Response())
        peer.is_full = True

        connection.data_received(GET + GET)
        await loop.later(IDLE_SECONDS + 1)
        assert peer.is_closing()

    on_a_clock(run)


def test_connections_are_counted() -> None:
    async def run() -> None:
        live: set[_Connection] = set()
        taken = [connected(lambda _: Response(), live) for _ in range(CONNECTION_LIMIT)]
        _, one_more = connected(lambda _: Response(), live)

        assert [peer.is_closing() for _, peer in taken] == [False] * CONNECTION_LIMIT
        assert one_more.is_closing()

    asyncio.run(run())


class Peer(asyncio.Transport):
    """The other end; one that is full takes an answer and asks for no more."""

    connection: _Connection

    def __init__(self) -> None:
        super().__init__()
        self.received = b""
        self.is_full = False
        self.is_read = True
        self._closed = False

    def statuses(self) -> list[bytes]:
        return [part[:3] for part in self.received.split(b"HTTP/1.1 ")[1:]]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.received += bytes(data)
        if self.is_full:
            self.connection.pause_writing()

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    def abort(self) -> None:
        self._closed = True


def connected(answer: Answer, live: set[_Connection] | None = None) -> tuple[_Connection, Peer]:
    connection, peer = _Connection(answer, set() if live is None else live), Peer()
    peer.connection = connection
    connection.connection_made(peer)
    return connection, peer


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time can be put forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead

    async def later(self, seconds: float) -> None:
        self.ahead += seconds
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def on_a_clock(run: Callable[[Clock], Coroutine[None, None, None]]) -> None:
    loop = Clock()
    try:
        loop.run_until_complete(run(loop))
    finally:
        loop.close()


@contextmanager
def serving(answer: Answer) -> Iterator[int]:
    ports: list[int] = []
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        server = await serve("127.0.0.1", 0, answer)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await ended.wait()
        server.close()
        await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    ready.wait(5)
    try:
        yield ports[0]
    finally:
        stop[0]()
        thread.join()


def talk(port: int, *parts: bytes) -> bytes:
    with create_connection(("127.0.0.1", port), timeout=5) as peer:
        received = b""
        for part in parts:
            peer.sendall(part)
            if part is not parts[-1]:
                received += peer.recv(65_536)
        peer.settimeout(0.5)
        try:
            while data := peer.recv(65_536):
                received += data
        except (TimeoutError, ConnectionResetError):
            pass
        return received
