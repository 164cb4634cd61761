"""Accounting with the real engines: spool, FreeRADIUS with its detail file, and the ledger, killed in between."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.drivers.freeradius import Freeradius
from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.lab.radius_packet import RADCLIENT
from evertunnel.radius.ledger import Session
from evertunnel.radius.ledger_queries import Query, Record, records, sessions
from evertunnel.radius.model import PolicySettings, RadiusClient, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.values import Fqdn, GroupName, HostName, Secret

pytestmark = pytest.mark.engine

ADDRESS = IPv4Address("10.0.0.20")
PORT = 1813
STARTED = float(int(time.time()) - 3600)
SECRET = "gateway-secret-gateway-secret"
ASKS, ANSWERS = "asks-asks-asks-asks-asks", "answers-answers-answers"
NAMESPACE = f"et-l-{os.getpid()}"
HOSTILE = (
    "%{exec:/usr/bin/touch @}",
    "%{User-Name}",
    'a"b\\c\nAcct-Status-Type = Stop\n\tUser-Name = "x"',
    "\x00\x01\x7fü€\U0001f600",
    "x%" * 120,
    "'; DROP TABLE ledger_session; --",
)

SERVICE = """
import asyncio, sys
from pathlib import Path
from evertunnel import documents
from evertunnel.drivers import logs
from evertunnel.radius.model import PolicySettings
from evertunnel.services import policy
logs.configure()
asyncio.run(policy.serve(documents.from_json(PolicySettings, Path(sys.argv[1]).read_text(), name="settings")))
"""

# What the sessions service does with its bookkeeper, fed from files; a file goes once its records are in the spool.
GATEWAY = """
import asyncio, sys, time
from ipaddress import IPv4Address
from pathlib import Path
from evertunnel import documents
from evertunnel.drivers import logs
from evertunnel.drivers.radius import Client, Sender, Server
from evertunnel.drivers.radius_values import Accounting
from evertunnel.gateway.bookkeeping import Bookkeeper
from evertunnel.values import Secret
logs.configure()
inbox = Path(sys.argv[1])
async def feed(book):
    while True:
        for path in sorted(inbox.glob("*.json")):
            book._write(documents.from_json(tuple[Accounting, ...], path.read_text(), name="records"))
            path.unlink()
        (inbox / "waiting").write_text(str(len(book._spool.pending(1)) + len(list(inbox.glob("*.json")))))
        await asyncio.sleep(0.05)
async def run():
    server = Server(address=IPv4Address(sys.argv[2]), port=int(sys.argv[3]), secret=Secret(sys.argv[4]), vendor=32473,
                    seconds=0.5, tries=2)
    sender = Sender(name="gateway1", address=IPv4Address(sys.argv[2]), called="vpn.contoso.com")
    async with Client(server) as client:
        book = Bookkeeper(inbox / "spool", send=lambda record: client.account(record, sender), clock=time.time)
        await asyncio.gather(book.run(), feed(book))
