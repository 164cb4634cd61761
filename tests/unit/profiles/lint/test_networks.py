from ipaddress import ip_address, ip_network

import pytest

from evertunnel.profiles.lint.networks import leads_to, network_of
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
