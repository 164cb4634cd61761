"""Measures how soon a person who is disabled is out: from the command to the last packet of their running stream.

    sudo .venv/bin/python -m bench.end [--count 200] [--crowd 1000] [--json FILE] [--date DATE]

A lab of the plan, with wider pools and a port for the stream. A crowd of devices has its tunnels up on two hosts:
real ones, all in the gateway's set and live in the ledger. On a third, people have theirs; one after the other sends a
packet every 5 ms to an inside server, which sends it back, and is disabled by `evertunnel user disable`. The last that
arrives on either end counts, however late it comes. A round later the people are enabled, and connect again. Takes
about seven minutes; everything is removed again.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from queue import Queue

from bench import common, sink, tunnels
from bench.tunnels import Do, Done, Order

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.namespaces.warm import warm
from evertunnel.errors import EvertunnelError
from evertunnel.lab import attempt, rehearsal
from evertunnel.lab.attempt import Attempt
from evertunnel.lab.hosts import Host
from evertunnel.lab.network import rehearsing
from evertunnel.lab.scenario import PROGRAM, READY, Scenario, wait_for
from evertunnel.lab.strangers import PYTHON, Credential, Strangers, new_key
from evertunnel.lab.topology import STRANGERS
from evertunnel.plan.load import load
from evertunnel.radius.model import STORE

PLAN = Path("examples/contoso.toml")
# The example's, made wide enough for the crowd, and the stream let through.
CHANGES = (
    ('network = "10.99.0.0/24"\nidentities = 100', 'network = "10.99.0.0/20"\nidentities = 2000'),
    ('hosts = ["intranet1"]\ntcp = [80]', f'hosts = ["intranet1"]\ntcp = [80]\nudp = [{sink.PORT}]'),
)
SERVER = "intranet1"
COUNT, CROWD, PEOPLE = 200, 1000, 20
AT_ONCE = 100  # certificates by one command
FLOWS_SECONDS = 0.2  # before somebody is disabled
QUIET_SECONDS = 0.2  # without a packet it is taken to be over; what comes later counts all the same
OVER_SECONDS = 5.0
GAP_SECONDS = 0.1  # a stream that stood still before the command says nothing
LIMIT = 1000.0
ASK_SECONDS = 10.0
# Where the store is: SQLite would follow a path through /proc to this machine's own files.
CHANGED = """
import json, sqlite3, sys
rows = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=5).execute("SELECT subject, at FROM outbox")
print(json.dumps(rows.fetchall()))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One person disabled; Unix times. The command wrote its change down at `changed`, just before the transaction."""

    name: str
    began: float
    ended: float  # the command's end
    outside: float  # the last packet that came back
    changed: float = 0.0
    inside: float = 0.0  # the last packet on the inside server
    packets: int = 0

    @property
    def last(self) -> float:
        """The last packet on either end."""
        return max(self.inside, self.outside)

    @property
    def flowed(self) -> bool:
        """Whether the stream ran until the person was disabled."""
        return self.packets > FLOWS_SECONDS / tunnels.EVERY / 2 and self.last > self.changed - GAP_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The lab with its people, ready to be measured."""

    scenario: Scenario
    clients: Host
    people: tuple[Attempt, ...]

    def measure(self, count: int) -> list[Run]:
        """Disables one after the other, in rounds; all that has come by the end counts."""
        runs = list(self._runs(count))
        changes = self._changes()
        arrived = [self._arrived(number) for number in range(count)]
        found = [
            replace(run, inside=come.last, packets=come.packets, changed=_first(changes, run.name, run.began))
            for run, come in zip(runs, arrived, strict=True)
        ]
        if still := [run for run in found if not run.flowed]:
            raise SystemExit(f"{len(still)} streams did not flow until their people were disabled: {still[0]}")
        return found

    def crowd(self) -> int:
        """How many devices are admitted."""
        reach = self.scenario.plan.device_tunnel.reach
        listed = self.scenario.gateway.run(["nft", "list", "set", "inet", "evertunnel", f"admitted_{reach}"]).stdout
        return listed.count("expires")

    def _runs(self, count: int) -> Iterator[Run]:
        for first in range(0, count, len(self.people)):
            addresses = self._connect()
            for number, person in zip(range(first, count), self.people, strict=False):
                yield self._run(number, person, addresses[person.identity])
            names = [person.identity for person in self.people]
            self.scenario.evertunnel(self.scenario.core, "user", "enable", *names)
            _say(f"{min(first + len(self.people), count)} of {count}")

    def _connect(self) -> dict[str, IPv4Address]:
        for number, person in enumerate(self.people):
            ask(self.clients, Order(do=Do.CONNECT, number=number, attempt=person))
        addresses = ask(self.clients, Order(do=Do.LIST)).addresses
        return {person.identity: addresses[tunnels.name_of(number)] for number, person in enumerate(self.people)}

    def _run(self, number: int, person: Attempt, address: IPv4Address) -> Run:
        ask(self.clients, Order(do=Do.STREAM, number=number, source=address, target=person.target, port=sink.PORT))
        time.sleep(FLOWS_SECONDS)
        began = time.time()
        # As an administrator types it: the lab's own commands are loaded beforehand.
        self.scenario.core.run([PROGRAM, "user", "disable", person.identity])
        ended = time.time()
        self._wait_quiet(number)
        back = ask(self.clients, Order(do=Do.END))
        return Run(name=person.identity, began=began, ended=ended, outside=back.last)

    def _wait_quiet(self, number: int) -> None:
        since = time.time()
        while self._arrived(number).last > time.time() - QUIET_SECONDS:
            if time.time() > since + OVER_SECONDS:
                raise SystemExit(f"packets still pass {OVER_SECONDS:g} s after the command")
            time.sleep(0.02)

    def _arrived(self, number: int) -> sink.Arrived:
        path = _inside(self.scenario.host(SERVER), sink.SERVER)
        answer = local_socket.ask(path, str(number).encode(), ASK_SECONDS)
        return documents.from_json(sink.Arrived, answer, name="arrived")

    def _changes(self) -> list[tuple[str, float]]:
        said = self.scenario.core.run([PYTHON, "-c", CHANGED, str(STORE)]).stdout
        return [(str(name), float(at)) for name, at in json.loads(said)]


