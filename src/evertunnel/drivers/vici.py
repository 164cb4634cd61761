"""charon over VICI: typed calls with a time-out each, and its events.

What charon answers becomes the values of vici_values; an answer that does not fit is EngineRejected with what was
wrong, never a KeyError. Events are hints, `list_sas` is the truth.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import vici
from vici.exception import CommandException, DeserializationException, EventUnknownException, SessionException

from evertunnel.drivers.vici_values import Ended, Event, Message, Sa, event_of, sas_of, text_of, texts_of
from evertunnel.errors import EngineRejected, EngineUnavailable

UCRED = struct.Struct("3i")
START_TIME_FIELD = 19  # field 22 of /proc/PID/stat, counted after the closing bracket of the command's name
LONGEST_MESSAGE = 512 * 1024
CHANGES = ("ike-updown", "child-updown", "child-rekey")
# charon makes and sends a message of every line that it logs, in the way of IKE: milliseconds for each start.
EVENTS = (*CHANGES, "log")


class Vici:
    """One VICI connection. Not for several threads at once; after EngineUnavailable it is closed."""

    def __init__(self, path: Path, *, timeout: float = 5.0) -> None:
        self._transport = _connect(path, timeout)
        self._session = vici.Session(self._transport.socket)
        self._session.transport = self._transport
        self.instance = _instance(self._transport.socket)

    def close(self) -> None:
        """Closes the connection; closing twice is fine."""
        with contextlib.suppress(OSError):
            self._transport.socket.close()

    def version(self) -> str:
        """The version of charon, like 5.9.8."""
        return text_of(self._request("version"), "version")

    def load_conn(self, name: str, definition: Message) -> None:
        """Loads or replaces a connection."""
        self._request("load-conn", {name: definition})

    def unload_conn(self, name: str) -> None:
        """Unloads a connection; its SAs live on."""
        self._request("unload-conn", {"name": name})

    def get_conns(self) -> tuple[str, ...]:
        """The names of the connections loaded over VICI."""
        return texts_of(self._request("get-conns"), "conns")

    def load_authority(self, pem: str) -> None:
        """Loads a CA certificate that trust may end in or pass through."""
        self._request("load-cert", {"type": "X509", "flag": "CA", "data": pem})

    def load_crl(self, data: bytes) -> None:
        """Loads a CRL; verdicts cached before stay until `flush_certs`."""
        self._request("load-cert", {"type": "X509_CRL", "flag": "NONE", "data": data})

    def load_key(self, pem: str) -> None:
        """Loads a private key."""
        self._request("load-key", {"type": "any", "data": pem})

    def load_pool(self, name: str, addresses: str) -> None:
        """Loads or updates an address pool."""
        self._request("load-pool", {name: {"addrs": addresses}})

    def unload_pool(self, name: str) -> None:
        """Unloads a pool; charon refuses while one of its addresses is in use."""
        self._request("unload-pool", {"name": name})

    def get_pools(self) -> tuple[str, ...]:
        """The names of the loaded pools."""
        return tuple(sorted(self._request("get-pools")))

    def clear_creds(self) -> None:
        """Forgets every certificate, key and secret that was loaded."""
        self._request("clear-creds")

    def flush_certs(self) -> None:
        """Forgets cached certificates, CRLs and the verdicts built on them."""
        self._request("flush-certs", {})

    def list_sas(self, ike_id: int | None = None) -> tuple[Sa, ...]:
        """All IKE_SAs, or the one with this unique id."""
        wanted: Message = {} if ike_id is None else {"ike-id": str(ike_id)}
        return tuple(sa for entry in self._stream("list-sas", "list-sa", wanted) for sa in sas_of(entry))

    def initiate(self, child: str, connection: str, *, seconds: float) -> None:
        """Brings a CHILD_SA up and waits for it at most `seconds`."""
        wanted = {"child": child, "ike": connection, "timeout": str(int(seconds * 1000)), "loglevel": "-1"}
        with self._transport.allowing(seconds + self._transport.seconds):
            self._drain("initiate", wanted)

    def terminate(self, ike_id: int, *, force: bool = False) -> None:
        """Ends an IKE_SA, if it is still there; forced, it is gone at once whether or not the peer answers."""
        wanted = {"ike-id": str(ike_id), "timeout": "-1", "loglevel": "-1", "force": "yes" if force else "no"}
        try:
            self._drain("terminate", wanted)
        except EngineRejected as error:
            if "no matching" not in str(error):
                raise

    def _drain(self, command: str, message: Message) -> None:
        for _ in self._stream(command, "control-log", message):
            pass

    def _request(self, command: str, message: Message | None = None) -> Message:
        with self._translated(command):
            answer: Message = self._session.request(command, message)
            return answer
        raise AssertionError  # pragma: no cover (the context manager above never swallows)

    def _stream(self, command: str, event: str, message: Message) -> tuple[Message, ...]:
        with self._translated(command):
            return tuple(self._session.streamed_request(command, event, message))
        raise AssertionError  # pragma: no cover (the context manager above never swallows)

    @contextlib.contextmanager
    def _translated(self, command: str) -> Iterator[None]:
        try:
            yield
        except CommandException as error:
            raise EngineRejected(f"charon refused {command}: {_own_words(error)}") from error
        except OSError as error:
            self.close()
            raise EngineUnavailable(f"charon did not answer {command}: {error}") from error
        except (
            SessionException,
            DeserializationException,
            struct.error,
            UnicodeDecodeError,
            KeyError,
            IndexError,
        ) as error:
            self.close()
            raise EngineRejected(f"charon's answer to {command} cannot be read: {error!r}") from error


class Events:
    """charon's events on a connection and a thread of their own; `deliver` is called on that thread."""

    def __init__(
        self,
        path: Path,
        deliver: Callable[[Event], None],
        *,
        names: tuple[str, ...] = EVENTS,
        timeout: float = 5.0,
    ) -> None:
        self._deliver = deliver
        self._names = names
        self._transport = _connect(path, timeout)
        self._session = vici.Session(self._transport.socket)
        self._session.transport = self._transport
        self.instance = _instance(self._transport.socket)
        self._register()
        self._thread = threading.Thread(target=self._run, name="charon events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; `deliver` gets one last Ended."""
        with contextlib.suppress(OSError):
            self._transport.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=self._transport.seconds)

    def _register(self) -> None:
        try:
            for event in self._names:
                self._session._register_unregister(event, True)  # noqa: SLF001, FBT003 (listen() would register only once read)
        except (OSError, SessionException, EventUnknownException) as error:
            self._transport.socket.close()
            raise EngineUnavailable(f"charon does not send events: {error}") from error

    def _run(self) -> None:
        try:
            while True:
                self._next()
        except (
            OSError,
            SessionException,
            DeserializationException,
            struct.error,
            UnicodeDecodeError,
            EngineRejected,
        ) as error:
            self._deliver(Ended(reason=str(error) or type(error).__name__))
        finally:
            self._transport.socket.close()

    def _next(self) -> None:
        packet = vici.protocol.Packet.parse(self._transport.receive(None))
        if packet.response_type != vici.protocol.Packet.EVENT:
            return
        event = event_of(packet.event_type.decode(), vici.protocol.Message.deserialize(packet.payload))
        if event is not None:
            self._deliver(event)


