"""Asks a RADIUS server as a gateway does, by a plain socket: the client's own cost is not what is measured."""

import contextlib
import hashlib
import hmac
import os
import random
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Self

from evertunnel.plan.tunnels import Tunnel

ADDRESS = IPv4Address("127.0.0.1")
SECRET = "bench-secret-bench-secret"  # noqa: S105 (of servers that live for a minute, on a loopback of their own)
VENDOR = 32_473
GATEWAY = "gateway1"
NAS_PORT = 17
ANSWER_SECONDS = 2.0
ACCEPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Whom one of is asked about: so many devices or users."""

    tunnel: Tunnel
    count: int


class Asker:
    """Builds each packet before its time is taken."""

    def __init__(self) -> None:
        self._random = random.Random(1)  # noqa: S311 (who is asked about is no secret)
        self._number = 0

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(ANSWER_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def answers(self, port: int) -> bool:
        """Whether a question is answered at all."""
        return self._exchange(self._packet(Crowd(tunnel=Tunnel.DEVICE, count=1)), port) is not None

    def took(self, port: int, crowd: Crowd) -> float:
        """Seconds from a question about one of them to its Accept."""
        packet = self._packet(crowd)
        begin = time.perf_counter()
        answer = self._exchange(packet, port)
        end = time.perf_counter()
        if answer is None or answer[0] != ACCEPT:
            raise SystemExit(f"port {port} did not accept: {answer!r}")
        return end - begin

    def at_pace(self, port: int, crowd: Crowd, *, pace: int, count: int) -> Iterator[float]:
        """Asks so often a second, whatever the answers take; an answer that comes after the next is due delays it."""
        begin = time.perf_counter()
        for number in range(count):
            time.sleep(max(0.0, begin + number / pace - time.perf_counter()))
            yield self.took(port, crowd)

    def _packet(self, crowd: Crowd) -> bytes:
        self._number += 1
        return request(self._number % 256, crowd.tunnel, self._random.randrange(crowd.count))

    def _exchange(self, packet: bytes, port: int) -> bytes | None:
        self._socket.sendto(packet, (str(ADDRESS), port))
        with contextlib.suppress(OSError):
            answer = self._socket.recv(4096)
            return answer if answer[1] == packet[1] else None
        return None


def identity(tunnel: Tunnel, number: int) -> str:
    """The name that a device or a user goes by."""
    if tunnel is Tunnel.USER:
        return f"user{number}@corp.contoso.com"
    return f"O=Contoso, CN=laptop{number}.corp.contoso.com, serialNumber={serial(tunnel, number)}"


def serial(tunnel: Tunnel, number: int) -> str:
    """The serial number of its certificate: odd ones are devices'."""
    return f"{2 * number + (1 if tunnel is Tunnel.DEVICE else 2):x}"


def request(identifier: int, tunnel: Tunnel, number: int) -> bytes:
    """An Access-Request as a gateway sends it (RFC 2865 5, RFC 3579 3.2); a user's certificate it does not know."""
    own = _attribute(2, tunnel.value.encode())
    if tunnel is Tunnel.DEVICE:
        own = _attribute(1, serial(tunnel, number).encode()) + own
    attributes = b"".join(
        (
            _attribute(80, bytes(16)),
            _attribute(6, struct.pack("!I", 17)),
            _attribute(1, identity(tunnel, number).encode()),
            _attribute(5, struct.pack("!I", NAS_PORT)),
            _attribute(61, struct.pack("!I", 5)),
            _attribute(64, struct.pack("!I", 9)),
            _attribute(32, GATEWAY.encode()),
            _attribute(4, IPv4Address("10.0.1.10").packed),
            _attribute(31, b"198.51.100.20"),
            _attribute(30, b"vpn.contoso.com"),
            _attribute(8, IPv4Address("10.99.0.5").packed),
            _attribute(44, b"5f3a9c-17"),
            _attribute(26, struct.pack("!I", VENDOR) + own),
        )
    )
    head = struct.pack("!BBH16s", 1, identifier, 20 + len(attributes), os.urandom(16))
    proof = hmac.new(SECRET.encode(), head + attributes, hashlib.md5).digest()
    return head + _attribute(80, proof) + attributes[18:]


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value
