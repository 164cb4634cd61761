"""Holds many tunnels of one host, and streams over one of them; runs on a stranger's host of a lab, beside its charon.

Copied to the host and started there by end.py; answers each Order (JSON, over a local socket) with what came of it. A
stream is a packet every 5 ms with the stream's number; whoever receives it notes the time and sends it back.
"""

import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.processes import run
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineError
from evertunnel.lab.attempt import CHILD, SOCKET, Attempt

SERVER = Path("/run/tunnels.sock")
INTERFACE = "ipsec0"
INITIATE_SECONDS = 5.0
EVERY = 0.005
ANY = IPv4Address(0)


class Do(Enum):
    """What is ordered."""

    CONNECT = "connect"  # tunnel `number`, for `attempt`
    LIST = "list"  # the addresses of the tunnels
    STREAM = "stream"  # stream `number`, from `source`, until it is ended
    END = "end"  # the stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do, and with what."""

    do: Do
    number: int = 0
    attempt: Attempt | None = None
    source: IPv4Address = ANY
    target: IPv4Address = ANY
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The addresses by connection, or what came back of the stream; `last` is Unix time."""

    addresses: dict[str, IPv4Address] = field(default_factory=dict)
    sent: int = 0
    echoes: int = 0
    last: float = 0.0
    failure: str = ""


class Stream:
    """Packets, one every so often, from one address, until it is ended; the lack of a way is no reason to stop."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((str(order.source), 0))
        self._socket.settimeout(0.1)
        self._sent = self._echoes = 0
        self._last = 0.0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._send, self._hear)]
        for thread in self._threads:
            thread.start()

    def end(self) -> Done:
        """Ends it; gives what came back."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()
        return Done(sent=self._sent, echoes=self._echoes, last=self._last)

    def _send(self) -> None:
        tag, target = str(self._order.number).encode(), (str(self._order.target), self._order.port)
        while not self._over.wait(EVERY):
            with suppress(OSError):
                self._socket.sendto(tag, target)
                self._sent += 1

    def _hear(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                self._socket.recv(64)
                self._echoes, self._last = self._echoes + 1, time.time()


class Holder:
    """All tunnels of this host; one stream at a time."""

    def __init__(self) -> None:
        self._stream: Stream | None = None

    def answer(self, _peer: local_socket.Peer, request: bytes) -> bytes:
        """Does what is ordered."""
        order = documents.from_json(Order, request, name="order")
        try:
            return documents.to_json(self._do(order)).encode()
        except (EngineError, OSError) as error:
            return documents.to_json(Done(failure=f"{type(error).__name__}: {error}")).encode()

    def _do(self, order: Order) -> Done:
        match order.do:
            case Do.CONNECT if order.attempt:
                _connect(order.number, order.attempt)
            case Do.LIST:
                return Done(addresses=_addresses())
            case Do.STREAM if not self._stream:
                self._stream = Stream(order)
            case Do.END if self._stream:
                stream, self._stream = self._stream, None
                return stream.end()
            case _:
                return Done(failure=f"{order.do.value} makes no sense here")
        return Done()


def _connect(number: int, attempt: Attempt) -> None:
    with closing(Vici(SOCKET)) as charon:
        for pem in attempt.authorities:
            charon.load_authority(pem)
        charon.load_key(attempt.key.reveal())
        charon.load_conn(name_of(number), _definition(number, attempt))
        run(["ip", "route", "replace", f"{attempt.target}/32", "dev", INTERFACE])
        charon.initiate(CHILD, name_of(number), seconds=INITIATE_SECONDS)


def _addresses() -> dict[str, IPv4Address]:
    with closing(Vici(SOCKET)) as charon:
        return {sa.connection: address for sa in charon.list_sas() for address in sa.own_addresses}


def name_of(number: int) -> str:
    """What a tunnel's connection is called."""
    return f"tunnel{number}"


def _definition(number: int, attempt: Attempt) -> dict[str, object]:
    local: dict[str, object] = {"auth": "pubkey", "certs": [attempt.certificate], "id": attempt.identity}
    if attempt.aaa:
        certificates = [attempt.certificate, attempt.authorities[-1]]
        local |= {"auth": "eap-tls", "certs": certificates, "eap_id": attempt.identity, "aaa_id": attempt.aaa}
    child = {
        "local_ts": ["0.0.0.0/0"],
        "remote_ts": ["0.0.0.0/0"],
        "esp_proposals": list(attempt.esp_proposals),
        # libipsec finds the SA of a packet by this: each tunnel has its own.
        "reqid": str(1000 + number),
    }
    return {
        "version": "2",
        "proposals": list(attempt.ike_proposals),
        "remote_addrs": [str(attempt.gateway)],
        "vips": ["0.0.0.0"],  # noqa: S104 (asks for any address, binds nothing)
        "encap": "yes",
        "mobike": "no",
        "keyingtries": "1",
        "unique": "no",
        "send_cert": "always",
        "local": local,
        "remote": {"auth": "pubkey", "id": str(attempt.gateway_name), "revocation": "relaxed"},
        "children": {CHILD: child},
    }


if __name__ == "__main__":
    local_socket.serve(SERVER, Holder().answer, 0o600, None)
