"""Dynamic authorisation (RFC 5176): the inside tells a gateway to end a session, or to ask about sessions again.

To ask again is a CoA-Request with Service-Type Authorize-Only (RFC 5176 3.2): the gateway answers that it has begun,
and what then becomes of the session is decided where everything is decided. Requests and answers carry a right
Message-Authenticator, requests a fresh Event-Timestamp; whatever does not is as if it had never come.
"""

import asyncio
import io
import secrets
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import cast

from pyrad.dictionary import Dictionary
from pyrad.packet import (
    CoAACK,
    CoANAK,
    CoAPacket,
    CoARequest,
    DisconnectACK,
    DisconnectNAK,
    DisconnectRequest,
    PacketError,
)

from evertunnel.drivers.dynamic_values import Order, Outcome, Peer, Wish
from evertunnel.errors import EngineUnavailable
from evertunnel.values import Secret

FRESH_SECONDS = 300.0  # RFC 5176 6.3
REMEMBERED = 1024  # answers that are given again when a request is repeated
AUTHORIZE_ONLY = 17
UNSUPPORTED, NOT_FOUND, INITIATED = 401, 503, 507  # Error-Cause, RFC 5176 3.5
USER_NAME, SERVICE_TYPE, SESSION, EVENT_TIMESTAMP, ERROR_CAUSE = 1, 6, 44, 55, 101

DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE Service-Type 6 integer
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Event-Timestamp 55 date
ATTRIBUTE Message-Authenticator 80 octets
ATTRIBUTE Error-Cause 101 integer
"""

Take = Callable[[Order], bool]
Datagram = tuple[bytes, int, bytes]  # who, identifier, request authenticator


async def tell(peer: Peer, order: Order, now: float) -> Outcome:
    """Sends an order until it is answered; `now` is the Unix time that it carries."""
    asked = request(order, peer.secret, secrets.randbelow(256), now)
    raw = asked.RequestPacket()
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Outcome] = loop.create_future()
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Asker(asked, answer), remote_addr=(str(peer.address), peer.port)
        )
    except OSError:
        return Outcome.NO_ANSWER
    try:
        for _ in range(peer.tries):
            transport.sendto(raw)
            done, _waiting = await asyncio.wait([answer], timeout=peer.seconds)
            if done:
                return answer.result()
    finally:
        transport.close()
    return Outcome.NO_ANSWER


async def listen(
    address: IPv4Address, port: int, *, source: IPv4Address, secret: Secret, take: Take, clock: Callable[[], float]
) -> asyncio.DatagramTransport:
    """Hears orders from one source; `take` says whether an order concerns anybody. Closing the transport ends it."""
    loop = asyncio.get_running_loop()
    listener = Listener(source=source, secret=secret, take=take, clock=clock)
    try:
        transport, _ = await loop.create_datagram_endpoint(lambda: listener, local_addr=(str(address), port))
    except OSError as error:
        raise EngineUnavailable(f"{address}:{port} cannot be listened on for dynamic authorisation: {error}") from error
    return transport


class Listener(asyncio.DatagramProtocol):
    """The gateway's end. `ignored` counts datagrams that were nothing for us."""

    def __init__(self, *, source: IPv4Address, secret: Secret, take: Take, clock: Callable[[], float]) -> None:
        self._source, self._secret, self._take, self._clock = str(source), secret, take, clock
        self._answered: dict[Datagram, bytes] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self.ignored = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps where answers go."""
        # Python 3.11's datagram transport is no subclass of the class that documents it.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answers a genuine request; says nothing to anything else."""
        answer = self.answer(data, addr[0])
        if answer is None:
            self.ignored += 1
        elif self._transport is not None:
            self._transport.sendto(answer, addr)

    def answer(self, data: bytes, source: str) -> bytes | None:
        """The answer to a datagram, if it deserves one."""
        asked = verified_request(data, self._secret, self._clock()) if source == self._source else None
        if asked is None:
            return None
        key = (source.encode(), asked.id, data[4:20])
        # RFC 5176 2.3: a repeated request gets the same answer, and is not carried out again.
        if key not in self._answered:
            self._answered[key] = self._carried_out(asked)
            while len(self._answered) > REMEMBERED:
                del self._answered[next(iter(self._answered))]
        return self._answered[key]

    def _carried_out(self, asked: CoAPacket) -> bytes:
        order = order_of(asked)
        if order is None:
            return _reply(asked, UNSUPPORTED)
        if not self._take(order):
            return _reply(asked, NOT_FOUND)
        return _reply(asked, INITIATED if order.wish is Wish.ASK_AGAIN else None)


