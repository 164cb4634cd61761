"""Measures Authorize-Only: our decision beside a bare FreeRADIUS, in one run, with few and with many devices and users.

    sudo .venv/bin/python -m bench.decide [--json FILE] [--date DATE]

Two stores (stores.py): 1,000 devices and 1,000 users in 100 groups; 100,000 of each in 1,000 groups, the groups nested
five deep, and 50 network policies of which the last matches. For each a policy service with its FreeRADIUS; and a
FreeRADIUS configured by hand whose files module accepts every request (bare.py). The larger one is asked about users
once more while a gateway accounts as often as is asked. All are asked by turns, in a network namespace that is made and
removed here. Takes three or four minutes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bench import bare, common, stores
from bench.asker import ADDRESS, GATEWAY, SECRET, VENDOR, Asker, Crowd
from bench.stores import Size

from evertunnel import documents
from evertunnel.plan.tunnels import Tunnel
from evertunnel.radius.journal import segments
from evertunnel.radius.model import PolicySettings, RadiusClient, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.values import HostName, Secret

ALONE = 3_000
PACED_SECONDS = 10
PACE = 100
BLOCKS = 10
BARE_PORT = 1822
UP_SECONDS = 60  # the many's exchanges are read and imported first
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
                name=f"laptop{session}", outer=str(IPv4Address("198.18.0.0") + session), inner="10.99.0.1", interim=60,
                usage=Usage(in_octets=number, out_octets=number),
            )
            if not await client.account(record, sender):
                sys.exit("a record was not taken")
            await asyncio.sleep(max(0.0, begun + number / pace - time.time()))
asyncio.run(run(IPv4Address(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A directory of one size, and on which ports it is asked about."""

    size: Size
    port: int
    policy_port: int

    def asked(self, tunnel: Tunnel) -> "Asked":
        """The part of it that is about devices or users."""
        name = f"ours, {self.size.members:,} {tunnel.value}s in {self.size.groups:,} groups"
        return Asked(name=name, port=self.port, crowd=Crowd(tunnel=tunnel, count=self.size.members))


