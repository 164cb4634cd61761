"""A RADIUS responder in a namespace, which answers as each test says."""

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from pyrad.packet import AccessReject, AuthPacket, StatusServer

from evertunnel.drivers.radius import dictionary

SECRET = "a-radius-secret-for-tests"


class Radius:
    """A RADIUS server in a namespace: accepts everyone with the device's name, unless told otherwise."""

    def __init__(self, namespace: str) -> None:
        self.verdict: Callable[[str], tuple[str, ...] | None] = lambda _: ("accept", "management")
        self.asked: list[str] = []
        self.silent = False
        self._held = threading.Event()
        self._held.set()
        self._socket = socket_in(namespace, socket.SOCK_DGRAM, ("10.0.0.20", 1812))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        self._held.clear()

    def release(self) -> None:
        self._held.set()

    def close(self) -> None:
        self._held.set()
        # Wakes the thread first: a socket that is closed under it gives it whatever gets the number next.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        attributes = dictionary(32473)
        with contextlib.suppress(OSError):
            while True:
                data, peer = self._socket.recvfrom(4096)
                if not data:
                    return
                asked = AuthPacket(packet=data, secret=SECRET.encode(), dict=attributes)
                if self.silent or not asked.verify_message_authenticator():
                    continue
                if asked.code != StatusServer:
                    self._held.wait()
                reply = self._reply(asked)
                if reply is not None:
                    self._socket.sendto(reply.ReplyPacket(), peer)

    def _reply(self, asked: AuthPacket) -> AuthPacket | None:
        if asked.code == StatusServer:
            return asked.CreateReply()
        user = asked["User-Name"][0]
        self.asked.append(user)
        verdict = self.verdict(user)
        if verdict is None:
            return None
        if verdict[0] == "reject":
            reply = asked.CreateReply(Reply_Message=verdict[1])
            reply.code = AccessReject
            return reply
        device = str(user).split("CN=")[1].split(",")[0]
        return asked.CreateReply(User_Name=device, Filter_Id=verdict[1], Class=b"decision")


def socket_in(namespace: str, kind: int, address: tuple[str, int]) -> socket.socket:
    """A bound socket in a network namespace; the calling thread comes back."""
    made: list[socket.socket] = []

    def make() -> None:
        with Path(f"/run/netns/{namespace}").open() as handle:
            libc_setns(handle.fileno())
        sock = socket.socket(socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            sock.bind(address)
            made.append(sock)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        raise OSError(f"cannot bind {address} in {namespace}")
    return made[0]


def libc_setns(fd: int) -> None:
    import ctypes  # noqa: PLC0415 (the one use; Python 3.11 has no os.setns)

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, 0x40000000) != 0:
        raise OSError(ctypes.get_errno(), "setns")
