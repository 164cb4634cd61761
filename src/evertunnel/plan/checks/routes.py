"""The way of packets inside: from the gateway to inside hosts, and from them back to a pool."""

from collections.abc import Iterator

from evertunnel.plan.findings import Finding, error
from evertunnel.plan.hosts import Host, Nic, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import only_host
from evertunnel.values import HostName


def inner_firewall_neighbours_the_gateway(plan: Plan) -> Iterator[Finding]:
    """Refuses an inner firewall that cannot hand a pool's packets to the gateway."""
    gateway, inner = only_host(plan, Role.GATEWAY), only_host(plan, Role.INNER_FIREWALL)
    if gateway is None or inner is None or gateway.internal is None or inner.external is None:
        return
    if inner.external.address.network != gateway.internal.address.network:
        (name,) = plan.hosts_with(Role.INNER_FIREWALL)
        yield error(
            f"hosts.{name}.external.address",
            f"{inner.external.address} shares no network with the gateway's internal card ({gateway.internal.address})",
            f"Put it into {gateway.internal.address.network}: pools have no way back to the gateway otherwise.",
        )


def edge_firewall_neighbours_the_gateway(plan: Plan) -> Iterator[Finding]:
    """Refuses an edge firewall that cannot hand packets to the gateway's external card."""
    gateway, edge = only_host(plan, Role.GATEWAY), only_host(plan, Role.EDGE_FIREWALL)
    if gateway is None or edge is None or gateway.external is None or edge.internal is None:
        return
    if edge.internal.address.network != gateway.external.address.network:
        (name,) = plan.hosts_with(Role.EDGE_FIREWALL)
        yield error(
            f"hosts.{name}.internal.address",
            f"{edge.internal.address} shares no network with the gateway's external card ({gateway.external.address})",
            f"Put it into {gateway.external.address.network}.",
        )


def inside_hosts_route_pools_back(plan: Plan) -> Iterator[Finding]:
    """Refuses inside hosts whose answers to a pool address, or to the gateway, would not find the gateway."""
    gateway, inner = only_host(plan, Role.GATEWAY), only_host(plan, Role.INNER_FIREWALL)
    if gateway is None or gateway.internal is None:
        return
    firewall = inner.internal if inner else None
    for name, host in _inside_hosts(plan).items():
        if host.internal is None or host.internal.address.network == gateway.internal.address.network:
            continue
        if firewall is not None:
            yield from _behind_the_firewall(name, host.internal, firewall)
        elif not plan.hosts_with(Role.INNER_FIREWALL):
            yield _without_firewall(name, host.internal, gateway.internal)


def _inside_hosts(plan: Plan) -> dict[HostName, Host]:
    """The hosts that tunnels or the gateway itself speak with."""
    reached = {name for reach in plan.reach.values() for name in reach.hosts}
    asked = {name for role in (Role.RADIUS, Role.PUBLISHER) for name in plan.hosts_with(role)}
    filters = {name for role in (Role.GATEWAY, Role.INNER_FIREWALL) for name in plan.hosts_with(role)}
    return {name: host for name, host in plan.hosts.items() if name in (reached | asked) - filters}


def _without_firewall(name: HostName, card: Nic, gateway: Nic) -> Finding:
    return error(
        f"hosts.{name}.internal.address",
        f"{card.address} has no way back to the pools: it is not in the gateway's {gateway.address.network}",
        "Declare the inner firewall that routes between the two, or put the host into that network.",
    )


def _behind_the_firewall(name: HostName, card: Nic, inner: Nic) -> Iterator[Finding]:
    if card.next_hop != inner.address.ip:
        what = f"next hop {card.next_hop} is not the inner firewall" if card.next_hop else "no next hop"
        mend = f'Set next_hop = "{inner.address.ip}", the inner firewall\'s internal card.'
        yield error(f"hosts.{name}.internal.next_hop", f"{what}: answers to a pool would not come back", mend)


RULES = (
    edge_firewall_neighbours_the_gateway,
    inner_firewall_neighbours_the_gateway,
    inside_hosts_route_pools_back,
)
