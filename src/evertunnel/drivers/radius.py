"""A RADIUS client: Authorize-Only and Status-Server, many at once, over UDP.

Requests carry a Message-Authenticator, answers must carry a right one (BlastRADIUS, CVE-2024-3596); whatever else comes
is ignored and counted, as if it had never come. No answer within all tries is NoAnswer, which is no refusal.
"""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Self, cast

from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject, AuthPacket, Packet, PacketError, StatusServer

from evertunnel.drivers.radius_values import Accept, Answer, NoAnswer, Question, Reject
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.values import Secret

SOCKETS = 16
BURST, PAUSE = 32, 0.005  # a server's socket buffer holds no thousand requests at once
IDENTIFIERS = 256  # RFC 2865 3: one octet, so that a socket has this many requests in flight at most
LONGEST_VALUE = 253  # RFC 2865 5: an attribute's length octet counts its header of two

DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE Service-Type 6 integer
VALUE Service-Type Authorize-Only 17
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Filter-Id 11 string
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE Class 25 octets
ATTRIBUTE Session-Timeout 27 integer
ATTRIBUTE Called-Station-Id 30 string
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE NAS-Port-Type 61 integer
VALUE NAS-Port-Type Virtual 5
ATTRIBUTE Message-Authenticator 80 octets
VENDOR Evertunnel {vendor}
BEGIN-VENDOR Evertunnel
ATTRIBUTE Evertunnel-Serial 1 string
ATTRIBUTE Evertunnel-Tunnel 2 string
END-VENDOR Evertunnel
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The RADIUS server, and how patiently it is asked."""

    address: IPv4Address
    port: int
    secret: Secret
    vendor: int
    seconds: float
    tries: int


@dataclass(frozen=True, slots=True)
class _Pending:
    request: AuthPacket
    answer: "asyncio.Future[Packet]"


class Client:
    """Asks one server. `ignored` counts datagrams that were no valid answer to anything asked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._dictionary = dictionary(server.vendor)
        self._sockets: list[_Socket] = []
        self._room = asyncio.Semaphore(SOCKETS * IDENTIFIERS)
        self._pace = asyncio.Lock()
        self._sent = 0
        self.ignored = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        where = (str(self._server.address), self._server.port)
        try:
            for _ in range(SOCKETS):
                _, protocol = await loop.create_datagram_endpoint(lambda: _Socket(self._ignore), remote_addr=where)
                self._sockets.append(protocol)
        except OSError as error:
            self._close()
            raise EngineUnavailable(f"RADIUS server {where[0]} cannot be reached: {error}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        for protocol in self._sockets:
            protocol.close()

    async def ask(self, question: Question) -> Answer:
        """Sends an Authorize-Only request; EngineRejected if the question does not fit into a packet."""
        reply = await self._exchange(lambda: request(question, self._server, self._dictionary))
        return NoAnswer() if reply is None else answer_of(reply)

    async def is_alive(self) -> bool:
        """Whether the server answers Status-Server (RFC 5997)."""
        reply = await self._exchange(lambda: _packet(self._server, self._dictionary, code=StatusServer))
        return reply is not None and reply.code == AccessAccept

    async def _exchange(self, build: Callable[[], AuthPacket]) -> Packet | None:
        async with self._room:
            await self._paced()
            protocol = min(self._sockets, key=lambda each: len(each.pending))
            packet = build()
            packet.id = protocol.free_identifier()
            return await protocol.exchange(packet, seconds=self._server.seconds, tries=self._server.tries)

    async def _paced(self) -> None:
        async with self._pace:
            self._sent += 1
            if self._sent % BURST == 0:
                await asyncio.sleep(PAUSE)

    def _ignore(self) -> None:
        self.ignored += 1


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, ignore: Callable[[], None]) -> None:
        self._ignore = ignore
        self._next = 0
        self._transport: asyncio.DatagramTransport | None = None
        self.pending: dict[int, _Pending] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's datagram transport is no subclass of the class that documents it.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def free_identifier(self) -> int:
        # Identifiers go round, so that a late answer meets another request as rarely as can be.
        self._next = next(
            i % IDENTIFIERS
            for i in range(self._next + 1, self._next + 1 + IDENTIFIERS)
            if i % IDENTIFIERS not in self.pending
        )
        return self._next

    async def exchange(self, packet: AuthPacket, *, seconds: float, tries: int) -> Packet | None:
        raw = packet.RequestPacket()
        future: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self.pending[packet.id] = _Pending(packet, future)
        try:
            for _ in range(tries):
                self._send(raw)
                done, _waiting = await asyncio.wait([future], timeout=seconds)
                if done:
                    return future.result()
        finally:
            del self.pending[packet.id]
        return None

    def _send(self, raw: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(raw)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 (the socket is connected)
        pending = self.pending.get(data[1]) if len(data) > 1 else None
        reply = None if pending is None else verified_reply(pending.request, data)
        if pending is None or reply is None or pending.answer.done():
            self._ignore()
            return
        pending.answer.set_result(reply)

    def error_received(self, exc: Exception) -> None:
        # A refused port (ICMP) is not worth more than silence: the next try may find the server back.
        del exc


def dictionary(vendor: int) -> Dictionary:
    """The attributes that travel between a gateway and its RADIUS server."""
    return Dictionary(io.StringIO(DICTIONARY.format(vendor=vendor)))


def request(question: Question, server: Server, attributes: Dictionary) -> AuthPacket:
    """The Authorize-Only request (RFC 5176 1.2) for a question."""
    packet = _packet(server, attributes, code=1)
    for name, value in (
        ("Service-Type", "Authorize-Only"),
        ("NAS-Port-Type", "Virtual"),
        ("User-Name", question.identity),
        ("NAS-Identifier", question.nas_name),
        ("NAS-IP-Address", str(question.nas_address)),
        ("Calling-Station-Id", question.outer),
        ("Called-Station-Id", question.called),
        ("Framed-IP-Address", str(question.address)),
        ("Acct-Session-Id", question.session),
        ("Evertunnel-Serial", str(question.serial)),
        ("Evertunnel-Tunnel", question.tunnel),
    ):
        if len(value.encode()) > LONGEST_VALUE:
            raise EngineRejected(f"{name} does not fit into a RADIUS attribute: {len(value.encode())} octets")
        packet.AddAttribute(name, value)
    return packet


def verified_reply(asked: AuthPacket, data: bytes) -> Packet | None:
    """The reply in a datagram, or None where it is malformed, forged, or lacks a right Message-Authenticator."""
    try:
        # Decoded without a dictionary: values stay octets, and no attribute of a stranger's can trip its decoder.
        reply = Packet(packet=data, secret=asked.secret, dict=Dictionary())
        genuine = asked.VerifyReply(reply, data, enforce_ma=True)
    except (PacketError, ValueError, KeyError, IndexError, TypeError):
        return None
    return reply if genuine and reply.code in (AccessAccept, AccessReject) else None


def answer_of(reply: Packet) -> Accept | Reject:
    """What a verified reply says; an attribute that is there twice says nothing."""
    if reply.code == AccessReject:
        return Reject(message=" ".join(_text(value) for value in reply.get(18, [])))
    seconds = _single(reply, 27)
    return Accept(
        device=_text(_single(reply, 1)),
        reach=_text(_single(reply, 11)),
        seconds=None if 27 not in reply else int.from_bytes(seconds, "big") if len(seconds) == 4 else 0,
        decision=_single(reply, 25).hex() if not _single(reply, 25).isascii() else _text(_single(reply, 25)),
    )


def _packet(server: Server, attributes: Dictionary, *, code: int) -> AuthPacket:
    packet = AuthPacket(code=code, secret=server.secret.reveal().encode(), dict=attributes)
    packet.authenticator = AuthPacket.CreateAuthenticator()
    packet.add_message_authenticator()
    return packet


def _single(reply: Packet, code: int) -> bytes:
    values = reply.get(code, [])
    return values[0] if len(values) == 1 else b""


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")
