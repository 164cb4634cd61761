"""Whether a gateway's public name leads to it, as far as this host can see."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from evertunnel.drivers.host.processes import run
from evertunnel.errors import EngineError
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import is_private
from evertunnel.reconcile import Evidence
from evertunnel.values import Fqdn, HostName

PATIENCE = 15.0
PART = "public name"
THERE = "(to be asked there: evertunnel check PLAN --outside)"

Resolve = Callable[[Fqdn], tuple[IPv4Address, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """The name that clients use, and the address that they must get for it."""

    name: Fqdn
    address: IPv4Address

    @property
    def record(self) -> str:
        """The line as a zone file has it."""
        return f"{self.name}. IN A {self.address}"


def of(plan: Plan, host: HostName) -> Public | None:
    """What the world must see of a gateway; where its own address is private, the edge firewall stands for it."""
    external = plan.hosts[host].external
    if Role.GATEWAY not in plan.hosts[host].roles or external is None:
        return None
    edges = [edge.external.address.ip for edge in plan.hosts_with(Role.EDGE_FIREWALL).values() if edge.external]
    address = edges[0] if is_private(external.address.ip) and edges else external.address.ip
    return Public(name=plan.gateway.name, address=address)


def names(plan: Plan) -> tuple[Public, ...]:
    """All names in the public zone, each with the address that its owner must set."""
    more = [name for name in plan.gateway.extra_names if name.is_within(plan.organisation.public_domain)]
    found = (of(plan, host) for host in plan.hosts_with(Role.GATEWAY))
    return tuple(
        Public(name=name, address=each.address) for each in found if each for name in dict.fromkeys((each.name, *more))
    )


def getent(name: Fqdn) -> tuple[IPv4Address, ...]:
    """What this host's resolver (getaddrinfo) says; nothing when it says nothing."""
    try:
        found = run(["getent", "ahostsv4", name], timeout=PATIENCE)
    except EngineError:
        return ()
    return tuple(dict.fromkeys(IPv4Address(line.split()[0]) for line in found.splitlines() if line.strip()))


def look(public: Public, resolve: Resolve = getent) -> Evidence:
    """Fails only when the name leads elsewhere: a host that cannot resolve it proves nothing against it."""
    found = resolve(public.name)
    outside = [address for address in found if not address.is_loopback]
    held, said = not outside or public.address in outside, ", ".join(map(str, found))
    if not found:
        what = f"{public.name} does not resolve here; outside it must be {public.address} {THERE}"
    elif not outside:
        what = f"{public.name} is {said} here, by this host's own list; outside it must be {public.address} {THERE}"
    elif held:
        what = f"{public.name} is {said}"
    else:
        what = f"{public.name} is {said}, and must be {public.address}: set it in the public zone (plan records)"
    return Evidence(part=PART, held=held, what=what)
