"""Measures Authorize-Only: our decision beside a bare FreeRADIUS, in one run, with few and with many devices.

    sudo .venv/bin/python -m bench.decide [--json FILE] [--date DATE]

Two stores, of 1,000 devices in 100 groups and of 100,000 devices in 1,000 groups, the groups nested five deep; for each
a policy service with its FreeRADIUS; and a FreeRADIUS configured by hand whose files module accepts every request
(bare.py). The larger one is asked once more while a gateway accounts as often as is asked. All are asked by turns, in a
network namespace that is made and removed here. Takes two minutes.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from bench import bare, common
from bench.asker import ADDRESS, SECRET, VENDOR, Asker

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.radius.model import PolicySettings, RadiusClient, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName, HostName, Secret

DEPTH = 5
ALONE = 3_000
PACED_SECONDS = 10
PACE = 100
BLOCKS = 10
BARE_PORT, BARE_DEVICES = 1822, 100_000
DAY = 86_400.0
UP_SECONDS = 20
ALONE_LIMIT, PACED_LIMIT = 3.0, 5.0
# "Flat" in a number: a hundred times the devices may cost a tenth of what a decision may take.
FLAT_LIMIT = ALONE_LIMIT / 10

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

# A gateway that accounts at a pace, as its sessions service does.
ACCOUNT = """
import asyncio, sys, time
from ipaddress import IPv4Address
from evertunnel.drivers.radius import Client, Sender, Server
from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.values import Secret
async def run(address, port, secret, vendor, pace):
    server = Server(address=address, port=port, secret=Secret(secret), vendor=vendor, seconds=1.0, tries=2)
    sender = Sender(name="gateway1", address=address, called="vpn.contoso.com")
    begun, number = time.time(), 0
    async with Client(server) as client:
        while True:
            number += 1
            session, at = number % 1000, time.time()
            record = Accounting(
                status=Status.INTERIM, session=f"1-{session}", number=number, at=at, started=begun, tunnel="device",
                name=f"laptop{session}", outer="198.51.100.20", inner="10.99.0.1", interim=60,
                usage=Usage(in_octets=number, out_octets=number),
            )
            if not await client.account(record, sender):
                sys.exit("a record was not taken")
            await asyncio.sleep(max(0.0, begun + number / pace - time.time()))
