"""Which hosts and links the lab needs: the plan's own, and internet, homes and laptops around them. Pure."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface

from evertunnel.errors import DocumentError, Problem
from evertunnel.plan.hosts import Host, Mode, Nic, Role
from evertunnel.plan.model import Plan

CAFE = IPv4Network("198.51.100.0/24")
HOME = IPv4Network("192.168.178.0/24")
INTERNET, HOMEROUTER, PRINTER = "internet", "homerouter", "printer1"
LAPTOP1, LAPTOP2, STRANGER = "laptop1", "laptop2", "stranger"
LAPTOPS = (LAPTOP1, LAPTOP2)
STRANGERS = (STRANGER, *(f"stranger{number}" for number in range(2, 7)))  # so that several try at once
STRANGER_NUMBER = 66
PRINTER_NUMBER = 66  # the last number of its address: 10.0.0.66
HTTP, WINRM, ECHO = 80, 5985, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A network card, plugged into the network of its address."""

    interface: str
    address: IPv4Interface
    next_hop: IPv4Address | None = None
    address6: IPv6Interface | None = None
    next_hop6: str | None = None

    @property
    def network(self) -> IPv4Network:
        """The network, which names the segment."""
        return self.address.network


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A host of the lab before it exists."""

    name: str
    cards: tuple[Card, ...]
    fqdn: str = ""
    managed: bool = False  # Evertunnel's own apply runs there
    forwards: bool = False  # the lab makes it a router; on managed hosts that is for apply to do
    masquerades: str | None = None  # the interface behind which it hides others
    routes: tuple[tuple[str, str], ...] = ()  # network, next hop
    names: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)  # port to HTTP page


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """All machines; a segment is what cards of one network share."""

    machines: dict[str, Machine]

    @property
    def segments(self) -> tuple[IPv4Network, ...]:
        """The networks, in the order in which cards name them."""
        return tuple(dict.fromkeys(card.network for machine in self.machines.values() for card in machine.cards))

    def address(self, name: str) -> IPv4Address:
        """The first address of a machine; for those of the plan with an internal card, that one."""
        return self.machines[name].cards[-1].address.ip


def of(plan: Plan) -> Topology:
    """The topology of a plan."""
    _refuse_overlaps(plan)
    machines = [*_planned(plan), _printer(plan), *_around(plan)]
    return Topology(machines={machine.name: machine for machine in machines})


def _refuse_overlaps(plan: Plan) -> None:
    problems = [
        Problem(
            path=f"hosts.{name}",
            what=f"{nic.address} lies in {network}, which a rehearsal uses for laptops",
            mend="Rehearse with another network",
        )
        for name, host in plan.hosts.items()
        for nic in _nics(host)
        for network in (CAFE, HOME)
        if nic.address.network.overlaps(network)
    ]
    if problems:
        raise DocumentError("rehearsal", problems)


def _planned(plan: Plan) -> list[Machine]:
    return [
        Machine(
            name=name,
            fqdn=f"{name}.{plan.organisation.domain}",
            cards=tuple(_card(plan, host, nic) for nic in _nics(host)),
            managed=host.mode is Mode.MANAGED,
            names=_inside_names(plan),
            pages=_pages(plan, name, host),
        )
        for name, host in plan.hosts.items()
    ]


def _card(plan: Plan, host: Host, nic: Nic) -> Card:
    segments = _segments6(plan)
    if nic.address.network not in segments:
        return Card(interface=nic.interface, address=nic.address, next_hop=nic.next_hop)
    prefix = segments[nic.address.network]
    return Card(
        interface=nic.interface,
        address=nic.address,
        next_hop=nic.next_hop,
        address6=_address6(prefix, nic.address.ip),
        next_hop6=f"{prefix}{_number(nic.next_hop):x}" if nic.next_hop and nic is host.external else None,
    )


def _pages(plan: Plan, name: str, host: Host) -> dict[str, str]:
    if host.mode is not Mode.EXTERNAL or Role.SERVER not in host.roles:
        return {}
    ports = {HTTP, *(port for reach in plan.reach.values() if name in reach.hosts for port in reach.tcp)}
    return {str(port): f"{name} port {port}\n" for port in sorted(ports)}


def _printer(plan: Plan) -> Machine:
    """An inside host that the plan does not know: who stands in the organisation's network and tries what it can."""
    nic = _inside_nic(plan)
    number = int(nic.address.network.network_address) + PRINTER_NUMBER
    address = IPv4Interface((number, nic.address.network.prefixlen))
    card = Card(interface="eth0", address=address, next_hop=nic.next_hop)
    return Machine(name=PRINTER, cards=(card,), names=_inside_names(plan), pages={str(HTTP): "printer1 port 80\n"})


