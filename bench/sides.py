"""Two labs of one topology side by side: the plan applied as a rehearsal does it, and engines configured by hand.

The same client, with the same certificates, starts tunnels in one and the other. The engines by hand (bare.py) have the
certificates, keys and proposals of ours, and forward everything.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

from bench import bare, timer

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.namespaces.warm import warm
from evertunnel.drivers.vici import Vici
from evertunnel.gateway.model import Connections
from evertunnel.gateway.render import CONNECTIONS
from evertunnel.lab import attempt
from evertunnel.lab.attempt import Attempt
from evertunnel.lab.hosts import Host
from evertunnel.lab.network import Lab, rehearsing
from evertunnel.lab.rundir import BASE
from evertunnel.lab.scenario import READY, Scenario, wait_for
from evertunnel.lab.strangers import PYTHON, Strangers, new_key
from evertunnel.lab.topology import STRANGER
from evertunnel.plan.hosts import Role
from evertunnel.plan.load import load
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.radius.model import CONFDIR

PLAN = Path("examples/contoso.toml")
TIMER = "/run/timer.py"
DEVICE = "visitor"
PAUSE = 0.15
ASK_SECONDS = 10.0
# Labs of one process are told apart by where they are kept.
BARE_BASE = BASE.with_name(f"{BASE.name}-bare")
IDENTITY = ("server.crt", "server.key", "root.crt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two labs, ready to be measured; `admits` where its gateway has admissions to wait for the end of."""

    name: str
    lab: Lab
    admits: bool

    def carry_out(self, order: timer.Order) -> timer.Log:
        """Starts tunnels, from nothing and a quiet machine, and ends them."""
        wait_for("the end of the last admission", lambda: {} if self._admitted() else {"none": True})
        time.sleep(PAUSE)
        path = Path(f"/proc/{self.lab.host(STRANGER).pid}/root{timer.SERVER}")
        answer = local_socket.ask(path, documents.to_json(order).encode(), order.seconds + ASK_SECONDS)
        return documents.from_json(timer.Log, answer, name="log")

    def host(self, role: Role) -> Host:
        """The host with a role."""
        return self.lab.host(next(iter(self.lab.plan.hosts_with(role))))

    def _admitted(self) -> bool:
        """Whether any address is admitted: nobody else is there. Both sides are asked, to be alike."""
        listed = [
            self.host(Role.GATEWAY).run(
                ["nft", "list", "set", "inet", "evertunnel", f"admitted_{reach}"], check=self.admits
            )
            for reach in self.lab.plan.reach
        ]
        return any("elements" in each.stdout for each in listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both, ours first, with the attempts that can be made in either."""

    ours: Side
    by_hand: Side
    strangers: Strangers

    @property
    def both(self) -> tuple[Side, Side]:
        """Ours first."""
        return self.ours, self.by_hand

    def device(self) -> Attempt:
        """A device tunnel."""
        scenario = self.strangers.scenario
        scenario.evertunnel(scenario.core, "device", "add", DEVICE, *scenario.device_groups())
        plan = scenario.plan
        return self._attempts((DEVICE,), Tunnel.DEVICE, plan.device_tunnel.reach)[0]

    def users(self, count: int) -> tuple[Attempt, ...]:
        """User tunnels of as many people."""
        scenario = self.strangers.scenario
        people = tuple(scenario.upn(f"user{number}") for number in range(count))
        scenario.evertunnel(scenario.core, "user", "add", *people, "--group", scenario.user_group())
        if scenario.plan.user_tunnel is None:
            raise SystemExit(f"{PLAN}: there is no user tunnel")
        return self._attempts(people, Tunnel.USER, scenario.plan.user_tunnel.reach)

    def _attempts(self, owners: Sequence[str], tunnel: Tunnel, reach_name: str) -> tuple[Attempt, ...]:
        reach = self.strangers.scenario.plan.reach[reach_name]
        target = self.ours.lab.address(reach.hosts[0])
        credentials = self.strangers.issue_all({owner: new_key() for owner in owners}, tunnel.value)
        return tuple(self.strangers.attempt(credentials[each], target=target, port=reach.tcp[0]) for each in owners)


@contextmanager
def side_by_side() -> Iterator[Sides]:
    """Makes both, and removes them again."""
    text = PLAN.read_text()
    plan = load(text, name=str(PLAN))
    with ExitStack() as stack:
        lab = stack.enter_context(rehearsing(plan, plan_name=str(PLAN)))
        scenario = Scenario(lab=lab, plan_text=text, program=stack.enter_context(warm(READY)))
        by_hand = Side(
            name="bare",
            lab=stack.enter_context(rehearsing(plan, plan_name=str(PLAN), base=BARE_BASE)),
            admits=False,
        )
        scenario.make_authority()
        _say("there are a root and an issuing authority")
        scenario.apply_core()
        _say("authority, directory, RADIUS and policy are on the inside host")
        scenario.apply_all()
        _say("every host of the plan is applied and verified")
        stack.enter_context(_client_on(scenario.host(STRANGER)))
        stack.enter_context(_bare(by_hand, scenario))
        stack.enter_context(_client_on(by_hand.lab.host(STRANGER)))
        _say("both sides are ready")
        yield Sides(
            ours=Side(name="ours", lab=lab, admits=True),
            by_hand=by_hand,
            strangers=Strangers(
                scenario=scenario, idle=Queue(), authorities=scenario.authorities(), second_key=new_key()
            ),
        )


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
def _bare(side: Side, scenario: Scenario) -> Iterator[None]:
    """A perimeter that forwards everything, and a gateway and a RADIUS server configured by hand."""
    plan, gateway, core = side.lab.plan, side.host(Role.GATEWAY), side.host(Role.RADIUS)
    ours = documents.from_json(Connections, scenario.gateway.read(CONNECTIONS), name="connections")
    _forward(side, plan, ours)
    settings = bare.Radius(
        address=plan.inside_address(Role.RADIUS),
        port=plan.radius.port,
        client=plan.inside_address(Role.GATEWAY),
        secret="bare-secret-bare-secret",  # noqa: S106 (of a server that lives for minutes, in a lab)
    )
    identity = {name: scenario.core.read(CONFDIR / name) for name in IDENTITY}
    for name, content in bare.authenticating(bare.RADIUS_DIRECTORY, settings, identity).items():
        core.write(bare.RADIUS_DIRECTORY / name, content)
    gateway.write(bare.CHARON_CONF, bare.strongswan_conf(settings))
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


def _forward(side: Side, plan: Plan, ours: Connections) -> None:
    routers = {
        name for role in (Role.EDGE_FIREWALL, Role.GATEWAY, Role.INNER_FIREWALL) for name in plan.hosts_with(role)
    }
    for name in routers:
        side.lab.host(name).put({"net.ipv4.ip_forward": "1"})
    (inner, inner_firewall), *_ = plan.hosts_with(Role.INNER_FIREWALL).items()
    if inner_firewall.external is None or inner_firewall.internal is None:
        raise SystemExit(f"{PLAN}: {inner} is no router")
    inside, hop = inner_firewall.internal.address.network, inner_firewall.external.address.ip
    side.host(Role.GATEWAY).run(["ip", "route", "add", str(inside), "via", str(hop)])
    for pool in bare.pools(ours).values():
        back = plan.inside_address(Role.GATEWAY)
        side.lab.host(inner).run(["ip", "route", "add", str(pool.network), "via", str(back)])


def _load(gateway: Host, ours: Connections) -> None:
    with closing(Vici(Path(f"/proc/{gateway.pid}/root{bare.SOCKET}"))) as charon:
        for pem in ours.authorities:
            charon.load_authority(pem)
        charon.load_key(ours.key.reveal())
        for pool in bare.pools(ours).values():
            charon.load_pool(pool.name, str(pool.network))
        for name, connection in bare.connections(ours).items():
            charon.load_conn(name, connection)


def _wait_socket(host: Host, path: Path) -> None:
    there = Path(f"/proc/{host.pid}/root{path}")
    wait_for(f"{path} on {host.name}", lambda: {"there": True} if there.exists() else {})


def _say(words: str) -> None:
    print(f"- {words}", flush=True)
