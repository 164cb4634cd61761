"""Elements of sets with IPv4 addresses, put into the kernel without libnftables.

libnftables reads every table, chain and set anew before each transaction, some forty calls of the kernel: too much for
each user who comes or goes. The messages are nfnetlink's (linux/netfilter/nfnetlink.h, nf_tables.h), in one batch.
"""

import contextlib
import errno
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TypeAlias

from evertunnel.drivers.nft import TABLE, Nft
from evertunnel.errors import EngineRejected, EngineUnavailable

NETFILTER = 12  # NETLINK_NETFILTER
SEND_BUFFER_FORCE = 32  # SO_SNDBUFFORCE
SEND_BUFFER = 16 << 20  # a transaction is one message to the kernel: three changes of 100 octets for each session
RECEIVE = 1 << 16

HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
FAMILY = struct.Struct("!BBH")
ATTRIBUTE = struct.Struct("=HH")
ERROR = struct.Struct("=i")
REQUEST, ACKNOWLEDGE, CREATE = 0x001, 0x004, 0x400
NFTABLES = 10
BATCH_BEGIN, BATCH_END = 0x10, 0x11
NEW_ELEMENTS, DELETE_ELEMENTS = NFTABLES << 8 | 12, NFTABLES << 8 | 14
NLMSG_ERROR = 2
NESTED = 0x8000
INET = 1
LIST_TABLE, LIST_SET, LIST_ELEMENTS = 1, 2, 3
ELEMENT = 1
KEY, TIMEOUT = 1, 4
VALUE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """An address into a set; for so many seconds, where it is not for ever. One that is there stays as it is."""

    set_name: str
    address: IPv4Address
    seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """An address out of a set; it must be there."""

    set_name: str
    address: IPv4Address


Change: TypeAlias = Add | Delete


class Sets:
    """The sets of our table in the network that it is made in: their addresses one by one, the rest by libnftables."""

    def __init__(self) -> None:
        self._nft = Nft()
        try:
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER)
            self._socket.setsockopt(socket.SOL_SOCKET, SEND_BUFFER_FORCE, SEND_BUFFER)
            self._socket.bind((0, 0))
        except OSError as error:
            raise EngineUnavailable(f"nftables cannot be reached: {error.strerror or error}") from error

    def close(self) -> None:
        """Closes the connections to the kernel."""
        self._socket.close()
        self._nft.close()

    def run(self, commands: str) -> None:
        """Runs commands in nft's words as one transaction."""
        self._nft.run(commands)

    def change(self, changes: Sequence[Change]) -> None:
        """Makes changes in their order, all or none; EngineRejected carries the kernel's words."""
        if not changes:
            return
        try:
            self._socket.sendto(batch(changes), (0, 0))
            problem = verdict(self._answers(), len(changes))
        except OSError as error:
            raise EngineRejected(f"nft: {error.strerror or error}") from error
        if problem:
            raise EngineRejected(f"nft: {os.strerror(problem)}: {changes[0]}")

    def _answers(self) -> Iterator[bytes]:
        """All of them: the kernel has answered by the time that it has taken the batch."""
        with contextlib.suppress(BlockingIOError):
            while True:
                yield self._socket.recv(RECEIVE, socket.MSG_DONTWAIT)


def batch(changes: Sequence[Change]) -> bytes:
    """The messages of one transaction, numbered from 1; the last change is acknowledged."""
    end = len(changes)
    middle = (
        _message(change, number, ACKNOWLEDGE if number == end else 0) for number, change in enumerate(changes, start=1)
    )
    return b"".join((_edge(BATCH_BEGIN, 0), *middle, _edge(BATCH_END, end + 1)))


def verdict(answers: Iterable[bytes], last: int) -> int:
    """The first error in the kernel's answers, all of which are taken; 0 where there is none and `last` was done."""
    said = [_result(answer) for answer in answers]
    wrong = [code for _, code in said if code]
    if wrong:
        return wrong[0]
    return 0 if (last, 0) in said else errno.EPROTO


def _result(answer: bytes) -> tuple[int, int]:
    """Which change a message of the kernel's is about, and the error's number."""
    if len(answer) < 2 * HEADER.size + ERROR.size or HEADER.unpack_from(answer)[1] != NLMSG_ERROR:
        return 0, errno.EPROTO
    (code,) = ERROR.unpack_from(answer, HEADER.size)
    return HEADER.unpack_from(answer, HEADER.size + ERROR.size)[3], -int(code)


def _message(change: Change, number: int, flags: int) -> bytes:
    key = _nested(KEY, _attribute(VALUE, change.address.packed))
    match change:
        case Add():
            kind, flags = NEW_ELEMENTS, flags | CREATE
            if change.seconds is not None:
                key += _attribute(TIMEOUT, struct.pack("!Q", change.seconds * 1000))
        case Delete():
            kind = DELETE_ELEMENTS
    body = (
        FAMILY.pack(INET, 0, 0)
        + _attribute(LIST_TABLE, _NAME)
        + _attribute(LIST_SET, change.set_name.encode() + b"\0")
        + _nested(LIST_ELEMENTS, _nested(ELEMENT, key))
    )
    return HEADER.pack(HEADER.size + len(body), kind, REQUEST | flags, number, 0) + body


def _edge(kind: int, number: int) -> bytes:
    return HEADER.pack(HEADER.size + FAMILY.size, kind, REQUEST, number, 0) + FAMILY.pack(0, 0, NFTABLES)


def _nested(kind: int, inside: bytes) -> bytes:
    return _attribute(NESTED | kind, inside)


def _attribute(kind: int, value: bytes) -> bytes:
    length = ATTRIBUTE.size + len(value)
    return ATTRIBUTE.pack(length, kind) + value + bytes(_aligned(length) - length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3


_NAME = TABLE.rpartition(" ")[2].encode() + b"\0"
