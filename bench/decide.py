"""Measures Authorize-Only: our decision beside a bare FreeRADIUS, in one run.

    sudo python bench/decide.py [--json]

A store of 100,000 devices and 1,000 groups, nested five deep; FreeRADIUS with the policy service, and a FreeRADIUS
whose files module accepts every request. Both run in a network namespace that is made and removed here. Takes 30 s.
"""

import argparse
import contextlib
import hashlib
import hmac
import json
import os
import platform
import random
import shutil
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.drivers.freeradius import Freeradius
from evertunnel.radius.model import PolicySettings, RadiusClient, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName, HostName, Secret

DEVICES = 100_000
GROUPS = 1_000
DEPTH = 5
ALONE = 3_000
PACED_SECONDS = 10
PACE = 100
BLOCKS = 5
VENDOR = 32_473
ADDRESS = IPv4Address("127.0.0.1")
SECRET = Secret("bench-secret-bench-secret")
OURS, BARE = 1812, 1822
DAY = 86_400.0

SERVE = """
import asyncio, sys
from pathlib import Path
from evertunnel import documents
from evertunnel.drivers import logs
from evertunnel.radius.model import PolicySettings
from evertunnel.services import policy
logs.configure()
asyncio.run(policy.serve(documents.from_json(PolicySettings, Path(sys.argv[1]).read_text(), name="settings")))
"""

SITE = """
server bare {
	listen {
		type = auth
		ipaddr = %s
		port = %d
	}
	authorize {
		update reply {
			&Message-Authenticator := 0x00
		}
		files
	}
	authenticate {
	}
}
"""
FILES = "always ok {\n\t\trcode = ok\n\t}\n\tfiles {\n\t\tusersfile = ${confdir}/users\n\t}\n"
USERS = 'DEFAULT Auth-Type := Accept\n\tUser-Name = "laptop1",\n\tFilter-Id = "management",\n\tSession-Timeout = 3600\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Milliseconds of one way of asking one server."""

    server: str
    asked: str
    count: int
    p50: float
    p99: float
    worst: float


def main() -> int:
    """Runs the measurement inside a namespace of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        return in_namespace(sys.argv[1:])
    figures = measure(arguments.devices)
    print(as_json(figures, arguments.devices) if arguments.json else as_table(figures, arguments.devices))
    return 0


def in_namespace(arguments: list[str]) -> int:
    """Starts this program again, alone with its loopback."""
    name = f"et-bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        argv = ["ip", "netns", "exec", name, sys.executable, __file__, "--inside", *arguments]
        return subprocess.run(argv, check=False).returncode
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def measure(devices: int) -> tuple[Figures, ...]:
    """Asks both servers in turns, so that a busy moment of the machine meets both."""
    directory = Path(tempfile.mkdtemp(prefix="evertunnel-bench-"))
    try:
        settings = prepare(directory, devices)
        with (
            running([sys.executable, "-c", SERVE, str(settings)], directory / "policy.log"),
            running(freeradius(directory / "ours"), directory / "ours.log"),
            running(freeradius(directory / "bare"), directory / "bare.log"),
            Asker(devices) as asker,
        ):
            for port in (OURS, BARE):
                until(partial(asker.answers, port))
            return tuple(figures_of(asker))
    finally:
        shutil.rmtree(directory)


def figures_of(asker: "Asker") -> Iterator[Figures]:
    """One in flight, then paced."""
    alone: dict[int, list[float]] = {OURS: [], BARE: []}
    paced: dict[int, list[float]] = {OURS: [], BARE: []}
    for _ in range(BLOCKS):
        for port in (BARE, OURS):
            alone[port] += [took(asker, port) for _ in range(ALONE // BLOCKS)]
            paced[port] += list(at_pace(asker, port, PACE * PACED_SECONDS // BLOCKS))
    for asked, times in (("one in flight", alone), (f"{PACE} a second", paced)):
        for server, port in (("bare FreeRADIUS", BARE), ("with our decision", OURS)):
            yield summed(server, asked, times[port])


def summed(server: str, asked: str, times: list[float]) -> Figures:
    """The figures of a list of seconds."""
    cuts = statistics.quantiles(times, n=100)
    values = [round(1000 * value, 3) for value in (statistics.median(times), cuts[98], max(times))]
    return Figures(server=server, asked=asked, count=len(times), p50=values[0], p99=values[1], worst=values[2])


def at_pace(asker: "Asker", port: int, count: int) -> Iterator[float]:
    """Asks at a steady pace, whatever the answers take; a late start counts as waiting."""
    begin = time.perf_counter()
    for number in range(count):
        due = begin + number / PACE
        time.sleep(max(0.0, due - time.perf_counter()))
        yield took(asker, port)


def took(asker: "Asker", port: int) -> float:
    """Seconds from a question to its Accept."""
    packet = asker.packet()
    begin = time.perf_counter()
    answer = asker.exchange(packet, port)
    end = time.perf_counter()
    if answer is None or answer[0] != 2:  # Access-Accept
        raise SystemExit(f"port {port} did not accept: {answer!r}")
    return end - begin


class Asker:
    """Builds a packet before it is timed, and asks by a plain socket: the client's own cost is not what is measured."""

    def __init__(self, devices: int) -> None:
        self._random = random.Random(1)  # noqa: S311 (which device is asked for is no secret)
        self._devices = devices
        self._number = 0

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def packet(self) -> bytes:
        """An Authorize-Only request about some device."""
        self._number += 1
        return request(self._number % 256, self._random.randrange(self._devices))

    def answers(self, port: int) -> bool:
        """Whether a question is answered at all."""
        return self.exchange(self.packet(), port) is not None

    def exchange(self, packet: bytes, port: int) -> bytes | None:
        """The answer, or None."""
        self._socket.sendto(packet, (str(ADDRESS), port))
        with contextlib.suppress(OSError):
            answer = self._socket.recv(4096)
            return answer if answer[1] == packet[1] else None
        return None