FEW = Site(size=Size(members=1_000, groups=100), port=1812, policy_port=811)
MANY = Site(size=Size(members=100_000, groups=1_000), port=1814, policy_port=813)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A server, and the seconds that it took to answer: asked one at a time, and at a steady pace."""

    name: str
    port: int
    crowd: Crowd
    alone: list[float] = field(default_factory=list)
    paced: list[float] = field(default_factory=list)
    accounted: list[float] = field(default_factory=list)

    @property
    def beside_accounting(self) -> bool:
        """Whether it is asked while somebody accounts, too."""
        return self.port == MANY.port and self.crowd.tunnel is Tunnel.USER


def main() -> int:
    """Runs the measurement inside a namespace of its own."""
    parser = common.parser(__doc__)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        return in_namespace(sys.argv[1:])
    sys.argv.remove("--inside")
    about = common.About.here("bench.decide", arguments.date)
    servers = measure()
    wanted = requirements(servers)
    print("\n".join([*about.lines(), "", *table(servers), "", *(each.line() for each in wanted)]))
    record = {"servers": documents.write(servers), "requirements": [each.record() for each in wanted]}
    common.write(arguments.json, {**about.record(), "pace": PACE, "nested": stores.DEPTH, **record})
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


def measure() -> tuple[Asked, ...]:
    """Asks the servers by turns, so that a busy moment of the machine meets all of them."""
    by_hand = Asked(name="bare FreeRADIUS", port=BARE_PORT, crowd=Crowd(tunnel=Tunnel.DEVICE, count=MANY.size.members))
    servers = (by_hand, *(site.asked(tunnel) for tunnel in Tunnel for site in (FEW, MANY)))
    directory = Path(tempfile.mkdtemp(prefix="evertunnel-bench-"))
    try:
        with ExitStack() as stack:
            for site in (FEW, MANY):
                stack.enter_context(ours(directory / str(site.size.members), site))
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
            alone = [asker.took(server.port, server.crowd) for _ in range(ALONE // BLOCKS)]
            paced = at_pace(asker, server)
            with accounting(server.port + 1) if server.beside_accounting else nullcontext():
                accounted = at_pace(asker, server) if server.beside_accounting else []
            if block >= 0:
                server.alone.extend(alone)
                server.paced.extend(paced)
                server.accounted.extend(accounted)


def at_pace(asker: Asker, server: Asked) -> list[float]:
    """One block."""
    count = PACE * PACED_SECONDS // BLOCKS
    return list(asker.at_pace(server.port, server.crowd, pace=PACE, count=count))


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


def requirements(servers: tuple[Asked, ...]) -> tuple[common.Requirement, ...]:
    """What is asked of the large store, about devices as about users, and that it is hardly slower than the small."""
    found = []
    for tunnel in Tunnel:
        few, many = (
            next(each for each in servers if (each.port, each.crowd.tunnel) == (site.port, tunnel))
            for site in (FEW, MANY)
        )
        what = f"many {tunnel.value}s"
        one, paced = common.Figures.of(many.alone), common.Figures.of(many.paced)
        difference = round(one.p50 - common.Figures.of(few.alone).p50, 3)
        found += [
            common.Requirement(what=f"p99, one in flight, {what}", limit=ALONE_LIMIT, seen=one.p99),
            common.Requirement(what=f"p99, {PACE} a second, {what}", limit=PACED_LIMIT, seen=paced.p99),
            common.Requirement(what=f"{what} over few at the median", limit=FLAT_LIMIT, seen=difference),
        ]
        if many.accounted:
            seen = common.Figures.of(many.accounted).p99
            found.append(
                common.Requirement(what=f"p99, the same beside accounting, {what}", limit=PACED_LIMIT, seen=seen)
            )
    return tuple(found)


@contextmanager
def ours(directory: Path, site: Site) -> Iterator[None]:
    """A store with its policy service and FreeRADIUS, as the plan would render them."""
    settings = prepare(directory, site)
    with (
        running([sys.executable, "-c", SERVE, str(settings)], directory / "policy.log"),
        running(bare.freeradius_command(directory / "radius"), directory / "radius.log"),
    ):
        until(lambda: not segments(directory / "decisions"))
        yield


@contextmanager
def bare_freeradius(directory: Path) -> Iterator[None]:
    """The FreeRADIUS configured by hand."""
    radius = bare.Radius(address=ADDRESS, port=BARE_PORT, client=ADDRESS, secret=SECRET)
    put(directory, bare.accepting(directory, radius))
    with running(bare.freeradius_command(directory), directory / "radius.log"):
        yield


def prepare(directory: Path, site: Site) -> Path:
    """Makes the store and both configurations; gives the policy service's settings."""
    stores.make_store(directory / "store" / "store.db", site.size)
    stores.make_decisions(directory / "decisions", site.size)
    stores.make_ledger(directory / "ledger", site.size)
    (directory / "spool").mkdir()
    settings = PolicySettings(
        tokens=Tokens.of(Secret.generate()),
        policy=stores.policy(),
        store=directory / "store" / "store.db",
        decisions=directory / "decisions",
        ledger=directory / "ledger",
        port=site.policy_port,
    )
    (directory / "policy.json").write_text(documents.to_json(settings))
    client = RadiusClient(name=HostName(GATEWAY), address=ADDRESS, secret=Secret(SECRET), authorize_only=True)
    files = freeradius_files(
        address=ADDRESS,
        port=site.port,
        vendor=VENDOR,
        settings=settings,
        clients=(client,),
        spool=directory / "spool",
    )
    put(directory / "radius", {file.path.name: file.content for file in files})
    return directory / "policy.json"


def put(directory: Path, texts: dict[str, str]) -> None:
    """Writes a configuration."""
    directory.mkdir()
    for name, text in texts.items():
        (directory / name).write_text(text)


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
