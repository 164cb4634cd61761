"""One question and one answer over a Unix socket, between processes of one host.

A frame is its length (four octets, big-endian) and its bytes, at most 1 MiB; a connection carries one frame each way.
The kernel says who asks (SO_PEERCRED), so that the answerer can decide by user.
"""

import contextlib
import os
import shutil
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evertunnel.drivers import logs
from evertunnel.errors import EngineRejected, EngineUnavailable

LIMIT = 1 << 20
PATIENCE = 10.0
PER_USER = 16
LENGTH = struct.Struct(">I")
CREDENTIALS = struct.Struct("3i")

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who asks, as the kernel saw it when the connection was made."""

    uid: int
    gid: int
    pid: int


Answer = Callable[[Peer, bytes], bytes]


def ask(path: Path, request: bytes, timeout: float) -> bytes:
    """Asks the server behind `path`; the whole exchange takes `timeout` seconds at most."""
    if len(request) > LIMIT:
        raise EngineRejected(f"{path}: the request is larger than {LIMIT} bytes")
    deadline = time.monotonic() + timeout
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.settimeout(timeout)
            connection.connect(str(path))
            _send(connection, request, deadline)
            return _receive(connection, deadline)
        except (OSError, _BrokenFrame) as error:
            raise EngineUnavailable(f"{path}: no answer ({error})") from error


def serve(path: Path, answer: Answer, mode: int, group: str | None) -> None:
    """Answers for ever. `group` may connect if `mode` says so; None leaves the process's own group."""
    Server(path=path, answer=answer, mode=mode, group=group).run()


@dataclass(slots=True, kw_only=True)
class Server:
    """A server that can be closed; listens as soon as it is built."""

    path: Path
    answer: Answer
    mode: int = 0o600
    group: str | None = None
    patience: float = PATIENCE
    _socket: socket.socket = field(init=False)
    _inode: int = field(init=False)
    _busy: Counter[int] = field(init=False, default_factory=Counter)
    _lock: threading.Condition = field(init=False, default_factory=threading.Condition)
    _answering: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._socket = _listen(self.path, self.mode, self.group)
        self._inode = self.path.stat().st_ino

    def run(self) -> None:
        """Accepts until `close` is called, one thread per connection."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError as error:
                if not _is_listening(self._socket):
                    return
                # Out of descriptors, or the client left before it was accepted: the next one may fare better.
                log.warning("connection not accepted", path=str(self.path), error=str(error))
                time.sleep(0.1)
                continue
            self._take(connection)

    def close(self) -> None:
        """Stops accepting, takes the socket file away, if it is still this server's, and lets answers end.

        Whoever asked for the end of this process is to hear that it was heard.
        """
        with contextlib.suppress(OSError):
            # Wakes `run`; fails where this was closed before.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self.path.exists() and self.path.stat().st_ino == self._inode:
            self.path.unlink()
        with self._lock:
            self._lock.wait_for(lambda: self._answering == 0, self.patience)

    def _take(self, connection: socket.socket) -> None:
        peer = _peer(connection)
        with self._lock:
            # One user's idle connections must not keep the others out.
            if self._busy[peer.uid] >= PER_USER:
                connection.close()
                return
            self._busy[peer.uid] += 1
        try:
            threading.Thread(target=self._converse, args=(connection, peer), daemon=True).start()
        except RuntimeError:
            log.warning("no thread for a connection", path=str(self.path))
            connection.close()
            self._leave(peer)

    def _converse(self, connection: socket.socket, peer: Peer) -> None:
        try:
            with connection:
                request = _receive(connection, time.monotonic() + self.patience)
                with self._answers_one():
                    answer = self.answer(peer, request)
                    # Patience is for the peer: an answer takes as long as what was asked for.
                    _send(connection, answer, time.monotonic() + self.patience)
        except (OSError, _BrokenFrame) as error:
            log.debug("conversation broken off", path=str(self.path), uid=peer.uid, error=str(error))
        except Exception:
            log.exception("no answer because of a fault of ours", path=str(self.path), uid=peer.uid)
        finally:
            self._leave(peer)

    @contextlib.contextmanager
    def _answers_one(self) -> Iterator[None]:
        with self._lock:
            self._answering += 1
        try:
            yield
        finally:
            with self._lock:
                self._answering -= 1
                self._lock.notify_all()

    def _leave(self, peer: Peer) -> None:
        with self._lock:
            self._busy[peer.uid] -= 1


class _BrokenFrame(Exception):
    pass


def _listen(path: Path, mode: int, group: str | None) -> socket.socket:
    if _answers(path):
        raise EngineRejected(f"{path}: another process answers there. Stop it first.")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Bound under a name of its own, nobody can connect before the file has its mode and somebody listens;
    # the renaming replaces a socket that a killed server left.
    unready = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unready.unlink(missing_ok=True)
        listener.bind(str(unready))
        unready.chmod(0o600)
        if group is not None:
            shutil.chown(unready, group=group)
        unready.chmod(mode)
        listener.listen(64)
        unready.rename(path)
    except (OSError, LookupError) as error:
        listener.close()
        unready.unlink(missing_ok=True)
        raise EngineRejected(f"{path}: cannot listen ({error})") from error
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _is_listening(listener: socket.socket) -> bool:
    try:
        return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def _peer(connection: socket.socket) -> Peer:
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    pid, uid, gid = CREDENTIALS.unpack(raw)
    return Peer(uid=uid, gid=gid, pid=pid)


def _send(connection: socket.socket, payload: bytes, deadline: float) -> None:
    if len(payload) > LIMIT:
        raise _BrokenFrame(f"an answer of {len(payload)} bytes is too large")
    connection.settimeout(_left(deadline))
    connection.sendall(LENGTH.pack(len(payload)) + payload)


def _receive(connection: socket.socket, deadline: float) -> bytes:
    (length,) = LENGTH.unpack(_receive_exactly(connection, LENGTH.size, deadline))
    if length > LIMIT:
        raise _BrokenFrame(f"a frame of {length} bytes is too large")
    return _receive_exactly(connection, length, deadline)


def _receive_exactly(connection: socket.socket, size: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < size:
        # The deadline is for the whole frame: one octet a second must not hold a thread.
        connection.settimeout(_left(deadline))
        part = connection.recv(min(size - len(received), 65_536))
        if not part:
            raise _BrokenFrame("closed before the frame was whole")
        received += part
    return bytes(received)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("out of time")
    return left
