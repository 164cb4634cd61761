"""Phrases of nft that more than one table uses."""

from collections.abc import Iterable

from evertunnel.drivers.dynamic_values import PORT
from evertunnel.firewall.model import Chain, Rule, accept, base, drop
from evertunnel.plan.hosts import Nic, Role
from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Reach

NO_IPV6 = drop("meta nfproto ipv6")


def any_of(values: Iterable[object]) -> str:
    """An anonymous set, sorted as text so that the same plan gives the same words."""
    return "{ " + ", ".join(sorted({str(value) for value in values})) + " }"


def card(nic: Nic | None, host: str) -> str:
    """The quoted name of a card that the host's role needs."""
    if nic is None:
        raise LookupError(f"the {host} lacks a network card; `evertunnel check` names it")
    return f'"{nic.interface}"'


def hosts_of(plan: Plan, reach: Reach) -> str:
    """The addresses that a reach names."""
    found = (plan.hosts[name].internal for name in reach.hosts)
    return any_of(nic.address.ip for nic in found if nic)


def pools_of(plan: Plan) -> str:
    """All pools."""
    return any_of(pool.network for pool in plan.gateway.pools.values())


def pools_with(plan: Plan, reach: str) -> str:
    """The pools of those who may be given a reach; empty when nobody may."""
    names = plan.pools_with(reach)
    return any_of(plan.gateway.pools[name].network for name in names) if names else ""


def dynamic_authorisation(plan: Plan) -> str:
    """Who may tell a gateway to ask again or to end a session, and where: the host of the policy service alone."""
    return f"ip saddr {plan.inside_address(Role.POLICY)} udp dport {PORT}"


def radius_ports(plan: Plan) -> str:
    """Authentication with authorisation, and accounting."""
    return any_of((plan.radius.port, plan.radius.port + 1))


def firewall_itself() -> tuple[Chain, ...]:
    """A firewall speaks when it wants and listens to answers; nobody speaks to it."""
    loopback = accept('iifname "lo"')
    incoming = base("input", loopback, NO_IPV6, accept("ct state established,related"))
    outgoing = base("output", drop('meta nfproto ipv6 oifname != "lo"'), policy="accept")
    return incoming, outgoing


def to_ports(match: str, reach: Reach) -> tuple[Rule, ...]:
    """Accepts what goes to a reach's ports, in any state: a port that left the plan is closed for old flows too."""
    rules = [accept(f"{match} {protocol} dport {any_of(ports)}") for protocol, ports in _ports(reach)]
    if reach.icmp:
        rules.append(accept(f"{match} icmp type echo-request"))
    return tuple(rules)


def from_ports(match: str, reach: Reach) -> tuple[Rule, ...]:
    """Accepts what comes back from a reach's ports, and only what comes back."""
    back = "ct direction reply ct state established"
    rules = [accept(f"{match} {protocol} sport {any_of(ports)} {back}") for protocol, ports in _ports(reach)]
    if reach.icmp:
        rules.append(accept(f"{match} icmp type echo-reply {back}"))
    return tuple(rules)


def _ports(reach: Reach) -> list[tuple[str, tuple[int, ...]]]:
    return [(protocol, ports) for protocol, ports in (("tcp", reach.tcp), ("udp", reach.udp)) if ports]
