"""Measures accounting: records a second through FreeRADIUS into the ledger, and what a minute's outage costs.

    sudo .venv/bin/python -m bench.ledger [--json FILE] [--date DATE]

A gateway's bookkeeper with its spool, FreeRADIUS and the policy service as the plan would render them, in a network
namespace that is made and removed here. First a backlog of records is worked off. Then a thousand sessions say
something once a minute; FreeRADIUS is killed, is away for a whole minute, and comes back. Takes two minutes.
"""

import argparse
import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from ipaddress import IPv4Address
from pathlib import Path

from bench import common, decide
from bench.asker import SECRET, VENDOR

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.drivers.radius import Client, Sender, Server
from evertunnel.drivers.radius_values import Usage
from evertunnel.gateway.accounting import Admitted
from evertunnel.gateway.bookkeeping import Bookkeeper
from evertunnel.radius.model import PolicySettings, RadiusClient, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.values import Fqdn, GroupName, HostName, Secret

ADDRESS, PORT = IPv4Address("127.0.0.1"), 1813
BACKLOG = 2_500  # sessions: a Start and a Stop each
SESSIONS = 1_000
INTERIM = 60
AWAY_SECONDS = 60.0
SETTLE_SECONDS = 20.0
INSIDE = "--inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was seen; `caught_up` is from FreeRADIUS's return to the last waiting record's arrival."""

    backlog: int
    backlog_seconds: float
    away_seconds: float
    waiting: int
    waiting_octets: int
    caught_up: float
    lost: int
    twice: int

    def lines(self) -> list[str]:
        """For a person."""
        rate = self.backlog / self.backlog_seconds
        waited = f"{self.waiting} records waited, {self.waiting_octets} octets on disk"
        return [
            f"backlog   {self.backlog} records in {self.backlog_seconds:.2f} s: {rate:.0f} a second",
            f"outage    {self.away_seconds:.0f} s with {SESSIONS} sessions: {waited}",
            f"          all in the ledger {self.caught_up:.2f} s after FreeRADIUS was started again",
            f"          {self.lost} lost, {self.twice} counted twice",
        ]


def main() -> int:
    """Runs the measurement inside a namespace of its own."""
    parser = common.parser(__doc__)
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        return in_namespace(sys.argv[1:])
    sys.argv.remove(INSIDE)
    about = common.About.here("bench.ledger", arguments.date)
    directory = Path(tempfile.mkdtemp(prefix="evertunnel-bench-"))
    try:
        result = asyncio.run(measure(directory))
    finally:
        shutil.rmtree(directory)
    print("\n".join([*about.lines(), "", *result.lines()]))
    common.write(arguments.json, {**about.record(), **asdict(result)})
    return 0 if not result.lost and not result.twice else 1


def in_namespace(arguments: list[str]) -> int:
    """Starts this program again, alone with its loopback."""
    name = f"et-bench-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        argv = ["ip", "netns", "exec", name, sys.executable, "-m", "bench.ledger", INSIDE, *arguments]
        return subprocess.run(argv, check=False).returncode
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


async def measure(directory: Path) -> Result:
    """Both measurements, one after the other."""
    configure(directory)
    server = Server(address=ADDRESS, port=PORT, secret=Secret(SECRET), vendor=VENDOR, seconds=1.0, tries=2)
    sender = Sender(name="gateway1", address=ADDRESS, called="vpn.contoso.com")
    with running([sys.executable, "-c", decide.SERVE, str(directory / "policy.json")]):
        async with Client(server) as client:
            book = Bookkeeper(directory / "spool", send=lambda record: client.account(record, sender), clock=time.time)
            keeping = asyncio.create_task(book.run())
            try:
                return await both(directory, book)
            finally:
                keeping.cancel()