def main() -> int:
    """Measures, prints, and writes the record."""
    parser = common.parser(__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="how often somebody is disabled")
    parser.add_argument("--crowd", type=int, default=CROWD, help="devices whose tunnels are up meanwhile")
    arguments = parser.parse_args()
    about = common.About.here("bench.end", arguments.date)
    with rehearsal.interruptible(), ExitStack() as stack:
        bench = prepared(stack, arguments.crowd)
        runs = bench.measure(arguments.count)
        crowd = bench.crowd()
    requirement = _requirement(runs)
    print("\n".join([*about.lines(), "", *table(runs, crowd), "", requirement.line()]))
    record = {"crowd": crowd, "runs": [asdict(run) for run in runs], "requirements": [requirement.record()]}
    common.write(arguments.json, {**about.record(), **record})
    return 0 if requirement.met and crowd == arguments.crowd else 1


def table(runs: Sequence[Run], crowd: int) -> list[str]:
    """The figures."""
    rows = {
        "from the command's start to the last packet": [run.last - run.began for run in runs],
        "    from its change of the store": [run.last - run.changed for run in runs],
        "        to the last that came inside": [run.inside - run.changed for run in runs],
        "    the command itself": [run.ended - run.began for run in runs],
    }
    lines = [common.Figures.of(seconds).row(what) for what, seconds in rows.items()]
    return [f"{crowd} devices were admitted all the while", "", common.Figures.head(), *lines]


def prepared(stack: ExitStack, crowd: int) -> Bench:
    """The plan applied, the crowd's tunnels up, and the people known."""
    text = _wider(PLAN.read_text())
    plan = load(text, name=str(PLAN))
    program = stack.enter_context(warm(READY))
    lab = stack.enter_context(rehearsing(plan, plan_name=str(PLAN)))
    scenario = Scenario(lab=lab, plan_text=text, program=program)
    scenario.make_authority()
    _say("there are a root and an issuing authority")
    scenario.apply_core()
    _say("authority, directory, RADIUS and policy are on the inside host")
    scenario.apply_all()
    _say("every host of the plan is applied and verified")
    people = [scenario.upn(f"person{number}") for number in range(PEOPLE)]
    devices = [f"device{number}" for number in range(crowd)]
    scenario.evertunnel(scenario.core, "user", "add", *people, "--group", scenario.user_group())
    if devices:
        scenario.evertunnel(scenario.core, "device", "add", *devices, *scenario.device_groups())
    strangers = Strangers(scenario=scenario, idle=Queue(), authorities=scenario.authorities(), second_key=new_key())
    clients, *others = (scenario.host(name) for name in STRANGERS)
    for host in (clients, *others):
        stack.enter_context(_programs_on(host))
    stack.enter_context(_sink_on(scenario.host(SERVER)))
    with ThreadPoolExecutor(max_workers=len(others)) as pool:
        shares = [devices[first :: len(others)] for first in range(len(others))]
        list(pool.map(lambda host, share: _bring_up(host, strangers, share), others, shares))
    return Bench(scenario=scenario, clients=clients, people=_attempts(strangers, people, "user"))