def request(identifier: int, device: int) -> bytes:
    """An Access-Request as a gateway sends it (RFC 2865 5, RFC 3579 3.2)."""
    name, serial = f"laptop{device}", f"{device + 1:x}"
    identity = f"O=Contoso, CN={name}.corp.contoso.com, serialNumber={serial}"
    own = _attribute(1, serial.encode()) + _attribute(2, b"device")
    attributes = b"".join(
        (
            _attribute(80, bytes(16)),
            _attribute(6, struct.pack("!I", 17)),
            _attribute(1, identity.encode()),
            _attribute(61, struct.pack("!I", 5)),
            _attribute(32, b"gateway1"),
            _attribute(4, IPv4Address("10.0.1.10").packed),
            _attribute(31, b"198.51.100.20"),
            _attribute(30, b"vpn.contoso.com"),
            _attribute(8, IPv4Address("10.99.0.5").packed),
            _attribute(44, b"5f3a9c-17"),
            _attribute(26, struct.pack("!I", VENDOR) + own),
        )
    )
    head = struct.pack("!BBH16s", 1, identifier, 20 + len(attributes), os.urandom(16))
    proof = hmac.new(SECRET.reveal().encode(), head + attributes, hashlib.md5).digest()
    return head + _attribute(80, proof) + attributes[18:]


