"""What the owner of a firewall that Evertunnel does not run has to set there: what ours would do in its place."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from evertunnel.documents import step
from evertunnel.drivers.dynamic_values import PORT as DYNAMIC_AUTHORISATION
from evertunnel.plan.certificates import PUBLISHER_PORT
from evertunnel.plan.findings import Finding, warning
from evertunnel.plan.hosts import Host, Mode, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Reach
from evertunnel.values import HostName

MEND = "Set it there: Evertunnel sets nothing on an external host"
Ends = tuple[IPv4Address | IPv4Network, ...]


def owners_of_edge_firewalls_are_told(plan: Plan) -> Iterator[Finding]:
    """Warns of what the owner of an edge firewall has to let in."""
    for name in _external(plan, Role.EDGE_FIREWALL):
        yield from (_to_set(name, what) for what in _at_the_edge(plan))


def owners_of_inner_firewalls_are_told(plan: Plan) -> Iterator[Finding]:
    """Warns of what the owner of an inner firewall has to let through, and where it has to route the pools."""
    for name in _external(plan, Role.INNER_FIREWALL):
        yield from (_to_set(name, what) for what in _between_perimeter_and_inside(plan))


def _external(plan: Plan, role: Role) -> list[HostName]:
    return [name for name, host in plan.hosts_with(role).items() if host.mode is Mode.EXTERNAL]


def _to_set(host: HostName, what: str) -> Finding:
    return warning(f"hosts.{host}.mode", f"its owner has to {what}", f"{MEND}.")


def _at_the_edge(plan: Plan) -> Iterator[str]:
    gateways = tuple(host.external.address.ip for host in plan.hosts_with(Role.GATEWAY).values() if host.external)
    if gateways:
        yield f"let in UDP 500, 4500 to {_list(gateways)} (IKEv2 to the gateway)"
    for each in plan.firewall.publish:
        for address in _perimeter_addresses(plan.hosts.get(each.host)):
            yield f"let in {each.protocol.value.upper()} {each.port} to {address} (published: {each.host})"
    yield "let out from these nothing but answers, and let through ICMP errors about them, both ways"


def _perimeter_addresses(host: Host | None) -> Ends:
    nic = (host.external or host.internal) if host else None
    return (nic.address.ip,) if nic else ()


def _between_perimeter_and_inside(plan: Plan) -> Iterator[str]:
    gateways, radius = _inside(plan, Role.GATEWAY), _inside(plan, Role.RADIUS)
    clients = tuple(client.address for client in plan.radius.clients.values())
    asking = _ports("UDP", (plan.radius.port, plan.radius.port + 1))
    yield from _let(asking, (*gateways, *clients), radius, "RADIUS")
    yield from _let(f"TCP {PUBLISHER_PORT}", gateways, _inside(plan, Role.PUBLISHER), "revocation lists")
    yield from _let(f"UDP {DYNAMIC_AUTHORISATION}", _inside(plan, Role.POLICY), gateways, "dynamic authorisation")
    for name, reach in plan.reach.items():
        yield from _reached(plan, step("reach", name), reach, _pools(plan, plan.pools_with(name)))
    yield "let through answers to these, and ICMP errors about them, both ways"
    if gateways:
        yield f"route {_list(_pools(plan, plan.gateway.pools))} to {_list(gateways)} (the pools, to the gateway)"


def _reached(plan: Plan, name: str, reach: Reach, pools: Ends) -> Iterator[str]:
    hosts = tuple(card.address.ip for each in reach.hosts if (host := plan.hosts.get(each)) and (card := host.internal))
    for protocol, ports in (("TCP", reach.tcp), ("UDP", reach.udp)):
        if ports:
            yield from _let(_ports(protocol, ports), pools, hosts, name)
    if reach.icmp:
        yield from _let("ICMP echo requests", pools, hosts, name)
    if reach.manage_out:
        yield from _let(_ports("TCP", reach.manage_out), hosts, pools, f"{name}, manage-out")


def _let(what: str, sources: Ends, targets: Ends, why: str) -> Iterator[str]:
    if sources and targets:
        yield f"let through {what} from {_list(sources)} to {_list(targets)} ({why})"


def _inside(plan: Plan, role: Role) -> Ends:
    return tuple(host.internal.address.ip for host in plan.hosts_with(role).values() if host.internal)


def _pools(plan: Plan, names: Iterable[str]) -> Ends:
    return tuple(plan.gateway.pools[name].network for name in names if name in plan.gateway.pools)


def _ports(protocol: str, ports: Iterable[int]) -> str:
    return f"{protocol} {_list(ports)}"


def _list(values: Iterable[object]) -> str:
    return ", ".join(dict.fromkeys(map(str, values)))


RULES = (owners_of_edge_firewalls_are_told, owners_of_inner_firewalls_are_told)
