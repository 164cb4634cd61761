"""Both firewalls and the gateway's own: what passes, and that nothing else does."""

from collections.abc import Callable
from functools import partial

from evertunnel.drivers.dynamic_values import PORT as DISCONNECT
from evertunnel.lab import probes
from evertunnel.lab.claim import Claim, Probe, Recorder, claim
from evertunnel.lab.hosts import Host
from evertunnel.lab.probes import CLOSED, NO_WAY, fact
from evertunnel.lab.topology import LAPTOP1, PRINTER, STRANGER
from evertunnel.lab.world import World
from evertunnel.plan.hosts import Role

# IKE_SA_INIT with an unknown exchange's length is dropped silently; a real header with no payload is answered.
IKE_INIT = bytes.fromhex("0123456789abcdef" + "00" * 8 + "00202208" + "00000000" + "0000001c")
PPTP, L2TP, SSTP, GRE = 1723, 1701, 443, 47


@claim(
    "edge",
    5,
    "The edge lets in UDP 500 and 4500 to the gateway and nothing else; no PPTP, L2TP or SSTP.",
    uses=(),
    needs=("gateway",),
)
def edge(world: World, note: Recorder) -> None:
    stranger, plan = world.host(STRANGER), world.scenario.plan
    gateway = str(plan.outside_address(Role.GATEWAY))
    server = world.scenario.gateway.start_call(
        "serve", pages={str(SSTP): "sstp\n", str(PPTP): "pptp\n"}, echoes=[L2TP, 7]
    )
    try:
        note.all(
            *(partial(probes.tcp, stranger, gateway, port, NO_WAY, timeout=0.3) for port in (PPTP, SSTP, 22)),
            *(partial(probes.udp, stranger, gateway, port, NO_WAY, timeout=0.3) for port in (L2TP, 7)),
            partial(probes.ping, stranger, gateway, NO_WAY, timeout=0.3),
            partial(probes.tcp, stranger, world.management[0], 80, NO_WAY, timeout=0.3),
        )
        if plan.hosts_with(Role.EDGE_FIREWALL):
            note(probes.tcp(stranger, str(plan.outside_address(Role.EDGE_FIREWALL)), 22, NO_WAY, timeout=0.3))
        note(_gre(world, world.host(STRANGER), "0 arrived"))
        with note.control():
            note(_gre(world, world.scenario.gateway, "1 arrived"))
            note(probes.udp(stranger, gateway, 500, payload=IKE_INIT))
            # The doors that did not open lead somewhere: on the gateway itself they answer.
            note(probes.tcp(world.scenario.gateway, gateway, SSTP))
    finally:
        server.kill()


@claim(
    "inner",
    5,
    "From the perimeter only RADIUS and the CRLs are reached; from inside nothing but the gateway's ear for RADIUS.",
    uses=(),
    needs=("inner",),
)
def inner(world: World, note: Recorder) -> None:
    gateway, plan = world.scenario.gateway, world.scenario.plan
    core = world.scenario.lab.address(world.scenario.core.name)
    printer, outside = world.host(PRINTER), str(plan.outside_address(Role.GATEWAY))
    note.all(
        *(partial(probes.tcp, gateway, target, 80, CLOSED, timeout=0.3) for target in world.management),
        partial(probes.tcp, gateway, core, 22, CLOSED, timeout=0.3),
        partial(probes.ping, printer, outside, NO_WAY, timeout=0.3),
        partial(probes.tcp, printer, world.scenario.lab.address(gateway.name), 22, NO_WAY, timeout=0.3),
    )
    note(_disconnect(world, printer, "0 arrived"))
    with note.control():
        note(_disconnect(world, world.scenario.core, "1 arrived"))
        note(probes.http(gateway, core, 80, "/issuing.crl"))
        note(probes.tcp(world.host(PRINTER), world.management[0], 80))