class _Transport(vici.protocol.Transport):  # type: ignore[misc]  # the package ships no types
    """The package's transport, except that a message that stops half way runs into the time-out too."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        super().__init__(sock)
        self.seconds = seconds
        self._allowed: float | None = seconds

    @contextlib.contextmanager
    def allowing(self, seconds: float) -> Iterator[None]:
        """Waits longer for the answer to one command."""
        self._allowed = seconds
        try:
            yield
        finally:
            self._allowed = self.seconds

    def receive(self, timeout: object = vici.protocol.RECV_TIMEOUT_DEFAULT) -> bytes:
        """One message; with `None`, waits for its first octet without end."""
        first = self._allowed if timeout is vici.protocol.RECV_TIMEOUT_DEFAULT else None
        (length,) = struct.unpack("!I", self._exactly(self.HEADER_LENGTH, first))
        if not 0 < length <= LONGEST_MESSAGE:
            raise OSError(f"a message of {length} octets is none of VICI's")
        return self._exactly(length, self.seconds)

    def _exactly(self, count: int, seconds: float | None) -> bytes:
        deadline = None if seconds is None else time.monotonic() + seconds
        data = b""
        while len(data) < count:
            if deadline is not None:
                self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            else:
                self.socket.settimeout(None)
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionResetError("the connection was closed")
            data += part
        return data


def _connect(path: Path, seconds: float) -> _Transport:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(seconds)
    try:
        sock.connect(str(path))
    except OSError as error:
        sock.close()
        raise EngineUnavailable(f"charon is not there ({path}: {error.strerror or error})") from error
    return _Transport(sock, seconds)


def _instance(sock: socket.socket) -> str:
    """The charon at the other end: its process id and start time, so that a new process never looks like an old one."""
    pid, _, _ = UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size))
    try:
        started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[START_TIME_FIELD]
    except (OSError, IndexError) as error:
        sock.close()
        raise EngineUnavailable(f"charon's process {pid} is gone") from error
    return f"{pid}-{started}"


def _own_words(error: Exception) -> str:
    return str(error).removeprefix("Command failed: ")
