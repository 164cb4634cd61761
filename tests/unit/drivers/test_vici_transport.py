import os
import socket
import struct
from collections.abc import Iterator

import pytest
from tests.unit.drivers.vici_peer import Charon

from evertunnel.drivers.vici_transport import LONGEST_MESSAGE, Transport


def test_instance_is_the_process_at_the_other_end(charon: Charon) -> None:
    pid, _, started = charon.connect().instance.partition("-")

    assert int(pid) == os.getpid()
    assert started.isdigit()


def test_messages_that_came_at_once_are_read_one_by_one(ends: tuple[Transport, socket.socket]) -> None:
    here, there = ends
    there.sendall(framed(b"one") + framed(b"two"))

    assert [here.receive(), here.receive()] == [b"one", b"two"]


def test_what_has_not_come_whole_is_waited_for(ends: tuple[Transport, socket.socket]) -> None:
    here, there = ends
    there.sendall(framed(b"one") + framed(b"two")[:5])

    assert here.arrived() == (b"one",)
    assert here.arrived() == ()
    there.sendall(framed(b"two")[5:])
    assert here.arrived() == (b"two",)


def test_silence_and_half_a_message_run_into_the_timeout(ends: tuple[Transport, socket.socket]) -> None:
    here, there = ends

    with pytest.raises(TimeoutError):
        here.receive()
    there.sendall(framed(b"one")[:5])
    with pytest.raises(TimeoutError):
        here.receive()


@pytest.mark.parametrize("length", [0, LONGEST_MESSAGE + 1])
def test_length_that_no_message_has_is_an_error(ends: tuple[Transport, socket.socket], length: int) -> None:
    here, there = ends
    there.sendall(struct.pack("!I", length))

    with pytest.raises(OSError, match="none of VICI's"):
        here.arrived()


def test_end_of_the_connection_is_told_from_silence(ends: tuple[Transport, socket.socket]) -> None:
    here, there = ends

    assert here.arrived() == ()
    there.close()
    with pytest.raises(ConnectionResetError):
        here.arrived()


def framed(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data


@pytest.fixture
def ends() -> Iterator[tuple[Transport, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        yield Transport(here, 0.05), there