def _around(plan: Plan) -> list[Machine]:
    cafe, home = _first(CAFE), _first(HOME)
    return [
        _internet(plan),
        Machine(
            name=HOMEROUTER,
            cards=(_outside_card("wan", CAFE, 78, cafe), _outside_card("lan", HOME, 1, None)),
            forwards=True,
            masquerades="wan",
        ),
        Machine(
            name=LAPTOP1,
            fqdn=f"{LAPTOP1}.{plan.organisation.domain}",
            cards=(_outside_card("wifi", CAFE, 20, cafe),),
            names=_public_names(plan),
        ),
        Machine(
            name=LAPTOP2,
            fqdn=f"{LAPTOP2}.{plan.organisation.domain}",
            cards=(_outside_card("wifi", HOME, 20, home),),
            names=_public_names(plan),
        ),
        *(
            Machine(name=name, cards=(_outside_card("eth0", CAFE, number, cafe),), names=_public_names(plan))
            for number, name in enumerate(STRANGERS, start=STRANGER_NUMBER)
        ),
    ]


def _internet(plan: Plan) -> Machine:
    """The router that owns each outside next hop that no host of the plan owns, and the laptops' networks."""
    owned = {nic.address.ip for host in plan.hosts.values() for nic in _nics(host)}
    hops = {
        nic.next_hop: nic
        for host in plan.hosts.values()
        if (nic := host.external) is not None and nic.next_hop is not None and nic.next_hop not in owned
    }
    segments = _segments6(plan)
    uplinks = [
        Card(
            interface=f"uplink{index}",
            address=IPv4Interface((int(hop), nic.address.network.prefixlen)),
            address6=_address6(segments[nic.address.network], hop),
        )
        for index, (hop, nic) in enumerate(hops.items())
    ]
    return Machine(
        name=INTERNET,
        cards=(*uplinks, _outside_card("cafe", CAFE, 1, None)),
        forwards=True,
        routes=_routes_to_perimeter(plan, {card.network for card in uplinks}),
        names=_public_names(plan),
    )


def _routes_to_perimeter(plan: Plan, uplinks: set[IPv4Network]) -> tuple[tuple[str, str], ...]:
    edges = [host.external.address for host in plan.hosts_with(Role.EDGE_FIREWALL).values() if host.external]
    if not edges:
        return ()
    segments = _segments6(plan)
    edge = edges[0]
    behind = [network for network in segments if network not in uplinks]
    four = [(str(network), str(edge.ip)) for network in behind]
    six = [(f"{segments[network]}/64", f"{segments[edge.network]}{_number(edge.ip):x}") for network in behind]
    return (*four, *six)


def _segments6(plan: Plan) -> dict[IPv4Network, str]:
    """IPv6 prefixes of the networks outside the inner firewall: there a laptop could reach something by IPv6."""
    outside = [
        host.external.address.network
        for host in plan.hosts.values()
        if host.external is not None and Role.INNER_FIREWALL not in host.roles
    ]
    networks = dict.fromkeys(outside)
    return {network: f"2001:db8:{index:x}::" for index, network in enumerate(networks, start=1)}


def _outside_card(interface: str, network: IPv4Network, number: int, next_hop: IPv4Address | None) -> Card:
    address = IPv4Interface((int(network.network_address) + number, network.prefixlen))
    prefix = "2001:db8:cafe::" if network == CAFE else "2001:db8:40e::"
    return Card(
        interface=interface,
        address=address,
        next_hop=next_hop,
        address6=_address6(prefix, address.ip) if network == CAFE else None,
        next_hop6=f"{prefix}1" if next_hop is not None and network == CAFE else None,
    )


def _inside_nic(plan: Plan) -> Nic:
    named = [*plan.hosts_with(Role.SERVER).values(), *plan.hosts_with(Role.DIRECTORY).values()]
    return next(host.internal for host in named if host.internal is not None)


def _inside_names(plan: Plan) -> dict[str, str]:
    names = {
        f"{name}.{plan.organisation.domain}": str(nic.address.ip)
        for name, host in plan.hosts.items()
        if (nic := host.internal or host.external) is not None
    }
    publishers = [host.internal for host in plan.hosts_with(Role.PUBLISHER).values() if host.internal]
    return {**names, **{str(plan.certificates.publication_name): str(nic.address.ip) for nic in publishers[:1]}}


def _public_names(plan: Plan) -> dict[str, str]:
    gateways = [host.external for host in plan.hosts_with(Role.GATEWAY).values() if host.external]
    return {
        str(name): str(gateways[0].address.ip) for name in (plan.gateway.name, *plan.gateway.extra_names) if gateways
    }


def _nics(host: Host) -> tuple[Nic, ...]:
    return tuple(nic for nic in (host.external, host.internal) if nic is not None)


def _first(network: IPv4Network) -> IPv4Address:
    return next(network.hosts())


def _address6(prefix: str, address: IPv4Address) -> IPv6Interface:
    return IPv6Interface(f"{prefix}{_number(address):x}/64")


def _number(address: IPv4Address) -> int:
    return int(address) & 0xFF
