"""Starts tunnels and times each start; runs on the stranger's host of a lab, beside its charon.

Copied to the host and started there by sides.py; answers each Order (JSON, over a local socket) with its Log. The
connections are loaded, and the route into the tunnels' interface set, before the clock starts: what is timed is what
charon and the gateway do, not the start of `ip`.
"""

import contextlib
import errno
import itertools
import select
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.processes import run
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineError
from evertunnel.lab.attempt import CHILD, SOCKET, Attempt, definition

SERVER = Path("/run/timer.sock")
INTERFACE = "ipsec0"
# The kernel forgets the routes of an interface that loses its last address.
STAYS = "192.0.2.254/32"
FIRST_REQID = 201
INITIATE_SECONDS = 5.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
ANSWERS = (0, errno.ECONNREFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Each initiator makes its attempts in turn, beside the others, for so many seconds; one attempt at least.

    `every` is the seconds from one knock to the next; knocks not yet answered stay open beside it.
    """

    initiators: tuple[tuple[Attempt, ...], ...]
    every: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds from the start to CHILD up and to the first answered packet; the knocks that it took, and from where."""

    up: float
    answered: float
    knocks: int
    address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Every start that came to an answer, what the others came to, and the seconds that all of it took."""

    times: tuple[Times, ...]
    failures: tuple[str, ...] = ()
    seconds: float = 0.0


def main() -> None:
    """Answers until it is ended."""
    local_socket.serve(SERVER, _answer, 0o600, None)


def _answer(_peer: local_socket.Peer, request: bytes) -> bytes:
    order = documents.from_json(Order, request, name="order")
    try:
        return documents.to_json(_carried_out(order)).encode()
    except (EngineError, OSError) as error:
        return documents.to_json(Log(times=(), failures=(_words(error),))).encode()


def _carried_out(order: Order) -> Log:
    # An address need not be known before the answer where there is one only.
    binds = len(order.initiators) > 1
    tunnels = [
        [_Tunnel(number * 100 + each, attempt) for each, attempt in enumerate(attempts)]
        for number, attempts in enumerate(order.initiators)
    ]
    with (
        _prepared([tunnel for each in tunnels for tunnel in each], stays=binds),
        ThreadPoolExecutor(max_workers=len(tunnels)) as pool,
    ):
        begin = time.perf_counter()
        ends = begin + order.seconds
        logs = list(pool.map(lambda each: _one_after_another(each, order.every, ends, binds=binds), tunnels))
        seconds = time.perf_counter() - begin
    return Log(
        times=tuple(each for log in logs for each in log.times),
        failures=tuple(each for log in logs for each in log.failures),
        seconds=seconds,
    )


def _one_after_another(tunnels: Sequence["_Tunnel"], every: float, ends: float, *, binds: bool) -> Log:
    times: list[Times] = []
    failures: list[str] = []
    for tunnel in itertools.cycle(tunnels):
        with closing(Vici(SOCKET)) as charon:
            try:
                times.append(tunnel.start(charon, every, binds=binds))
            except (EngineError, OSError) as error:
                failures.append(_words(error))
            tunnel.end()
        if time.perf_counter() >= ends:
            break
    return Log(times=tuple(times), failures=tuple(failures))


@dataclass(frozen=True, slots=True)
class _Tunnel:
    """An attempt as a connection of charon's."""

    number: int
    attempt: Attempt

    @property
    def connection(self) -> str:
        return f"timed-{self.number}"

    @property
    def definition(self) -> dict[str, object]:
        """With a reqid of its own: libipsec sends a packet through whichever SA has the reqid."""
        found = definition(self.attempt)
        children = found["children"]
        assert isinstance(children, dict)  # noqa: S101 (attempt.definition)
        return {**found, "children": {CHILD: {**children[CHILD], "reqid": str(FIRST_REQID + self.number)}}}

    def start(self, charon: Vici, every: float, *, binds: bool) -> Times:
        begin = time.perf_counter()
        charon.initiate(CHILD, self.connection, seconds=INITIATE_SECONDS)
        up = time.perf_counter()
        bound = self._own(charon) if binds else None
        knocks, source = _knock(self.attempt, every, bound)
        answered = time.perf_counter()
        if source != (bound or self._own(charon)):
            raise OSError(f"answered to {source}, which is no address of the tunnel")
        return Times(up=up - begin, answered=answered - begin, knocks=knocks, address=source)

    def end(self) -> None:
        # A connection of its own: after a time-out the first one is closed.
        with closing(Vici(SOCKET)) as charon:
            for sa in charon.list_sas():
                if sa.connection == self.connection:
                    charon.terminate(sa.ike_id, force=True)

    def _own(self, charon: Vici) -> IPv4Address:
        for sa in charon.list_sas():
            if sa.connection == self.connection and sa.own_addresses:
                return sa.own_addresses[0]
        raise OSError("the tunnel was ended by the gateway")


@contextlib.contextmanager
def _prepared(tunnels: Sequence[_Tunnel], *, stays: bool) -> Iterator[None]:
    with closing(Vici(SOCKET)) as charon:
        # EAP-TLS takes any certificate that it finds for an identity.
        charon.clear_creds()
        for tunnel in tunnels:
            for pem in tunnel.attempt.authorities:
                charon.load_authority(pem)
            charon.load_key(tunnel.attempt.key.reveal())
            charon.load_conn(tunnel.connection, tunnel.definition)
    if stays:
        run(["ip", "address", "replace", STAYS, "dev", INTERFACE])
    for target in {tunnel.attempt.target for tunnel in tunnels}:
        run(["ip", "route", "replace", f"{target}/32", "dev", INTERFACE])
    try:
        yield
    finally:
        if stays:
            run(["ip", "address", "delete", STAYS, "dev", INTERFACE])


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _knock(attempt: Attempt, every: float, bound: IPv4Address | None) -> tuple[int, IPv4Address]:
    """Knocks until the first answer, also to an earlier knock; a refusal is one."""
    target = (str(attempt.target), attempt.port)
    deadline = time.perf_counter() + attempt.seconds
    with ExitStack() as stack:
        pending: list[socket.socket] = []
        while time.perf_counter() < deadline:
            pending.append(stack.enter_context(_begun(target, bound)))
            for handle in select.select([], pending, [], every)[1]:
                if handle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in ANSWERS:
                    return len(pending), IPv4Address(handle.getsockname()[0])
                pending.remove(handle)
    raise OSError(f"no answer within {attempt.seconds:g} s")


def _begun(target: tuple[str, int], bound: IPv4Address | None) -> socket.socket:
    """A connection under way; closing it resets it, so that the host at the other end is left nothing to do."""
    handle = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    handle.settimeout(0)
    if bound is not None:
        handle.bind((str(bound), 0))
    handle.connect_ex(target)
    return handle


if __name__ == "__main__":
    main()
