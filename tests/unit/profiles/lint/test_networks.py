from ipaddress import ip_address, ip_network

import pytest

from evertunnel.profiles.lint.networks import around, leads_to, network_of, networks_of
from evertunnel.profiles.vpnv2.model import Route

TEN = Route(address=ip_address("10.0.0.5"), prefix=24)
SIX = Route(address=ip_address("2001:db8::"), prefix=48)


def test_a_route_is_a_network_where_it_is_whole() -> None:
    assert network_of(TEN) == ip_network("10.0.0.0/24")
    assert network_of(Route(address=ip_address("10.0.0.0"))) is None
    assert network_of(Route(address=ip_address("10.0.0.0"), prefix=33)) is None


@pytest.mark.parametrize(
    ("address", "expected"), [("10.0.0.200", True), ("10.0.1.1", False), ("2001:db8::1", True), ("fd00::1", False)]
)
def test_an_address_is_held_by_its_network(address: str, *, expected: bool) -> None:
    assert leads_to((TEN, SIX))(ip_address(address)) is expected


def test_no_route_leads_nowhere() -> None:
    assert not leads_to(())(ip_address("10.0.0.1"))


def test_the_narrowest_network_around_another_is_found() -> None:
    wider = around(frozenset(map(ip_network, ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "2001:db8::/32"))))

    assert wider(ip_network("10.1.3.0/24")) == ip_network("10.1.0.0/16")
    assert wider(ip_network("10.1.2.0/24")) == ip_network("10.1.0.0/16")
    assert wider(ip_network("10.0.0.0/8")) is None
    assert wider(ip_network("2001:db8:1::/48")) == ip_network("2001:db8::/32")
    assert wider(ip_network("192.0.2.0/24")) is None


def test_routes_that_are_not_whole_are_no_networks() -> None:
    assert networks_of([TEN, Route(address=ip_address("10.0.0.0"))]) == {ip_network("10.0.0.0/24")}
