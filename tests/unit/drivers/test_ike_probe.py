"""The packet and its answer; a real charon answers in tests/engine/test_public_name.py."""

import socket
import threading
from ipaddress import IPv4Address

import pytest

from evertunnel.drivers.ike_probe import HEADER, answers, initial, is_answer

COOKIE = 0x0123456789ABCDEF
ANSWER = HEADER.pack(COOKIE, 0, 41, 0x20, 34, 0x20, 0, HEADER.size + 8) + bytes(8)


def test_request_is_an_initial_exchange_of_its_own_length() -> None:
    packet = initial(COOKIE, b"n" * 32, b"k" * 128)

    assert HEADER.unpack_from(packet) == (COOKIE, 0, 33, 0x20, 34, 0x08, 0, len(packet))
    assert not is_answer(packet, COOKIE)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        ANSWER[:-1],
        ANSWER[: HEADER.size - 1],
        HEADER.pack(COOKIE + 1, 0, 41, 0x20, 34, 0x20, 0, HEADER.size),
        HEADER.pack(COOKIE, 0, 41, 0x10, 34, 0x20, 0, HEADER.size),
        HEADER.pack(COOKIE, 0, 41, 0x20, 35, 0x20, 0, HEADER.size),
    ],
)
def test_anything_else_is_no_answer(packet: bytes) -> None:
    assert is_answer(ANSWER, COOKIE)
    assert not is_answer(packet, COOKIE)


@pytest.mark.parametrize(("speaks", "heard"), [(True, True), (False, False)])
def test_only_what_speaks_ike_answers(*, speaks: bool, heard: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_answer, args=(server, speaks))
        thread.start()
        assert answers(IPv4Address("127.0.0.1"), server.getsockname()[1]) is heard
        thread.join()


def test_a_closed_port_does_not_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]

    assert not answers(IPv4Address("127.0.0.1"), port)


def _answer(server: socket.socket, speaks: bool) -> None:  # noqa: FBT001 (a thread's arguments are positional)
    for _ in range(1 if speaks else 3):
        packet, peer = server.recvfrom(4096)
        cookie = HEADER.unpack_from(packet)[0]
        good = HEADER.pack(cookie, 1, 41, 0x20, 34, 0x20, 0, HEADER.size)
        server.sendto(good if speaks else packet, peer)