@claim("no-ipv6", 5, "Nothing passes by IPv6.", uses=(), needs=("gateway",))
def no_ipv6(world: World, note: Recorder) -> None:
    stranger, machines = world.host(STRANGER), world.scenario.lab.topology.machines
    gateway = next(str(card.address6.ip) for card in machines[world.scenario.gateway.name].cards if card.address6)
    router = next(str(card.address6.ip) for card in machines["internet"].cards[::-1] if card.address6)
    note.all(
        lambda: probes.ping(stranger, gateway, NO_WAY, timeout=0.3),
        lambda: probes.udp(stranger, gateway, 500, NO_WAY, payload=IKE_INIT, timeout=0.3),
    )
    with note.control():
        note(probes.ping(stranger, router))


@claim(
    "forwarding",
    5,
    "Forwarding, reverse path checks and return routes are as planned.",
    control=False,
    uses=(),
    needs=("inner", "laptop1"),
)
def forwarding(world: World, note: Recorder) -> None:
    plan = world.scenario.plan
    pool = plan.gateway.pools[plan.device_tunnel.pool].network
    routers = (Role.GATEWAY, Role.INNER_FIREWALL, Role.EDGE_FIREWALL)
    for host in (world.host(name) for role in routers for name in plan.hosts_with(role)):
        note(probes.command(host, ("cat", "/proc/sys/net/ipv4/ip_forward"), "1"))
    note(probes.command(world.scenario.gateway, ("ip", "-4", "route", "show", str(pool)), f"blackhole {pool}"))
    if not plan.hosts_with(Role.INNER_FIREWALL):
        return  # inside hosts have the gateway itself as their next hop
    inner_host = world.scenario.having(Role.INNER_FIREWALL)
    via = world.scenario.lab.address(world.scenario.gateway.name)
    note(probes.command(inner_host, ("ip", "-4", "route", "show", str(pool)), f"{pool} via {via}"))
    laptop = world.address(LAPTOP1)
    note(
        fact(
            inner_host.name,
            f"ip route get {laptop}",
            expected=via,
            observed=_via(inner_host.run(["ip", "route", "get", laptop]).stdout),
        )
    )


INNER = inner
OUTSIDE: tuple[Claim[World], ...] = (edge, no_ipv6, forwarding)


def _gre(world: World, sender: Host, expected: str) -> Probe:
    """Whether a GRE packet gets to the gateway's outside."""
    gateway = str(world.scenario.plan.outside_address(Role.GATEWAY))
    arrived = _arrived(world, "gre", "ip protocol gre", lambda: probes.protocol(sender, gateway, GRE))
    return fact(sender.name, f"nping --ip-proto gre {gateway}", expected=expected, observed=f"{arrived} arrived")


def _disconnect(world: World, sender: Host, expected: str) -> Probe:
    """Whether a datagram gets to where the gateway hears Disconnect and CoA (RFC 5176)."""
    gateway = world.scenario.lab.address(world.scenario.gateway.name)
    rule = f"udp dport {DISCONNECT} ip saddr {world.scenario.lab.address(sender.name)}"
    arrived = _arrived(world, "disconnect", rule, lambda: probes.udp(sender, gateway, DISCONNECT, NO_WAY, timeout=0.1))
    return fact(sender.name, f"nc -u {gateway} {DISCONNECT}", expected=expected, observed=f"{arrived} arrived")


def _arrived(world: World, name: str, rule: str, send: Callable[[], object]) -> str:
    """How many packets get through meanwhile: counted by a rule behind the gateway's own."""
    host, table = world.scenario.gateway, f"lab_{name}"
    counter = f"chain seen {{ type filter hook input priority 500; {rule} counter; }};"
    host.run(["nft", "-f", "-"], stdin=f"table inet {table} {{ {counter} }}")
    try:
        send()
        listed = host.run(["nft", "list", "table", "inet", table]).stdout
    finally:
        host.run(["nft", "delete", "table", "inet", table])
    return listed.partition("packets ")[2].split()[0]


def _via(said: str) -> str:
    words = said.split()
    return words[words.index("via") + 1] if "via" in words else said.strip()
