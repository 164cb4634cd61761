"""Measures a device tunnel from its start to the first answered packet: ours beside a bare charon, in one run.

    sudo .venv/bin/python -m bench.connect [--count 100] [--json FILE] [--date DATE]

Two labs of one topology stand side by side: one with the plan applied as a rehearsal does it, one with charon and
FreeRADIUS configured by hand (bare.py). The same client with the same certificate starts a tunnel in one and the other,
by turns. Before each start in ours it is made sure that the gateway admits nothing from before. Takes a minute or two;
everything is removed again.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from statistics import median

from bench import bare, common, timer

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.namespaces.warm import warm
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EvertunnelError
from evertunnel.gateway.model import Connections
from evertunnel.gateway.render import CONNECTIONS
from evertunnel.lab import attempt, rehearsal
from evertunnel.lab.hosts import Host
from evertunnel.lab.network import Lab, rehearsing
from evertunnel.lab.rundir import BASE
from evertunnel.lab.scenario import READY, Scenario, wait_for
from evertunnel.lab.strangers import PYTHON, Strangers
from evertunnel.lab.topology import STRANGER
from evertunnel.plan.hosts import Role
from evertunnel.plan.load import load
from evertunnel.plan.model import Plan

PLAN = Path("examples/contoso.toml")
TIMER = "/run/timer.py"
DEVICE = "visitor"
WARM_UP = 5
COUNT = 100
EVERY = 0.001
PAUSE = 0.15
LIMIT = 5.0
ASK_SECONDS = 10.0
# Labs of one process are told apart by where they are kept.
BARE_BASE = BASE.with_name(f"{BASE.name}-bare")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two labs, ready to be measured; `admits` where its gateway has admissions to wait for the end of."""

    name: str
    lab: Lab
    order: timer.Order
    admits: bool

    def start(self) -> timer.Times:
        """Starts one tunnel, from nothing and a quiet machine, and ends it."""
        wait_for("the end of the last admission", lambda: {} if self._admitted() else {"none": True})
        time.sleep(PAUSE)
        return self._ask()

    def _ask(self) -> timer.Times:
        path = Path(f"/proc/{self.lab.host(STRANGER).pid}/root{timer.SERVER}")
        answer = local_socket.ask(path, documents.to_json(self.order).encode(), ASK_SECONDS)
        times = documents.from_json(timer.Times, answer, name="times")
        if times.failure:
            raise SystemExit(f"{self.name}: {times.failure}")
        return times

    def _admitted(self) -> bool:
        """Whether any address is admitted: the device is the only one there. Both sides are asked, to be alike."""
        plan = self.lab.plan
        gateway = self.lab.host(next(iter(plan.hosts_with(Role.GATEWAY))))
        admitted = f"admitted_{plan.device_tunnel.reach}"
        listed = gateway.run(["nft", "list", "set", "inet", "evertunnel", admitted], check=self.admits)
        return "elements" in listed.stdout


def main() -> int:
    """Measures, prints, and writes the record."""
    parser = common.parser(__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="starts on each side after the warm-up")
    arguments = parser.parse_args()
    about = common.About.here("bench.connect", arguments.date)
    with rehearsal.interruptible(), ExitStack() as stack:
        sides = _sides(stack)
        times = measure(sides, arguments.count)
    requirement = _requirement(times)
    print("\n".join([*about.lines(), "", *table(times), "", requirement.line()]))
    common.write(arguments.json, {**about.record(), **_record(times), "requirements": [requirement.record()]})
    return 0


def measure(sides: Sequence[Side], count: int) -> dict[str, list[timer.Times]]:
    """Both sides by turns, so that a busy moment of the machine meets both; who is first changes from turn to turn."""
    times: dict[str, list[timer.Times]] = {side.name: [] for side in sides}
    for number in range(-WARM_UP, count):
        for side in sides if number % 2 else reversed(sides):
            taken = side.start()
            if number >= 0:
                times[side.name].append(taken)
    return times


def table(times: dict[str, list[timer.Times]]) -> list[str]:
    """The figures of both sides, whole and by stage."""
    lines = [common.Figures.head()]
    for name, taken in times.items():
        lines.append(common.Figures.of([each.answered for each in taken]).row(f"{name}: to the first answered packet"))
        lines.append(common.Figures.of([each.up for each in taken]).row("    to CHILD up"))
        lines.append(common.Figures.of([each.answered - each.up for each in taken]).row("    from there to the answer"))
    return lines


def _requirement(times: dict[str, list[timer.Times]]) -> common.Requirement:
    one, other = (median(each.answered for each in taken) for taken in times.values())
    return common.Requirement(what="ours over bare at the median", limit=LIMIT, seen=round(1000 * (one - other), 3))


def _record(times: dict[str, list[timer.Times]]) -> dict[str, object]:
    return {"knock_every_seconds": EVERY, "times": {name: documents.write(taken) for name, taken in times.items()}}


