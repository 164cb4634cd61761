import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from evertunnel.drivers.local_socket import LIMIT, PER_USER, Peer, Server, ask
from evertunnel.errors import EngineRejected, EngineUnavailable

Start = Callable[..., Server]


def test_answer_comes_back_with_the_kernels_word_on_who_asked(start: Start, path: Path) -> None:
    peers: list[Peer] = []

    def answer(peer: Peer, request: bytes) -> bytes:
        peers.append(peer)
        return request[::-1]

    start(answer)

    assert ask(path, b"abc", 5) == b"cba"
    assert peers == [Peer(uid=os.getuid(), gid=os.getgid(), pid=os.getpid())]


def test_empty_and_largest_frames_pass(start: Start, path: Path) -> None:
    start(lambda _, request: request)

    assert ask(path, b"", 5) == b""
    assert ask(path, b"x" * LIMIT, 5) == b"x" * LIMIT


def test_too_large_a_request_is_refused_before_it_is_sent(path: Path) -> None:
    with pytest.raises(EngineRejected, match="larger than"):
        ask(path, b"x" * (LIMIT + 1), 5)


def test_socket_has_its_mode(start: Start, path: Path) -> None:
    start(lambda _, request: request, mode=0o620)

    assert stat.S_IMODE(path.stat().st_mode) == 0o620
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_nobody_there_is_unavailable(path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no answer"):
        ask(path, b"", 5)


def test_a_dead_servers_socket_is_replaced_and_a_living_ones_is_not(start: Start, path: Path) -> None:
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()

    start(lambda _, request: request)

    assert ask(path, b"hello", 5) == b"hello"
    with pytest.raises(EngineRejected, match="another process answers"):
        start(lambda _, request: request)
    assert ask(path, b"hello", 5) == b"hello"


@pytest.mark.parametrize(
    "hostile", [b"", b"\x00", struct.pack(">I", LIMIT + 1), struct.pack(">I", 9) + b"short", b"\xff" * 64]
)
def test_hostile_clients_get_no_answer_and_others_do(start: Start, path: Path, hostile: bytes) -> None:
    asked: list[bytes] = []

    def answer(_: Peer, request: bytes) -> bytes:
        asked.append(request)
        return b"ok"

    start(answer)

    with _connected(path) as client:
        client.sendall(hostile)
        client.shutdown(socket.SHUT_WR)
        assert _read_to_end(client) == b""

    assert asked == []
    assert ask(path, b"fine", 5) == b"ok"


def test_silent_clients_are_cut_off_and_cannot_take_all_places_at_once(start: Start, path: Path) -> None:
    start(lambda _, request: request, patience=0.3)
    clients = [_connected(path) for _ in range(PER_USER + 4)]

    assert [_read_to_end(client) for client in clients] == [b""] * len(clients)
    assert ask(path, b"fine", 5) == b"fine"
    for client in clients:
        client.close()


def test_fault_in_the_answerer_ends_one_conversation_only(start: Start, path: Path) -> None:
    def answer(_: Peer, request: bytes) -> bytes:
        return b"%d" % (1 // len(request))

    start(answer)

    with pytest.raises(EngineUnavailable):
        ask(path, b"", 5)
    assert ask(path, b"x", 5) == b"1"


def test_slow_answer_is_unavailable(start: Start, path: Path) -> None:
    release = threading.Event()
    start(lambda _, request: request if release.wait(5) else b"")

    with pytest.raises(EngineUnavailable):
        ask(path, b"x", 0.1)
    release.set()


def test_answer_may_take_longer_than_a_peer_may(start: Start, path: Path) -> None:
    # The peer's patience is over before the answer begins to be sent.
    start(lambda _, request: threading.Event().wait(0.3) or request, patience=0.2)

    assert ask(path, b"x", 5) == b"x"


def test_closing_waits_for_the_answer_that_is_being_given(start: Start, path: Path) -> None:
    entered, release = threading.Event(), threading.Event()

    def answer(_: Peer, request: bytes) -> bytes:
        entered.set()
        return request if release.wait(5) else b""

    server = start(answer)
    heard: list[bytes] = []
    client = threading.Thread(target=lambda: heard.append(ask(path, b"end", 5)))
    client.start()
    assert entered.wait(5)

    closing = threading.Thread(target=server.close)
    closing.start()
    closing.join(0.2)
    waits = closing.is_alive()
    release.set()
    closing.join(5)
    client.join(5)

    assert waits
    assert heard == [b"end"]


def test_too_long_a_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(EngineRejected, match="cannot listen"):
        Server(path=tmp_path / ("x" * 200), answer=lambda _, request: request)


def test_closed_server_leaves_no_file(start: Start, path: Path) -> None:
    server = start(lambda _, request: request)

    server.close()

    assert not path.exists()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.sock"


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    running: list[tuple[Server, threading.Thread]] = []

    def start_server(answer: Callable[[Peer, bytes], bytes], *, mode: int = 0o600, patience: float = 5.0) -> Server:
        server = Server(path=path, answer=answer, mode=mode, patience=patience)
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return server

    yield start_server
    for server, thread in running:
        server.close()
        thread.join(5)
        assert not thread.is_alive()


def _connected(path: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(path))
    return client


def _read_to_end(client: socket.socket) -> bytes:
    try:
        return client.recv(100)
    except ConnectionResetError:
        return b""