asyncio.run(run())
"""


def test_records_reach_the_ledger_whole(host: "Host") -> None:
    host.spool(told("1-1", 7))

    (session,) = host.until_past("1-1")

    assert session.usage == Usage(in_octets=2**33 + 7, out_octets=70, in_packets=2**32 + 7, out_packets=7)
    assert (session.name, session.device, session.outer, session.inner) == (
        "alice@corp.contoso.com",
        "laptop1",
        "198.51.100.20",
        "10.99.0.1",
    )
    assert (session.policy, session.class_, session.cause, session.gateway) == (
        "VPN Users",
        "4f5c",
        "Session-Timeout",
        "gateway1",
    )
    assert session.ended == session.started + 600


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_name_arrives_as_it_is_and_is_never_expanded(host: "Host", number: int) -> None:
    trap = host.directory / "trap"
    name = HOSTILE[number].replace("@", str(trap))
    reject = replace(
        told(f"reject-{number}", 1)[0], status=Status.REJECT, name=name, text=name[:200], usage=Usage(), interim=0
    )
    host.spool([reject])

    host.until(lambda: any(each.session == reject.session for each in host.records()))

    (found,) = [each for each in host.records() if each.session == reject.session]
    assert found.name == name
    assert found.attributes["Evertunnel-Cause"] == name[:200]
    assert not trap.exists()


def test_nothing_is_lost_or_twice_while_everything_is_killed_in_turn(host: "Host") -> None:
    """Records are spooled all the while; each process is killed with SIGKILL, more than once."""
    expected: dict[str, Usage] = {}
    for number, name in enumerate(["freeradius", "policy", "gateway", "freeradius", "policy", "gateway", "freeradius"]):
        for each in range(20):
            records_ = told(f"kill-{number}-{each}", each)
            expected[records_[0].session] = records_[-1].usage
            host.spool(records_)
        host.kill(name)
        time.sleep(0.7)
        host.start(name)

    host.until(lambda: len(host.past("kill-")) == len(expected), seconds=60)

    assert {each.session: each.usage for each in host.past("kill-")} == expected
    kept = [each for each in host.records() if each.session.startswith("kill-")]
    assert len(kept) == 4 * len(expected)
    assert len({(each.session, each.kind, each.number) for each in kept}) == len(kept)


def test_what_comes_while_the_policy_service_is_away_stays_in_the_spool(host: "Host") -> None:
    host.kill("policy")
    host.spool(told("away-1", 3))
    time.sleep(2)
    assert not host.spool_is_empty()
    assert host.detail_is_empty()

    host.start("policy")

    assert len(host.until_past("away-1", seconds=20)) == 1


@pytest.mark.parametrize("killed", ["policy", "freeradius"])
def test_other_vendors_records_wait_in_the_detail_file(host: "Host", killed: str) -> None:
    host.kill("policy")
    for status in ("Start", "Interim-Update", "Stop"):
        assert host.send_as_another(status, f"other-{killed}")
    assert not host.detail_is_empty()
    if killed == "freeradius":
        host.kill("freeradius")
        host.start("freeradius")

    host.start("policy")

    (session,) = host.until_past(f"other-{killed}", seconds=20)
    assert session.usage == Usage(in_octets=2**32 + 5, out_octets=6)
    assert (session.gateway, session.name, session.cause) == ("gateway1", "CONTOSO\\a%{User-Name}", "Idle-Timeout")


def test_other_vendors_record_that_is_sent_again_counts_once(host: "Host") -> None:
    for delay in (0, 1):
        assert host.send_as_another("Stop", "again-1", delay=delay)

    host.until_past("again-1")

    assert len([each for each in host.records() if each.session == "again-1"]) == 1


def test_impostor_in_place_of_the_policy_service_gets_no_record(host: "Host") -> None:
    host.kill("policy")
    host.start("policy", answers="another-word-another-word", ledger="impostor")
    host.spool(told("impostor-1", 3))
    host.until(lambda: host.send_as_another("Stop", "impostor-2"))
    time.sleep(2)
    assert not host.spool_is_empty()
    assert not host.detail_is_empty()
    host.kill("policy")

    host.start("policy")

    assert len(host.until_past("impostor-1", seconds=20)) == 1
    assert len(host.until_past("impostor-2", seconds=20)) == 1


def test_server_with_another_secret_gets_nothing_off_the_spool(host: "Host") -> None:
    host.kill("gateway")
    host.start("gateway", secret="another-secret-another-secret")
    host.spool(told("secret-1", 3))
    time.sleep(2)
    assert not host.spool_is_empty()
    assert not host.past("secret-1")
    host.kill("gateway")

    host.start("gateway")

    assert len(host.until_past("secret-1")) == 1


def test_full_disk_at_freeradius_keeps_records_at_the_gateway(host: "Host") -> None:
    host.until(host.detail_is_empty, seconds=20)
    host.kill("policy")
    fill(host.detail / "filler", leaving=50_000)
    expected = {}
    for number in range(30):
        records_ = told(f"full-{number}", number)
        expected[records_[0].session] = records_[-1].usage
        host.spool(records_)
    time.sleep(4)
    assert not host.spool_is_empty()

    host.start("policy")

    host.until(lambda: len(host.past("full-")) == len(expected), seconds=60)
    assert {each.session: each.usage for each in host.past("full-")} == expected


def test_configuration_is_one_that_freeradius_takes(host: "Host") -> None:
    Freeradius().check(host.configuration())


def fill(path: Path, *, leaving: int) -> None:
    with path.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            filler.truncate(filler.tell() - leaving)


def told(session: str, number: int) -> list[Accounting]:
    """Start, two interims and a Stop of ten minutes, the last of them first."""
    started = STARTED
    start = Accounting(
        status=Status.START,
        session=session,
        number=1,
        at=started,
        started=started,
        tunnel="user",
        name="alice@corp.contoso.com",
        device="laptop1",
        outer="198.51.100.20",
        inner="10.99.0.1",
        policy="VPN Users",
        class_="4f5c",
        interim=300,
    )
    first = replace(start, status=Status.INTERIM, number=2, at=started + 300, usage=Usage(in_octets=number))
    whole = Usage(in_octets=2**33 + number, out_octets=10 * number, in_packets=2**32 + number, out_packets=number)
    second = replace(first, number=3, at=started + 599, usage=Usage(in_octets=2**33))
    stop = replace(start, status=Status.STOP, number=4, at=started + 600, usage=whole, cause="Session-Timeout")
    return [start, first, second, stop]


@dataclass
class Host:
    """FreeRADIUS and a ledger in a namespace, and a gateway's bookkeeper that is fed through its spool directory."""

    directory: Path
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def ledger(self) -> Path:
        return self.directory / "ledger"

    @property
    def detail(self) -> Path:
        return self.directory / "detail"

    @property
    def gateway(self) -> Path:
        return self.directory / "gateway"

    def settings(self, answers: str = ANSWERS, ledger: str = "ledger") -> PolicySettings:
        return PolicySettings(
            tokens=Tokens(asks=Secret(ASKS), answers=Secret(answers)),
            policy=Policy.for_devices(
                domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management"
            ),
            store=self.directory / "store.db",
            decisions=self.directory / "decisions",
            ledger=self.directory / ledger,
        )

    def configuration(self) -> dict[str, str]:
        files = freeradius_files(
            address=ADDRESS,
            port=PORT - 1,
            vendor=32473,
            settings=self.settings(),
            clients=(RadiusClient(name=HostName("gateway1"), address=ADDRESS, secret=Secret(SECRET)),),
            spool=self.detail,
        )
        return {file.path.name: file.content for file in files}

    def start(self, name: str, *, answers: str = ANSWERS, secret: str = SECRET, ledger: str = "ledger") -> None:
        settings = self.directory / f"{ledger}.json"
        settings.write_text(documents.to_json(self.settings(answers, ledger)))
        argv = {
            "freeradius": ["freeradius", "-f", "-l", "stdout", "-d", str(self.directory), "-n", "radiusd"],
            "policy": [sys.executable, "-c", SERVICE, str(settings)],
            "gateway": [sys.executable, "-c", GATEWAY, str(self.gateway), str(ADDRESS), str(PORT), secret],
        }[name]
        with (self.directory / f"{name}.log").open("ab") as log:
            inside = ["ip", "netns", "exec", NAMESPACE, *argv]
            self.processes[name] = subprocess.Popen(inside, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def spool(self, told_: list[Accounting]) -> None:
        """Hands records to the gateway: the last one first, as a spool that was set back might."""
        fresh = self.gateway / f"{told_[0].session}.new"
        fresh.write_text(documents.to_json(tuple(reversed(told_))))
        fresh.rename(fresh.with_suffix(".json"))
        (self.gateway / "waiting").write_text("new")

    def send_as_another(self, status: str, session: str, *, delay: int = 0) -> bool:
        """A record as RRAS sends it: without a number. Whether it was answered."""
        lines = [
            f"Acct-Status-Type = {status}",
            f'Acct-Session-Id = "{session}"',
            "User-Name = 'CONTOSO\\\\a%{User-Name}'",
            'NAS-Identifier = "gateway9"',
            f"Acct-Delay-Time = {delay}",
            f"Acct-Session-Time = {0 if status == 'Start' else 100}",
        ]
        if status == "Stop":
            lines += ["Acct-Terminate-Cause = Idle-Timeout", "Acct-Input-Octets = 5", "Acct-Input-Gigawords = 1"]
            lines += ["Acct-Output-Octets = 6"]
        argv = [*RADCLIENT, "-t", "1", "-d", str(self.directory), "-S", str(self.directory / "secret")]
        done = subprocess.run(
            ["ip", "netns", "exec", NAMESPACE, *argv, f"{ADDRESS}:{PORT}", "acct"],
            input=", ".join(lines),
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        return "Received Accounting-Response" in done.stdout

    def spool_is_empty(self) -> bool:
        return (self.gateway / "waiting").read_text() == "0"

    def detail_is_empty(self) -> bool:
        return not any(path.stat().st_size for path in self.detail.glob("detail*"))

    def past(self, prefix: str) -> tuple[Session, ...]:
        if not (self.ledger / "ledger.db").exists():
            return ()
        found = sessions(self.ledger, Query(past=True, limit=100_000))
        return tuple(each for each in found if each.session.startswith(prefix))

    def until_past(self, session: str, *, seconds: float = 15) -> tuple[Session, ...]:
        self.until(lambda: bool(self.past(session)), seconds=seconds)
        return self.past(session)

    def records(self) -> tuple[Record, ...]:
        return tuple(records(self.ledger, since=0, until=2**32))

    def until(self, holds: Callable[[], bool], *, seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                logs = "\n".join(path.read_text()[-3000:] for path in sorted(self.directory.glob("*.log")))
                pytest.fail(f"it did not come to pass within {seconds} s\n{logs}")
            time.sleep(0.05)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    host = Host(tmp_path_factory.mktemp("ledger"))
    for path in (host.ledger, host.detail, host.gateway, host.directory / "impostor", host.directory / "decisions"):
        path.mkdir()
    for name, content in host.configuration().items():
        (host.directory / name).write_text(content)
    (host.directory / "secret").write_text(SECRET)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(host.detail)], check=True)
    subprocess.run(["ip", "netns", "add", NAMESPACE], check=True)
    try:
        for words in ("link set lo up", f"addr add {ADDRESS}/32 dev lo"):
            subprocess.run(["ip", "-n", NAMESPACE, *words.split()], check=True)
        for name in ("policy", "freeradius", "gateway"):
            host.start(name)
        yield host
    finally:
        for process in host.processes.values():
            process.kill()
            process.wait()
        subprocess.run(["ip", "netns", "del", NAMESPACE], check=True)
        subprocess.run(["umount", str(host.detail)], check=True)
