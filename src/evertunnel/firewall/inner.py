"""The inner firewall's table: the gateway to RADIUS and publisher and back, pools to and from what reaches name."""

from evertunnel.firewall.model import Rule, Table, accept, base
from evertunnel.firewall.words import (
    NO_IPV6,
    any_of,
    card,
    dynamic_authorisation,
    firewall_itself,
    hosts_of,
    pools_with,
    radius_ports,
    to_ports,
)
from evertunnel.plan.certificates import PUBLISHER_PORT
from evertunnel.plan.hosts import Host, Role
from evertunnel.plan.model import Plan


def table(plan: Plan, host: Host) -> Table:
    """What stands between perimeter and inside. It knows no admission: the gateway's table does."""
    inward = f"iifname {card(host.external, 'inner firewall')} oifname {card(host.internal, 'inner firewall')}"
    outward = f"iifname {card(host.internal, 'inner firewall')} oifname {card(host.external, 'inner firewall')}"
    forward = base(
        "forward",
        NO_IPV6,
        *_gateway_rules(plan, inward, outward),
        *_reach_rules(plan, inward, outward),
        accept("ct direction reply ct state established"),
        accept("meta l4proto icmp ct state related"),
    )
    return Table(chains=(forward, *firewall_itself()))


def _gateway_rules(plan: Plan, inward: str, outward: str) -> tuple[Rule, ...]:
    gateways = any_of(host.internal.address.ip for host in plan.hosts_with(Role.GATEWAY).values() if host.internal)
    source = f"{inward} ip saddr {gateways} ip daddr"
    others = any_of(client.address for client in plan.radius.clients.values())
    to_radius = f"ip daddr {plan.inside_address(Role.RADIUS)} udp dport {radius_ports(plan)}"
    return (
        accept(f"{inward} ip saddr {gateways} {to_radius}"),
        *([accept(f"{inward} ip saddr {others} {to_radius}")] if plan.radius.clients else []),
        accept(f"{source} {plan.inside_address(Role.PUBLISHER)} tcp dport {PUBLISHER_PORT}"),
        accept(f"{outward} ip daddr {gateways} {dynamic_authorisation(plan)}"),
    )


def _reach_rules(plan: Plan, inward: str, outward: str) -> tuple[Rule, ...]:
    rules: list[Rule] = []
    for name, reach in sorted(plan.reach.items()):
        hosts, pools = hosts_of(plan, reach), pools_with(plan, name)
        if not pools:
            continue
        rules += to_ports(f"{inward} ip saddr {pools} ip daddr {hosts}", reach)
        if reach.manage_out:
            rules.append(accept(f"{outward} ip saddr {hosts} ip daddr {pools} tcp dport {any_of(reach.manage_out)}"))
    return tuple(rules)
