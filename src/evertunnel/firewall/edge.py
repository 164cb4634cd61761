"""The edge firewall's table: to the gateway IKE alone, and what the plan publishes; out go answers alone.

PPTP (TCP 1723, GRE), L2TP (UDP 1701) and SSTP (TCP 443) are thus refused without being named.
"""

from evertunnel.firewall.model import Table, accept, base
from evertunnel.firewall.words import NO_IPV6, any_of, card, firewall_itself
from evertunnel.plan.hosts import Host, Nic, Role
from evertunnel.plan.model import Plan


def table(plan: Plan, host: Host) -> Table:
    """What stands between internet and perimeter."""
    inward = f"iifname {card(host.external, 'edge firewall')} oifname {card(host.internal, 'edge firewall')}"
    outward = f"iifname {card(host.internal, 'edge firewall')} oifname {card(host.external, 'edge firewall')}"
    gateways = [gateway.external.address.ip for gateway in plan.hosts_with(Role.GATEWAY).values() if gateway.external]
    published = [
        accept(f"{inward} ip daddr {nic.address.ip} {each.protocol.value} dport {each.port}")
        for each in plan.firewall.publish
        if (nic := _perimeter_card(plan.hosts[each.host]))
    ]
    forward = base(
        "forward",
        NO_IPV6,
        accept(f"{inward} ip daddr {any_of(gateways)} udp dport {{ 500, 4500 }}"),
        *published,
        # Without these a path with a smaller MTU swallows packets.
        accept(f"{inward} meta l4proto icmp ct state related"),
        accept(f"{outward} ct direction reply ct state established"),
        accept(f"{outward} meta l4proto icmp ct state related"),
    )
    return Table(chains=(forward, *firewall_itself()))


def _perimeter_card(host: Host) -> Nic | None:
    return host.external or host.internal
