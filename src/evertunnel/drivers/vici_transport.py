"""A connection to charon's VICI socket: whole messages, each within its time, and which charon is at the other end."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import vici

from evertunnel.errors import EngineUnavailable

UCRED = struct.Struct("3i")
TIMEVAL = struct.Struct("@ll")
HEADER = struct.Struct("!I")
START_TIME_FIELD = 19  # field 22 of /proc/PID/stat, counted after the closing bracket of the command's name
LONGEST_MESSAGE = 512 * 1024
PIECE = 64 * 1024


class Transport(vici.protocol.Transport):  # type: ignore[misc]  # the package ships no types
    """The package's transport, except that it reads all that has come at once.

    The time-outs are the socket's own: Python's would cost a poll before each call. A message that stops half way
    runs into them too.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        super().__init__(sock)
        self._data = b""
        self._seconds = seconds
        sock.settimeout(None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(seconds))
        self._wait_at_most(seconds)

    @contextlib.contextmanager
    def allowing(self, seconds: float) -> Iterator[None]:
        """Waits longer, by so much, for the answer to one command."""
        usual = self._seconds
        self._wait_at_most(usual + seconds)
        try:
            yield
        finally:
            self._wait_at_most(usual)

    def wait_without_end(self) -> None:
        """From now on a message may be as late as it likes, and as slow."""
        self._wait_at_most(0)

    def receive(self, timeout: object = None) -> bytes:  # noqa: ARG002 (the package's; the socket has its own)
        """One message."""
        (length,) = HEADER.unpack(self._exactly(HEADER.size))
        return self._exactly(_checked(length))

    def arrived(self) -> tuple[bytes, ...]:
        """Every message that has come whole, without waiting; ConnectionResetError once the other end has closed."""
        with contextlib.suppress(BlockingIOError):
            self._data += self._part(socket.MSG_DONTWAIT)
        found: list[bytes] = []
        while len(self._data) >= HEADER.size:
            end = HEADER.size + _checked(*HEADER.unpack_from(self._data))
            if len(self._data) < end:
                break
            found.append(self._data[HEADER.size : end])
            self._data = self._data[end:]
        return tuple(found)

    def _exactly(self, count: int) -> bytes:
        deadline = time.monotonic() + self._seconds
        while len(self._data) < count:
            if self._seconds and time.monotonic() > deadline:
                raise TimeoutError("timed out")
            try:
                self._data += self._part()
            except BlockingIOError as error:
                raise TimeoutError("timed out") from error
        found, self._data = self._data[:count], self._data[count:]
        return found

    def _part(self, flags: int = 0) -> bytes:
        part = self.socket.recv(PIECE, flags)
        if not part:
            raise ConnectionResetError("the connection was closed")
        return bytes(part)

    def _wait_at_most(self, seconds: float) -> None:
        self._seconds = seconds
        # A socket that was closed after an error has nothing to wait for.
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(seconds))


def connect(path: Path, seconds: float) -> Transport:
    """Connects; EngineUnavailable where charon is not there."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(seconds)
    try:
        sock.connect(str(path))
        return Transport(sock, seconds)
    except OSError as error:
        sock.close()
        raise EngineUnavailable(f"charon is not there ({path}: {error.strerror or error})") from error


def instance_of(sock: socket.socket) -> str:
    """The charon at the other end: its process id and start time, so that a new process never looks like an old one."""
    pid, _, _ = UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, UCRED.size))
    try:
        started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[START_TIME_FIELD]
    except (OSError, IndexError) as error:
        sock.close()
        raise EngineUnavailable(f"charon's process {pid} is gone") from error
    return f"{pid}-{started}"


def _checked(length: int) -> int:
    if not 0 < length <= LONGEST_MESSAGE:
        raise OSError(f"a message of {length} octets is none of VICI's")
    return length


def _timeval(seconds: float) -> bytes:
    return TIMEVAL.pack(int(seconds), int(seconds % 1 * 1_000_000))
