"""charon's events over VICI, on a connection of their own: hints, of which one may be lost."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import vici
from vici.exception import DeserializationException, EventUnknownException, SessionException

from evertunnel.drivers.vici_transport import Transport, connect, instance_of
from evertunnel.drivers.vici_values import Ended, Event, event_of
from evertunnel.errors import EngineRejected, EngineUnavailable

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
    """Events for an event loop, read where they are taken: a thread for them would cost more than they do."""

    def __init__(self, path: Path, *, names: tuple[str, ...] = CHANGES, timeout: float = 5.0) -> None:
        self._transport = connect(path, timeout)
        self.instance = instance_of(self._transport.socket)
        _register(self._transport, names)
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, deliver: Callable[[Event], None]) -> None:
        """Delivers in the loop from now on, until an Ended, which is the last."""
        self._loop = loop
        loop.add_reader(self._transport.socket, self._readable, deliver)

    def close(self) -> None:
        """Delivers no more; closing twice is fine."""
        if self._loop is not None:
            self._loop.remove_reader(self._transport.socket)
        self._loop = None
        self._transport.socket.close()

    def _readable(self, deliver: Callable[[Event], None]) -> None:
        try:
            for message in self._transport.arrived():
                event = _event(message)
                if event is not None:
                    deliver(event)
        except FAULTS as error:
            self.close()
            deliver(Ended(reason=str(error) or type(error).__name__))


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
                event = _event(self._transport.receive())
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


def _event(message: bytes) -> Event | None:
    packet = vici.protocol.Packet.parse(message)
    if packet.response_type != vici.protocol.Packet.EVENT:
        return None
    return event_of(packet.event_type.decode(), vici.protocol.Message.deserialize(packet.payload))
