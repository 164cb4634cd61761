"""charon's events over VICI: hints, of which one may be lost; and, for an event loop, the lists that tell the truth."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import vici
from vici.exception import DeserializationException, EventUnknownException, SessionException
from vici.protocol import Message, Packet

from evertunnel.drivers.vici_transport import Transport, connect, instance_of
from evertunnel.drivers.vici_values import Ended, Event, Sa, event_of, sas_of
from evertunnel.errors import EngineError, EngineRejected, EngineUnavailable

LISTED = "list-sa"
CHANGES = ("ike-updown", "child-updown", "child-rekey")
# charon makes and sends a message of every line that it logs, in the way of IKE: milliseconds for each start.
EVENTS = (*CHANGES, "log")
FAULTS = (
    OSError,
    SessionException,
    DeserializationException,
    struct.error,
    UnicodeDecodeError,
    EngineRejected,
)


class Feed:
    """Events for an event loop, and lists of SAs in between, on one connection that the loop reads: no thread is woken.

    An Ended is the last event. One list at a time.
    """

    def __init__(self, path: Path, *, names: tuple[str, ...] = CHANGES, timeout: float = 5.0) -> None:
        self._seconds = timeout
        self._transport = connect(path, timeout)
        self.instance = instance_of(self._transport.socket)
        _register(self._transport, (*names, LISTED))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listed: list[Sa] = []
        self._answer: asyncio.Future[tuple[Sa, ...]] | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[Event], None]) -> None:
        """Delivers in the loop from now on."""
        self._loop = loop
        loop.add_reader(self._transport.socket, self._readable, deliver)

    def close(self) -> None:
        """Delivers no more; closing twice is fine."""
        self._close(EngineUnavailable("charon's connection was closed"))

    async def list_sas(self, ike_id: int | None = None) -> tuple[Sa, ...]:
        """All IKE_SAs, or the one with this unique id; EngineUnavailable where charon gives no answer in time."""
        if self._loop is None:
            raise EngineUnavailable("charon's connection was closed")
        wanted = {} if ike_id is None else {"ike-id": str(ike_id)}
        self._listed, self._answer = [], self._loop.create_future()
        try:
            self._transport.send(Packet.request("list-sas", Message.serialize(wanted)))
            async with asyncio.timeout(self._seconds):
                return await self._answer
        except OSError as error:  # a TimeoutError is one
            raise EngineUnavailable(f"charon did not answer list-sas: {error}") from error

    def _readable(self, deliver: Callable[[Event], None]) -> None:
        try:
            for message in self._transport.arrived():
                self._take(Packet.parse(message), deliver)
        except OSError as error:
            self._close(EngineUnavailable(f"charon's connection was closed: {error}"))
            deliver(Ended(reason=str(error)))
        except FAULTS as error:
            self._close(EngineRejected(f"what charon says cannot be read: {error!r}"))
            deliver(Ended(reason=repr(error)))

    def _close(self, why: EngineError) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._transport.socket)
        self._loop = None
        self._transport.socket.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(why)

    def _take(self, packet: Packet.ParsedPacket, deliver: Callable[[Event], None]) -> None:
        if packet.response_type == Packet.EVENT and packet.event_type == LISTED.encode():
            self._listed.extend(sas_of(Message.deserialize(packet.payload)))
        elif packet.response_type == Packet.EVENT:
            event = _event(packet)
            if event is not None:
                deliver(event)
        elif packet.response_type == Packet.CMD_RESPONSE and self._answer is not None and not self._answer.done():
            self._answer.set_result(tuple(self._listed))
        else:
            raise SessionException(f"a packet of type {packet.response_type} answers nothing")


class Events:
    """Events on a thread of their own; `deliver` is called on that thread."""

    def __init__(
        self,
        path: Path,
        deliver: Callable[[Event], None],
        *,
        names: tuple[str, ...] = EVENTS,
        timeout: float = 5.0,
    ) -> None:
        self._deliver = deliver
        self._seconds = timeout
        self._transport = connect(path, timeout)
        self.instance = instance_of(self._transport.socket)
        _register(self._transport, names)
        self._transport.wait_without_end()
        self._thread = threading.Thread(target=self._run, name="charon events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; `deliver` gets one last Ended."""
        with contextlib.suppress(OSError):
            self._transport.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=self._seconds)

    def _run(self) -> None:
        try:
            while True:
                packet = Packet.parse(self._transport.receive())
                event = _event(packet) if packet.response_type == Packet.EVENT else None
                if event is not None:
                    self._deliver(event)
        except FAULTS as error:
            self._deliver(Ended(reason=str(error) or type(error).__name__))
        finally:
            self._transport.socket.close()


def _register(transport: Transport, names: tuple[str, ...]) -> None:
    session = vici.Session(transport.socket)
    session.transport = transport
    try:
        for name in names:
            session._register_unregister(name, True)  # noqa: SLF001, FBT003 (listen() would register only once read)
    except (OSError, SessionException, EventUnknownException) as error:
        transport.socket.close()
        raise EngineUnavailable(f"charon does not send events: {error}") from error


def _event(packet: Packet.ParsedEventPacket) -> Event | None:
    return event_of(packet.event_type.decode(), Message.deserialize(packet.payload))
