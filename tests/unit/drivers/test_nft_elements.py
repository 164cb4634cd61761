"""What is sent and how answers are read; what the kernel makes of it is in tests/contract."""

import errno
import struct
from ipaddress import IPv4Address

from evertunnel.drivers.nft_elements import ERROR, HEADER, Add, Delete, batch, verdict

ADDRESS = IPv4Address("10.99.0.1")


def test_each_change_is_a_message_between_the_edges_of_a_batch_and_the_last_is_acknowledged() -> None:
    sent = messages(
        batch((Add(set_name="admitted_a", address=ADDRESS, seconds=15), Delete(set_name="admitted_a", address=ADDRESS)))
    )

    assert [(kind, flags, number) for kind, flags, number, _ in sent] == [
        (0x10, 0x001, 0),
        (0xA0C, 0x401, 1),
        (0xA0E, 0x005, 2),
        (0x11, 0x001, 3),
    ]
    assert ADDRESS.packed in sent[1][3]
    assert struct.pack("!Q", 15_000) in sent[1][3]


def test_acknowledged_last_change_is_no_error() -> None:
    assert verdict([answer(0, 3)], 3) == 0


def test_first_error_is_told_and_a_later_acknowledgement_does_not_hide_it() -> None:
    assert verdict([answer(errno.ENOENT, 1), answer(errno.EPERM, 2), answer(0, 3)], 3) == errno.ENOENT


def test_nothing_and_what_is_no_answer_is_an_error() -> None:
    assert verdict([], 3) == errno.EPROTO
    assert verdict([answer(0, 2)], 3) == errno.EPROTO
    assert verdict([b"", answer(0, 3)], 3) == errno.EPROTO
    assert verdict([answer(0, 3)[:30]], 3) == errno.EPROTO


def answer(code: int, about: int) -> bytes:
    return HEADER.pack(36, 2, 0, about, 0) + ERROR.pack(-code) + HEADER.pack(80, 0xA0C, 0, about, 0)


def messages(data: bytes) -> list[tuple[int, int, int, bytes]]:
    found = []
    while data:
        length, kind, flags, number, _ = HEADER.unpack_from(data)
        found.append((kind, flags, number, data[HEADER.size : length]))
        data = data[length:]
    return found