async def both(directory: Path, book: Bookkeeper) -> Result:
    """The backlog, then the outage."""
    book.connected("1")
    for number in range(BACKLOG):
        begin(book, number)
        book.gone(number)
    with running(freeradius(directory)):
        # The bookkeeper looks every few seconds whether RADIUS is back, and that wait is no part of the rate.
        await until(lambda: count(directory) > 0)
        started, first = time.monotonic(), count(directory)
        await until(lambda: count(directory) == 2 * BACKLOG)
        backlog_seconds = time.monotonic() - started
        for number in range(BACKLOG, BACKLOG + SESSIONS):
            begin(book, number)
        live = frozenset(range(BACKLOG, BACKLOG + SESSIONS))
        await say(book, live, SETTLE_SECONDS)
        before = count(directory)
    await say(book, live, AWAY_SECONDS)
    octets = sum(path.stat().st_size for path in (directory / "spool").glob("*.jsonl"))
    said = 2 * BACKLOG + 2 * SESSIONS
    with running(freeradius(directory)):
        back = time.monotonic()
        await until(lambda: count(directory) >= said)
        caught_up = time.monotonic() - back
        found, different = count(directory), count(directory, "DISTINCT gateway || session || kind || number")
    return Result(
        backlog=2 * BACKLOG - first,
        backlog_seconds=backlog_seconds,
        away_seconds=AWAY_SECONDS,
        waiting=said - before,
        waiting_octets=octets,
        caught_up=caught_up,
        lost=said - different,
        twice=found - different,
    )


def begin(book: Bookkeeper, number: int) -> None:
    """A session is admitted."""
    inner = str(IPv4Address("10.99.0.0") + number)
    about = Admitted(
        ike_id=number,
        session=f"1-{number}",
        tunnel="user",
        name=f"user{number}@corp.contoso.com",
        outer="198.51.100.20",
        inner=inner,
        children=frozenset({number}),
        device=f"laptop{number}",
        class_="0123456789abcdef0123456789abcdef",
        interim=INTERIM,
    )
    book.admit(about)


async def say(book: Bookkeeper, live: frozenset[int], seconds: float) -> None:
    """What the sessions service does every second, for so many of them; the sessions carry something."""
    end = time.monotonic() + seconds
    turn = 0
    while (left := end - time.monotonic()) > 0:
        turn += 1
        for ike_id in live:
            book.count(ike_id, {ike_id: Usage(in_octets=1000 * turn, out_octets=10 * turn)})
        book.listed(live)
        await asyncio.sleep(min(1.0, left))


async def until(holds: Callable[[], bool], seconds: float = 120.0) -> None:
    """Waits until something holds; TimeoutError if it does not."""
    async with asyncio.timeout(seconds):
        while True:
            if holds():
                return
            await asyncio.sleep(0.02)


def count(directory: Path, what: str = "*") -> int:
    """How many records the ledger has."""
    path = directory / "ledger" / "ledger.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            return int(connection.execute(f"SELECT count({what}) FROM ledger_record").fetchone()[0])  # noqa: S608 (both texts stand here)
        except sqlite3.OperationalError:
            return 0  # it is being made


def configure(directory: Path) -> None:
    """Writes what FreeRADIUS and the policy service read."""
    for name in ("ledger", "detail", "spool", "decisions"):
        (directory / name).mkdir()
    policy = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
    settings = PolicySettings(
        tokens=Tokens.of(Secret.generate()),
        policy=policy,
        store=directory / "store.db",
        decisions=directory / "decisions",
        ledger=directory / "ledger",
    )
    (directory / "policy.json").write_text(documents.to_json(settings))
    files = freeradius_files(
        address=ADDRESS,
        port=PORT - 1,
        vendor=VENDOR,
        settings=settings,
        clients=(RadiusClient(name=HostName("gateway1"), address=ADDRESS, secret=Secret(SECRET)),),
        spool=directory / "detail",
    )
    for file in files:
        (directory / file.path.name).write_text(file.content)


def freeradius(directory: Path) -> list[str]:
    """FreeRADIUS's command line."""
    return ["freeradius", "-f", "-l", "stdout", "-d", str(directory), "-n", "radiusd"]


@contextmanager
def running(argv: list[str]) -> Iterator[None]:
    """A program that runs, and is killed by SIGKILL in the end."""
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
