"""The gateway's table: the latch before IKE, and admission by leased elements, both before connection tracking.

A packet of a tunnel meets, in this order: is it from or to an admitted address; which reach is that address's; is this
host and port in it. Connection tracking decides only there, and only for what comes back.
"""

from evertunnel.drivers.dynamic_values import PORT
from evertunnel.firewall.model import LATCH, AddressSet, Chain, Rule, Table, accept, base, drop, jump
from evertunnel.firewall.words import (
    NO_IPV6,
    any_of,
    card,
    dynamic_authorisation,
    from_ports,
    hosts_of,
    pools_of,
    radius_ports,
    to_ports,
)
from evertunnel.plan.certificates import PUBLISHER_PORT
from evertunnel.plan.gateway import Esp
from evertunnel.plan.hosts import Host, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Reach

# strongSwan's own ESP ends in a TUN interface; the kernel's leaves a mark on packet and route.
FROM_TUNNEL = {Esp.LIBIPSEC: 'iifname "ipsec*"', Esp.KERNEL: "meta ipsec exists"}
TO_TUNNEL = {Esp.LIBIPSEC: 'oifname "ipsec*"', Esp.KERNEL: "rt ipsec exists"}
BACK = "ct direction reply ct state established"
ANSWERS = f"udp sport {PORT} {BACK}"  # to what the gateway was told


def admitted(reach: str) -> str:
    """The set of admitted addresses of a reach."""
    return f"admitted_{reach}"


def table(plan: Plan, host: Host) -> Table:
    """What stands on the gateway itself."""
    reaches = sorted(plan.reach.items())
    inside = card(host.internal, "gateway")
    sets = [AddressSet(name=admitted(name), definition="type ipv4_addr; flags timeout;") for name, _ in reaches]
    chains = [chain for name, reach in reaches for chain in _reach_chains(plan, inside, name, reach)]
    return Table(
        sets=(AddressSet(name=LATCH, definition="type inet_service;"), *sets),
        chains=(*chains, _input(plan, host), _forward(plan), _output(plan, host), _postrouting(plan, host)),
    )


def _input(plan: Plan, host: Host) -> Chain:
    outside, inside = card(host.external, "gateway"), card(host.internal, "gateway")
    return base(
        "input",
        accept('iifname "lo"'),
        NO_IPV6,
        drop(FROM_TUNNEL[plan.gateway.esp]),
        accept(f"iifname {outside} udp dport @{LATCH}"),
        # An established flow must not pass a closed latch, so this comes before connection tracking.
        drop(f"iifname {outside} udp dport {{ 500, 4500 }}"),
        accept(f"iifname {inside} {BACK}"),
        accept(f"iifname {inside} {dynamic_authorisation(plan)}"),
        accept(f"iifname {{ {inside}, {outside} }} meta l4proto icmp ct state related"),
    )


def _forward(plan: Plan) -> Chain:
    incoming, outgoing = FROM_TUNNEL[plan.gateway.esp], TO_TUNNEL[plan.gateway.esp]
    pools = pools_of(plan)
    names = sorted(plan.reach)
    return base(
        "forward",
        NO_IPV6,
        drop(f"{incoming} {outgoing}"),
        drop(f"ip saddr {pools} ip daddr {pools}"),
        *(jump(f"{incoming} ip saddr @{admitted(name)}", f"reach_{name}") for name in names),
        drop(incoming),
        *(jump(f"{outgoing} ip daddr @{admitted(name)}", f"back_{name}") for name in names),
        drop(outgoing),
    )


def _output(plan: Plan, host: Host) -> Chain:
    outside, inside = card(host.external, "gateway"), card(host.internal, "gateway")
    outgoing, pools = TO_TUNNEL[plan.gateway.esp], pools_of(plan)
    # The gateway tells admitted devices that a packet was too large, and nothing else.
    too_large = [
        accept(f"{outgoing} ip daddr @{admitted(name)} icmp type destination-unreachable ct state related")
        for name in sorted(plan.reach)
    ]
    return base(
        "output",
        accept('oifname "lo"'),
        NO_IPV6,
        *too_large,
        drop(f"ip daddr {pools}"),
        drop(f"ip saddr {pools}"),
        accept(f"oifname {outside} udp sport {{ 500, 4500 }}"),
        accept(f"oifname {inside} ip daddr {plan.inside_address(Role.RADIUS)} udp dport {radius_ports(plan)}"),
        accept(f"oifname {inside} ip daddr {plan.inside_address(Role.PUBLISHER)} tcp dport {PUBLISHER_PORT}"),
        accept(f"oifname {inside} ip daddr {plan.inside_address(Role.POLICY)} {ANSWERS}"),
        accept(f"oifname {{ {inside}, {outside} }} meta l4proto icmp ct state related"),
    )


def _postrouting(plan: Plan, host: Host) -> Chain:
    """Whatever the other chains and the routes say: no address of a pool leaves in clear toward the internet."""
    outside, pools = card(host.external, "gateway"), pools_of(plan)
    clear = "" if plan.gateway.esp is Esp.LIBIPSEC else " rt ipsec missing"
    leaves = f"oifname {outside}{clear}"
    return base("postrouting", drop(f"{leaves} ip saddr {pools}"), drop(f"{leaves} ip daddr {pools}"), policy="accept")


def _reach_chains(plan: Plan, inside: str, name: str, reach: Reach) -> tuple[Chain, Chain]:
    hosts = hosts_of(plan, reach)
    there, back = f"oifname {inside} ip daddr {hosts}", f"iifname {inside} ip saddr {hosts}"
    ports = any_of(reach.manage_out)
    answers: list[Rule] = [accept(f"{there} tcp sport {ports} {BACK}")] if reach.manage_out else []
    manage_out: list[Rule] = [accept(f"{back} tcp dport {ports}")] if reach.manage_out else []
    too_large = "meta l4proto icmp ct state related"
    return (
        Chain(name=f"reach_{name}", rules=(*to_ports(there, reach), *answers, accept(f"{there} {too_large}"))),
        Chain(
            name=f"back_{name}", rules=(*from_ports(back, reach), *manage_out, accept(f"iifname {inside} {too_large}"))
        ),
    )
