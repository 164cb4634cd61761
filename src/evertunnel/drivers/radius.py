"""A RADIUS client: Authorize-Only, Status-Server and accounting, many at once, over UDP.

Requests carry a Message-Authenticator, answers must carry a right one (BlastRADIUS, CVE-2024-3596); whatever else comes
is ignored and counted, as if it had never come. No answer within all tries is NoAnswer, which is no refusal.
An accounting record is with the server once its answer carries the right Response Authenticator (RFC 2866 3).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast

from pyrad.packet import AccessAccept, AccountingResponse, Packet

from evertunnel.drivers.radius_packets import (
    Sender,
    Server,
    accounting_request,
    answer_of,
    dictionary,
    request,
    status_server,
    verified_reply,
)
from evertunnel.drivers.radius_values import Accounting, Answer, NoAnswer, Question
from evertunnel.errors import EngineUnavailable

__all__ = ["Client", "Sender", "Server", "answer_of", "dictionary", "verified_reply"]  # one place to speak RADIUS from

SOCKETS = 16
BURST, PAUSE = 32, 0.005  # a server's socket buffer holds no thousand requests at once
IDENTIFIERS = 256  # RFC 2865 3: one octet, so that a socket has this many requests in flight at most


@dataclass(slots=True)
class _Pending:
    request: Packet
    answer: "asyncio.Future[Packet | None]"
    next_try: asyncio.TimerHandle | None = None


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

    async def account(self, record: Accounting, sender: Sender) -> bool:
        """Sends a record; whether the server has it. EngineRejected if it does not fit into a packet."""
        reply = await self._exchange(lambda: accounting_request(record, sender, self._server, self._dictionary))
        return reply is not None and reply.code == AccountingResponse

    async def is_alive(self) -> bool:
        """Whether the server answers Status-Server (RFC 5997)."""
        reply = await self._exchange(lambda: status_server(self._server, self._dictionary))
        return reply is not None and reply.code == AccessAccept

    async def _exchange(self, build: Callable[[], Packet]) -> Packet | None:
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

    async def exchange(self, packet: Packet, *, seconds: float, tries: int) -> Packet | None:
        raw = packet.RequestPacket()
        pending = self.pending[packet.id] = _Pending(packet, asyncio.get_running_loop().create_future())
        self._try(pending, raw, seconds, tries)
        try:
            return await pending.answer
        finally:
            del self.pending[packet.id]
            if pending.next_try is not None:
                pending.next_try.cancel()

    def _try(self, pending: _Pending, raw: bytes, seconds: float, tries: int) -> None:
        if pending.answer.done():
            return
        if tries == 0:
            pending.answer.set_result(None)
            return
        self._send(raw)
        loop = pending.answer.get_loop()
        pending.next_try = loop.call_later(seconds, self._try, pending, raw, seconds, tries - 1)

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
