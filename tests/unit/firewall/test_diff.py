from ipaddress import IPv4Address, IPv4Network

from evertunnel.drivers.host.network import Route, Sysctl
from evertunnel.firewall.diff import diff
from evertunnel.firewall.model import FORWARDING, State, Table, accept, base, drop

OPEN = State(
    table=Table(chains=(base("forward", drop("tcp dport 22"), accept("tcp dport 80")),)),
    sysctls=(Sysctl(name=FORWARDING, value="1"),),
    routes=(
        Route(network=IPv4Network("10.99.0.0/24")),
        Route(network=IPv4Network("10.0.0.0/24"), via=IPv4Address("10.0.1.1")),
    ),
)


def test_first_apply_closes_before_it_opens() -> None:
    assert [(action.effect.value, str(action)) for action in diff(State(), OPEN)] == [
        ("closes", "add route 10.99.0.0/24 to nowhere"),
        ("neutral", "add route 10.0.0.0/24 via 10.0.1.1"),
        ("closes", "table inet evertunnel: make chain forward with 1 rules"),
        ("opens", "table inet evertunnel: forward: add 'tcp dport 80 accept'"),
        ("opens", "set net.ipv4.ip_forward = 1"),
    ]


def test_removal_stops_forwarding_first_and_filtering_last() -> None:
    assert [(action.effect.value, str(action)) for action in diff(OPEN, State())] == [
        ("closes", "restore net.ipv4.ip_forward"),
        ("opens", "delete table inet evertunnel"),
        ("opens", "remove route 10.99.0.0/24 to nowhere"),
        ("neutral", "remove route 10.0.0.0/24 via 10.0.1.1"),
    ]


def test_changed_port_is_closed_at_once_and_opened_at_the_end() -> None:
    other = State(
        table=Table(chains=(base("forward", drop("tcp dport 22"), accept("tcp dport 443")),)),
        sysctls=OPEN.sysctls,
        routes=OPEN.routes,
    )

    assert [(action.effect.value, str(action)) for action in diff(OPEN, other)] == [
        ("closes", "table inet evertunnel: forward: remove 'tcp dport 80 accept'"),
        ("opens", "table inet evertunnel: forward: add 'tcp dport 443 accept'"),
    ]


def test_removed_drop_stays_until_the_end() -> None:
    other = State(
        table=Table(chains=(base("forward", accept("tcp dport 80")),)), sysctls=OPEN.sysctls, routes=OPEN.routes
    )

    assert [(action.effect.value, str(action)) for action in diff(OPEN, other)] == [
        ("opens", "table inet evertunnel: forward: remove 'tcp dport 22 drop'"),
    ]