def _sides(stack: ExitStack) -> tuple[Side, Side]:
    text = PLAN.read_text()
    plan = load(text, name=str(PLAN))
    lab = stack.enter_context(rehearsing(plan, plan_name=str(PLAN)))
    scenario = Scenario(lab=lab, plan_text=text, program=stack.enter_context(warm(READY)))
    other = stack.enter_context(rehearsing(plan, plan_name=str(PLAN), base=BARE_BASE))
    scenario.found(_say)
    scenario.apply_all()
    scenario.evertunnel(scenario.core, "device", "add", DEVICE, *scenario.device_groups())
    _say("every host of the plan is applied and verified")
    stack.enter_context(_client_on(scenario.host(STRANGER)))
    ours = documents.from_json(Connections, scenario.gateway.read(CONNECTIONS), name="connections")
    stack.enter_context(_bare(other, ours))
    stack.enter_context(_client_on(other.host(STRANGER)))
    order = timer.Order(attempt=_attempt(scenario), every=EVERY)
    _say("both sides are ready")
    return Side(name="ours", lab=scenario.lab, order=order, admits=True), Side(
        name="bare charon", lab=other, order=order, admits=False
    )


def _attempt(scenario: Scenario) -> attempt.Attempt:
    plan = scenario.plan
    strangers = Strangers(scenario=scenario, idle=Queue(), authorities=scenario.authorities())
    reach = plan.reach[plan.device_tunnel.reach]
    target = scenario.lab.address(reach.hosts[0])
    credential = strangers.issued(DEVICE)
    return strangers.attempt(credential, target=target, port=reach.tcp[0])


@contextmanager
def _client_on(host: Host) -> Iterator[None]:
    """A bare charon and the timer on a host."""
    host.write(attempt.CONF, attempt.strongswan_conf())
    host.write(TIMER, Path(timer.__file__).read_text())
    charon = host.start(["/usr/sbin/charon-systemd"], environment={"STRONGSWAN_CONF": str(attempt.CONF)})
    server = host.start([PYTHON, TIMER])
    try:
        for path in (attempt.SOCKET, timer.SERVER):
            _wait_socket(host, path)
        yield
    finally:
        server.stop()
        charon.stop()


@contextmanager
def _bare(lab: Lab, ours: Connections) -> Iterator[None]:
    """A perimeter that forwards everything, and a gateway and a RADIUS server configured by hand."""
    plan = lab.plan
    gateway, core = (lab.host(next(iter(plan.hosts_with(role)))) for role in (Role.GATEWAY, Role.RADIUS))
    _forward(lab, plan, ours)
    files = bare.freeradius(
        bare.RADIUS_DIRECTORY,
        plan.inside_address(Role.RADIUS),
        plan.radius.port,
        client=plan.inside_address(Role.GATEWAY),
        secret="bare-secret-bare-secret",  # noqa: S106 (nobody is let in by it)
    )
    for name, content in files.items():
        core.write(bare.RADIUS_DIRECTORY / name, content)
    gateway.write(bare.CHARON_CONF, bare.STRONGSWAN)
    charon = gateway.start(["/usr/sbin/charon-systemd"], environment={"STRONGSWAN_CONF": str(bare.CHARON_CONF)})
    radius = core.start(bare.freeradius_command(bare.RADIUS_DIRECTORY))
    try:
        _wait_socket(gateway, bare.SOCKET)
        _load(gateway, ours)
        yield
        if radius.poll() is not None:
            raise SystemExit(f"the FreeRADIUS configured by hand ended: {radius.output()}")
    finally:
        radius.stop()
        charon.stop()


def _forward(lab: Lab, plan: Plan, ours: Connections) -> None:
    routers = {
        name for role in (Role.EDGE_FIREWALL, Role.GATEWAY, Role.INNER_FIREWALL) for name in plan.hosts_with(role)
    }
    for name in routers:
        lab.host(name).put({"net.ipv4.ip_forward": "1"})
    (inner, inner_firewall), *_ = plan.hosts_with(Role.INNER_FIREWALL).items()
    gateway = lab.host(next(iter(plan.hosts_with(Role.GATEWAY))))
    if inner_firewall.external is None or inner_firewall.internal is None:
        raise SystemExit(f"{PLAN}: {inner} is no router")
    inside, hop = inner_firewall.internal.address.network, inner_firewall.external.address.ip
    gateway.run(["ip", "route", "add", str(inside), "via", str(hop)])
    pool, back = ours.device.pool.network, plan.inside_address(Role.GATEWAY)
    lab.host(inner).run(["ip", "route", "add", str(pool), "via", str(back)])


def _load(gateway: Host, ours: Connections) -> None:
    with closing(Vici(Path(f"/proc/{gateway.pid}/root{bare.SOCKET}"))) as charon:
        for pem in ours.authorities:
            charon.load_authority(pem)
        charon.load_key(ours.key.reveal())
        charon.load_pool(bare.POOL, str(ours.device.pool.network))
        charon.load_conn(bare.CONNECTION, bare.connection(ours))


def _wait_socket(host: Host, path: Path) -> None:
    there = Path(f"/proc/{host.pid}/root{path}")
    wait_for(f"{path} on {host.name}", lambda: {"there": True} if there.exists() else {})


def _say(words: str) -> None:
    print(f"- {words}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except EvertunnelError as error:
        sys.exit(f"{error}")