def ask(host: Host, order: Order) -> Done:
    """Has a host do something with its tunnels."""
    answer = local_socket.ask(_inside(host, tunnels.SERVER), documents.to_json(order).encode(), ASK_SECONDS)
    done = documents.from_json(Done, answer, name="done")
    if done.failure:
        raise SystemExit(f"{host.name}: {order.do.value} {order.number}: {done.failure}")
    return done


def _requirement(runs: Sequence[Run]) -> common.Requirement:
    slowest = max(run.last - run.changed for run in runs)
    return common.Requirement(what="from the change to the last packet, the worst", limit=LIMIT, seen=1000 * slowest)


def _wider(text: str) -> str:
    for old, new in CHANGES:
        if old not in text:
            raise SystemExit(f"{PLAN} does not have {old!r} any more")
        text = text.replace(old, new, 1)
    return text


def _attempts(strangers: Strangers, owners: Sequence[str], template: str) -> tuple[Attempt, ...]:
    """An attempt for each, at the first host of its reach; they share a key, because making one takes long."""
    plan, key = strangers.scenario.plan, new_key()
    held: dict[str, Credential] = {}
    for first in range(0, len(owners), AT_ONCE):
        held |= strangers.issue_all(dict.fromkeys(owners[first : first + AT_ONCE], key), template)
    tunnel = plan.user_tunnel if template == "user" and plan.user_tunnel else plan.device_tunnel
    target = strangers.scenario.lab.address(plan.reach[tunnel.reach].hosts[0])
    return tuple(strangers.attempt(held[owner], target=target, port=sink.PORT) for owner in owners)


def _bring_up(host: Host, strangers: Strangers, devices: Sequence[str]) -> None:
    for number, each in enumerate(_attempts(strangers, devices, "device")):
        ask(host, Order(do=Do.CONNECT, number=number, attempt=each))
    _say(f"{len(devices)} device tunnels of {host.name} are up")


@contextmanager
def _programs_on(host: Host) -> Iterator[None]:
    """A bare charon and what holds its tunnels."""
    # Each new address would have it look after all its tunnels.
    still = "kernel-netlink {\n      roam_events = no"
    host.write(attempt.CONF, attempt.strongswan_conf().replace("kernel-netlink {", still))
    charon = host.start(["/usr/sbin/charon-systemd"], environment={"STRONGSWAN_CONF": str(attempt.CONF)})
    with _running(host, tunnels.__file__, tunnels.SERVER):
        _wait_socket(host, attempt.SOCKET)
        yield
    charon.stop()


@contextmanager
def _sink_on(host: Host) -> Iterator[None]:
    with _running(host, sink.__file__, sink.SERVER):
        yield


@contextmanager
def _running(host: Host, program: str, socket: Path) -> Iterator[None]:
    copied = Path("/run") / Path(program).name
    host.write(copied, Path(program).read_text())
    process = host.start([PYTHON, str(copied)])
    try:
        _wait_socket(host, socket)
        yield
    finally:
        process.stop()


def _wait_socket(host: Host, path: Path) -> None:
    wait_for(f"{path} on {host.name}", lambda: {"there": True} if _inside(host, path).exists() else {})


def _inside(host: Host, path: Path) -> Path:
    return Path(f"/proc/{host.pid}/root{path}")


def _first(changes: Sequence[tuple[str, float]], name: str, since: float) -> float:
    return min(at for each, at in changes if each == name and at >= since)


def _say(words: str) -> None:
    print(f"- {words}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except EvertunnelError as error:
        sys.exit(f"{error}")