asyncio.run(run(IPv4Address(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a store is, and on which ports it is asked about."""

    devices: int
    groups: int
    port: int
    policy_port: int

    @property
    def name(self) -> str:
        """How the size is called in the table."""
        return f"ours, {self.devices:,} devices in {self.groups:,} groups"


SMALL = Size(devices=1_000, groups=100, port=1812, policy_port=811)
LARGE = Size(devices=100_000, groups=1_000, port=1814, policy_port=813)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A server, and the seconds that it took to answer: asked one at a time, and at a steady pace."""

    name: str
    port: int
    devices: int
    alone: list[float] = field(default_factory=list)
    paced: list[float] = field(default_factory=list)
    accounted: list[float] = field(default_factory=list)


def main() -> int:
    """Runs the measurement inside a namespace of its own."""
    parser = common.parser(__doc__)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        return in_namespace(sys.argv[1:])
    sys.argv.remove("--inside")
    about = common.About.here("bench.decide", arguments.date)
    small, large, by_hand = servers = measure()
    wanted = requirements(small, large)
    print("\n".join([*about.lines(), "", *table((by_hand, small, large)), "", *(each.line() for each in wanted)]))
    record = {"servers": [asdict(server) for server in servers], "requirements": [each.record() for each in wanted]}
    common.write(arguments.json, {**about.record(), "pace": PACE, "nested": DEPTH, **record})
    return 0


def in_namespace(arguments: list[str]) -> int:
    """Starts this program again, alone with its loopback."""
    name = f"et-bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        argv = ["ip", "netns", "exec", name, sys.executable, "-m", "bench.decide", "--inside", *arguments]
        return subprocess.run(argv, check=False).returncode
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


def measure() -> tuple[Asked, Asked, Asked]:
    """Asks the servers by turns, so that a busy moment of the machine meets all of them."""
    small, large = (Asked(name=size.name, port=size.port, devices=size.devices) for size in (SMALL, LARGE))
    by_hand = Asked(name="bare FreeRADIUS", port=BARE_PORT, devices=BARE_DEVICES)
    servers = (small, large, by_hand)
    directory = Path(tempfile.mkdtemp(prefix="evertunnel-bench-"))
    try:
        with ExitStack() as stack:
            for size in (SMALL, LARGE):
                stack.enter_context(ours(directory / str(size.devices), size))
            stack.enter_context(bare_freeradius(directory / "bare"))
            asker = stack.enter_context(Asker())
            for server in servers:
                until(partial(asker.answers, server.port))
            ask(asker, servers)
    finally:
        shutil.rmtree(directory)
    return servers


def ask(asker: Asker, servers: tuple[Asked, ...]) -> None:
    """One in flight, then paced, block by block; the first block warms up and is thrown away."""
    for block in range(-1, BLOCKS):
        for server in servers:
            alone = [asker.took(server.port, server.devices) for _ in range(ALONE // BLOCKS)]
            paced = at_pace(asker, server)
            with accounting(server.port + 1) if server.port == LARGE.port else nullcontext():
                accounted = at_pace(asker, server) if server.port == LARGE.port else []
            if block >= 0:
                server.alone.extend(alone)
                server.paced.extend(paced)
                server.accounted.extend(accounted)


def at_pace(asker: Asker, server: Asked) -> list[float]:
    """One block."""
    count = PACE * PACED_SECONDS // BLOCKS
    return list(asker.at_pace(server.port, server.devices, pace=PACE, count=count))


@contextmanager
def accounting(port: int) -> Iterator[None]:
    """Somebody accounts meanwhile, PACE times a second."""
    words = [str(word) for word in (ADDRESS, port, SECRET, VENDOR, PACE)]
    process = subprocess.Popen([sys.executable, "-c", ACCOUNT, *words])
    try:
        time.sleep(1.0)  # it takes half of that to start
        yield
        if process.poll() is not None:
            raise SystemExit("the accounting ended")
    finally:
        process.kill()
        process.wait()


def table(servers: tuple[Asked, ...]) -> list[str]:
    """The figures of all servers."""
    lines = []
    for what, times in (("one in flight", "alone"), (f"{PACE} a second", "paced")):
        lines += [f"{what}:", common.Figures.head()]
        lines += [common.Figures.of(getattr(server, times)).row(server.name) for server in servers]
    lines += [f"{PACE} a second, and {PACE} accounting records a second beside them:", common.Figures.head()]
    return [*lines, *(common.Figures.of(each.accounted).row(each.name) for each in servers if each.accounted)]


def requirements(small: Asked, large: Asked) -> tuple[common.Requirement, ...]:
    """What is asked of the large store, and that it is hardly slower than the small one."""
    one, many = common.Figures.of(small.alone), common.Figures.of(large.alone)
    paced, accounted = common.Figures.of(large.paced), common.Figures.of(large.accounted)
    difference = round(many.p50 - one.p50, 3)
    return (
        common.Requirement(what="p99, one in flight, many devices", limit=ALONE_LIMIT, seen=many.p99),
        common.Requirement(what=f"p99, {PACE} a second, many devices", limit=PACED_LIMIT, seen=paced.p99),
        common.Requirement(what="the same beside accounting", limit=PACED_LIMIT, seen=accounted.p99),
        common.Requirement(what="many devices over few at the median", limit=FLAT_LIMIT, seen=difference),
    )


@contextmanager
def ours(directory: Path, size: Size) -> Iterator[None]:
    """A store with its policy service and FreeRADIUS, as the plan would render them."""
    settings = prepare(directory, size)
    with (
        running([sys.executable, "-c", SERVE, str(settings)], directory / "policy.log"),
        running(bare.freeradius_command(directory / "radius"), directory / "radius.log"),
    ):
        yield


@contextmanager
def bare_freeradius(directory: Path) -> Iterator[None]:
    """The FreeRADIUS configured by hand."""
    put(directory, bare.freeradius(directory, ADDRESS, BARE_PORT, client=ADDRESS, secret=SECRET))
    with running(bare.freeradius_command(directory), directory / "radius.log"):
        yield


def prepare(directory: Path, size: Size) -> Path:
    """Makes the store and both configurations; gives the policy service's settings."""
    store = directory / "store" / "store.db"
    make_store(store, size)
    policy = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
    decisions, ledger, spool = (directory / name for name in ("decisions", "ledger", "spool"))
    for made in (decisions, ledger, spool):
        made.mkdir()
    settings = PolicySettings(
        tokens=Tokens.of(Secret.generate()),
        policy=policy,
        store=store,
        decisions=decisions,
        ledger=ledger,
        port=size.policy_port,
    )
    (directory / "policy.json").write_text(documents.to_json(settings))
    client = RadiusClient(name=HostName("gateway1"), address=ADDRESS, secret=Secret(SECRET), authorize_only=True)
    files = freeradius_files(
        address=ADDRESS, port=size.port, vendor=VENDOR, settings=settings, clients=(client,), spool=spool
    )
    put(directory / "radius", {file.path.name: file.content for file in files})
    return directory / "policy.json"


def put(directory: Path, texts: dict[str, str]) -> None:
    """Writes a configuration."""
    directory.mkdir()
    for name, text in texts.items():
        (directory / name).write_text(text)


def make_store(path: Path, size: Size) -> None:
    """Each device is in three groups, each group in the next one of its chain, the chains in VPN Devices."""
    migrate(path)
    now = time.time()
    chains = size.groups // DEPTH
    with closing(sqlite3.connect(path)) as connection, connection:
        groups = ["VPN Devices", *(f"group {number}" for number in range(size.groups))]
        connection.executemany("INSERT INTO directory_group VALUES (?)", ((name,) for name in groups))
        computers = ((f"laptop{n}", "device", 1, now) for n in range(size.devices))
        connection.executemany("INSERT INTO computer VALUES (?, ?, ?, ?)", computers)
        members = 'INSERT INTO membership (member, member_kind, "group") VALUES (?, ?, ?)'
        connection.executemany(members, nested(size.groups))
        connection.executemany(
            members,
            (
                (f"laptop{n}", "computer", f"group {(n + k * 7) % chains}")
                for n in range(size.devices)
                for k in range(3)
            ),
        )
        certificates = (
            (f"{n + 1:x}", "device", f"laptop{n}", "", now - DAY, now + DAY, "", now) for n in range(size.devices)
        )
        columns = "serial, template, principal, subject, not_before, not_after, pem, issued"
        connection.executemany(f"INSERT INTO certificate ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", certificates)  # noqa: S608 (columns stand above)


def nested(groups: int) -> Iterator[tuple[str, str, str]]:
    """Group in group, five deep."""
    for number in range(groups):
        above = number + groups // DEPTH
        yield f"group {number}", "group", f"group {above}" if above < groups else "VPN Devices"


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


def until(met: Callable[[], bool]) -> None:
    """Waits for a server to come up."""
    deadline = time.monotonic() + UP_SECONDS
    while not met():
        if time.monotonic() > deadline:
            raise SystemExit("a server did not come up; this host's name must stand in /etc/hosts")
        time.sleep(0.2)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
