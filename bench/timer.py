"""Times one start of a tunnel after another; runs on the stranger's host of a lab, beside its charon.

Copied to the host and started there by connect.py; answers each Attempt (JSON, over a local socket) with its Times. The
connection is loaded, and the route into the tunnel's interface set, before the clock starts: what is timed is what
charon and the gateway do, not the start of `ip`.
"""

import contextlib
import errno
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.processes import run
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineError
from evertunnel.lab.attempt import CHILD, CONNECTION, SOCKET, Attempt

SERVER = Path("/run/timer.sock")
INTERFACE = "ipsec0"
INITIATE_SECONDS = 5.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
ANSWERS = (0, errno.ECONNREFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds from the start to CHILD up and to the first answered packet; the knocks that it took, and from where."""

    up: float
    answered: float
    knocks: int
    address: IPv4Address
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An attempt, and the seconds from one knock to the next; knocks not yet answered stay open beside it."""

    attempt: Attempt
    every: float


def main() -> None:
    """Answers until it is ended."""
    local_socket.serve(SERVER, _answer, 0o600, None)


def _answer(_peer: local_socket.Peer, request: bytes) -> bytes:
    order = documents.from_json(Order, request, name="order")
    try:
        return documents.to_json(_time(order)).encode()
    except (EngineError, OSError) as error:
        failed = Times(up=0, answered=0, knocks=0, address=IPv4Address(0), failure=f"{type(error).__name__}: {error}")
        return documents.to_json(failed).encode()


def _time(order: Order) -> Times:
    attempt = order.attempt
    with closing(Vici(SOCKET)) as charon, _prepared(charon, attempt):
        begin = time.perf_counter()
        charon.initiate(CHILD, CONNECTION, seconds=INITIATE_SECONDS)
        up = time.perf_counter()
        knocks, source = _knock(order)
        answered = time.perf_counter()
        own = {address for sa in charon.list_sas() for address in sa.own_addresses}
        if source not in own:
            raise OSError(f"answered to {source}, which is no address of the tunnel")
        return Times(up=up - begin, answered=answered - begin, knocks=knocks, address=source)


@contextlib.contextmanager
def _prepared(charon: Vici, attempt: Attempt) -> Iterator[None]:
    for pem in attempt.authorities:
        charon.load_authority(pem)
    charon.load_key(attempt.key.reveal())
    charon.load_conn(CONNECTION, _definition(attempt))
    run(["ip", "route", "replace", f"{attempt.target}/32", "dev", INTERFACE])
    try:
        yield
    finally:
        for sa in charon.list_sas():
            charon.terminate(sa.ike_id, force=True)


def _knock(order: Order) -> tuple[int, IPv4Address]:
    """Knocks until the first answer, also to an earlier knock; a refusal is one."""
    target = (str(order.attempt.target), order.attempt.port)
    deadline = time.perf_counter() + order.attempt.seconds
    with ExitStack() as stack:
        pending: list[socket.socket] = []
        while time.perf_counter() < deadline:
            pending.append(stack.enter_context(_begun(target)))
            for handle in select.select([], pending, [], order.every)[1]:
                if handle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in ANSWERS:
                    return len(pending), IPv4Address(handle.getsockname()[0])
                pending.remove(handle)
    raise OSError(f"no answer within {order.attempt.seconds:g} s")


def _begun(target: tuple[str, int]) -> socket.socket:
    """A connection under way; closing it resets it, so that the host at the other end is left nothing to do."""
    handle = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    handle.settimeout(0)
    handle.connect_ex(target)
    return handle


def _definition(attempt: Attempt) -> dict[str, object]:
    child = {
        "local_ts": ["0.0.0.0/0"],
        "remote_ts": ["0.0.0.0/0"],
        "esp_proposals": list(attempt.esp_proposals),
        "reqid": "201",
    }
    return {
        "version": "2",
        "proposals": list(attempt.ike_proposals),
        "remote_addrs": [str(attempt.gateway)],
        "vips": ["0.0.0.0"],  # noqa: S104 (asks for any address, binds nothing)
        "encap": "yes",
        "keyingtries": "1",
        "unique": "no",
        "send_cert": "always",
        "local": {"auth": "pubkey", "certs": [attempt.certificate], "id": attempt.identity},
        "remote": {"auth": "pubkey", "id": str(attempt.gateway_name), "revocation": "relaxed"},
        "children": {CHILD: child},
    }


if __name__ == "__main__":
    main()
