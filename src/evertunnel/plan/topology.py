"""What a plan says of networks: which cards there are, what lies inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from evertunnel.plan.hosts import Host, Nic, Role
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

PRIVATE = tuple(
    map(
        IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A network card with its place in the plan."""

    host: HostName
    path: str
    nic: Nic

    @property
    def network(self) -> IPv4Network:
        """The network that the card is connected to."""
        return self.nic.address.network

    @property
    def address(self) -> IPv4Address:
        """The card's own address."""
        return self.nic.address.ip


def cards(plan: Plan) -> Iterator[Card]:
    """All cards of all hosts, in the plan's order."""
    for name, host in plan.hosts.items():
        for side, nic in (("external", host.external), ("internal", host.internal)):
            if nic is not None:
                yield Card(host=name, path=f"hosts.{name}.{side}", nic=nic)


def only_host(plan: Plan, role: Role) -> Host | None:
    """The one host with a role; None when there is none, or several."""
    hosts = tuple(plan.hosts_with(role).values())
    return hosts[0] if len(hosts) == 1 else None


def is_private(address: IPv4Address) -> bool:
    """Whether an address cannot be reached from the internet (RFC 1918, 6598, 3927)."""
    return any(address in network for network in PRIVATE)