class _Asker(asyncio.DatagramProtocol):
    def __init__(self, asked: CoAPacket, answer: "asyncio.Future[Outcome]") -> None:
        self._asked, self._answer = asked, answer

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 (the socket is connected)
        outcome = outcome_of(self._asked, data)
        if outcome is not None and not self._answer.done():
            self._answer.set_result(outcome)

    def error_received(self, exc: Exception) -> None:
        # A refused port (ICMP) is not worth more than silence: the next try may find the gateway back.
        del exc


def request(order: Order, secret: Secret, identifier: int, now: float) -> CoAPacket:
    """The packet of an order."""
    code = DisconnectRequest if order.wish is Wish.END else CoARequest
    packet = CoAPacket(code=code, id=identifier, secret=secret.reveal().encode(), dict=_dictionary())
    packet.AddAttribute("User-Name", order.name)
    if order.session:
        packet.AddAttribute("Acct-Session-Id", order.session)
    if order.wish is Wish.ASK_AGAIN:
        packet.AddAttribute("Service-Type", AUTHORIZE_ONLY)
    packet.AddAttribute("Event-Timestamp", int(now))
    packet.add_message_authenticator()
    return packet


def verified_request(data: bytes, secret: Secret, now: float) -> CoAPacket | None:
    """The request in a datagram, or None where it is malformed, forged, old, or lacks a right Message-Authenticator."""
    try:
        # Decoded without a dictionary: values stay octets, and no attribute of a stranger's can trip its decoder.
        packet = CoAPacket(packet=data, secret=secret.reveal().encode(), dict=Dictionary())
        genuine = packet.VerifyCoARequest() and 80 in packet and packet.verify_message_authenticator()
    except (PacketError, ValueError, KeyError, IndexError, TypeError):
        return None
    if not genuine or packet.code not in (DisconnectRequest, CoARequest):
        return None
    stamp = _single(packet, EVENT_TIMESTAMP)
    fresh = len(stamp) == 4 and abs(int.from_bytes(stamp, "big") - now) <= FRESH_SECONDS
    return packet if fresh else None


def order_of(packet: CoAPacket) -> Order | None:
    """What a verified request wants; None where it wants more, or less, than is understood here."""
    known = {USER_NAME, SESSION, EVENT_TIMESTAMP, 80} | ({SERVICE_TYPE} if packet.code == CoARequest else set())
    try:
        name, session = _single(packet, USER_NAME).decode(), _single(packet, SESSION).decode()
    except UnicodeDecodeError:
        return None
    if not set(packet.keys()) <= known or not name or any(len(packet.get(code, [])) > 1 for code in known):
        return None
    if packet.code == DisconnectRequest:
        return Order(wish=Wish.END, name=name, session=session) if session else None
    only = _single(packet, SERVICE_TYPE) == AUTHORIZE_ONLY.to_bytes(4, "big")
    return Order(wish=Wish.ASK_AGAIN, name=name, session=session) if only else None


def outcome_of(asked: CoAPacket, data: bytes) -> Outcome | None:
    """What an answer says; None where it is none of this request's."""
    try:
        reply = CoAPacket(packet=data, secret=asked.secret, dict=Dictionary())
        genuine = asked.VerifyReply(reply, data, enforce_ma=True)
    except (PacketError, ValueError, KeyError, IndexError, TypeError):
        return None
    if not genuine:
        return None
    cause = int.from_bytes(_single(reply, ERROR_CAUSE), "big")
    if reply.code in (CoAACK, DisconnectACK) or cause == INITIATED:
        return Outcome.TAKEN
    return Outcome.NOBODY if cause == NOT_FOUND else Outcome.REFUSED


def _reply(asked: CoAPacket, cause: int | None) -> bytes:
    ending = asked.code == DisconnectRequest
    reply = CoAPacket(
        code=(DisconnectACK if ending else CoAACK) if cause is None else (DisconnectNAK if ending else CoANAK),
        id=asked.id,
        secret=asked.secret,
        authenticator=asked.authenticator,
        dict=_dictionary(),
    )
    if cause is not None:
        reply.AddAttribute("Error-Cause", cause)
    if cause == INITIATED:
        # RFC 5176 3.2: the NAK that says so repeats the Service-Type.
        reply.AddAttribute("Service-Type", AUTHORIZE_ONLY)
    reply.add_message_authenticator()
    return bytes(reply.ReplyPacket())


def _dictionary() -> Dictionary:
    return Dictionary(io.StringIO(DICTIONARY))


def _single(packet: CoAPacket, code: int) -> bytes:
    values = packet.get(code, [])
    return bytes(values[0]) if len(values) == 1 else b""
