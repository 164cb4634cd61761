import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import create_connection, create_server

import pytest

from evertunnel.drivers.http import SIZE_LIMIT, Answer, Request, Response, get, serve
from evertunnel.errors import EngineUnavailable


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
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: gzip\r\n\r\n", b"501"),
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