def prepare(directory: Path, devices: int) -> Path:
    """Makes the store and three configurations; gives the policy service's settings."""
    make_store(directory / "store" / "store.db", devices)
    policy = Policy(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
    tokens = Tokens.of(Secret.generate())
    decisions = directory / "decisions"
    decisions.mkdir()
    settings = PolicySettings(tokens=tokens, policy=policy, store=directory / "store" / "store.db", decisions=decisions)
    (directory / "policy.json").write_text(documents.to_json(settings))
    client = RadiusClient(name=HostName("gateway1"), address=ADDRESS, secret=SECRET)
    ours = freeradius_files(address=ADDRESS, port=OURS, vendor=VENDOR, settings=settings, clients=(client,))
    texts = {file.path.name: file.content for file in ours}
    put(directory / "ours", texts)
    begin, end = texts["radiusd.conf"].split("modules {\n")
    modules = (
        f"confdir = {directory / 'bare'}\n{begin}modules {{\n\t{FILES}}}\n$INCLUDE clients.conf\n$INCLUDE site.conf\n"
    )
    assert end  # noqa: S101 (our configuration has modules)
    put(directory / "bare", {**texts, "radiusd.conf": modules, "site.conf": SITE % (ADDRESS, BARE), "users": USERS})
    return directory / "policy.json"


def put(directory: Path, texts: dict[str, str]) -> None:
    """Writes a configuration."""
    directory.mkdir()
    for name, text in texts.items():
        (directory / name).write_text(text)


def make_store(path: Path, devices: int) -> None:
    """Each device is in three groups, each group in the next one of its chain, the chains in VPN Devices."""
    migrate(path)
    now = time.time()
    chains = GROUPS // DEPTH
    with closing(sqlite3.connect(path)) as connection, connection:
        groups = ["VPN Devices", *(f"group {number}" for number in range(GROUPS))]
        connection.executemany("INSERT INTO directory_group VALUES (?)", ((name,) for name in groups))
        computers = ((f"laptop{n}", "device", 1, now) for n in range(devices))
        connection.executemany("INSERT INTO computer VALUES (?, ?, ?, ?)", computers)
        connection.executemany('INSERT INTO membership (member, member_kind, "group") VALUES (?, ?, ?)', nested(chains))
        members = (
            (f"laptop{n}", "computer", f"group {(n + k * 7) % chains}") for n in range(devices) for k in range(3)
        )
        connection.executemany('INSERT INTO membership (member, member_kind, "group") VALUES (?, ?, ?)', members)
        certificates = (
            (f"{n + 1:x}", "device", f"laptop{n}", "", now - DAY, now + DAY, "", now) for n in range(devices)
        )
        columns = "serial, template, principal, subject, not_before, not_after, pem, issued"
        connection.executemany(f"INSERT INTO certificate ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", certificates)  # noqa: S608 (columns stand above)


def nested(chains: int) -> Iterator[tuple[str, str, str]]:
    """Group in group, five deep."""
    for number in range(GROUPS):
        above = number + chains
        yield f"group {number}", "group", f"group {above}" if above < GROUPS else "VPN Devices"


@contextmanager
def running(argv: list[str], log: Path) -> Iterator[None]:
    """A process, for as long as it is needed."""
    with log.open("wb") as stream:
        process = subprocess.Popen(argv, stdout=stream, stderr=stream)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def freeradius(directory: Path) -> list[str]:
    """How FreeRADIUS is started."""
    return ["freeradius", "-f", "-l", "stdout", "-d", str(directory), "-n", "radiusd"]


def until(met: Callable[[], bool]) -> None:
    """Waits for a server to come up."""
    deadline = time.monotonic() + 20
    while not met():
        if time.monotonic() > deadline:
            raise SystemExit("a server did not come up; its host's name must stand in /etc/hosts")
        time.sleep(0.2)


def as_json(figures: tuple[Figures, ...], devices: int) -> str:
    """Everything, for machines."""
    return json.dumps({"schema": 1, **about(devices), "figures": [asdict(each) for each in figures]}, indent=1)


def as_table(figures: tuple[Figures, ...], devices: int) -> str:
    """Everything, for people."""
    head = [f"{name}: {value}" for name, value in about(devices).items()]
    lines = [f"{'':22}{'':16}{'p50 ms':>9}{'p99 ms':>9}{'worst':>9}"]
    lines += [f"{f.server:22}{f.asked:16}{f.p50:9.2f}{f.p99:9.2f}{f.worst:9.2f}" for f in figures]
    return "\n".join((*head, *lines))


def about(devices: int) -> dict[str, object]:
    """What was measured, and where."""
    return {
        "devices": devices,
        "groups": GROUPS,
        "nested": DEPTH,
        "freeradius": ".".join(map(str, Freeradius().version())),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
    }


def _attribute(kind: int, value: bytes) -> bytes:
    return bytes((kind, len(value) + 2)) + value


if __name__ == "__main__":
    sys.exit(main())
