from ipaddress import IPv4Address

import pytest

from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.plan.topology import cards, is_private, only_host
from evertunnel.values import HostName


def test_cards_come_in_the_plans_order_with_their_paths(contoso: Plan) -> None:
    assert [card.path for card in cards(contoso)][:3] == [
        "hosts.edge1.external",
        "hosts.edge1.internal",
        "hosts.gateway1.external",
    ]


def test_only_host_is_none_for_none_and_for_several(contoso: Plan) -> None:
    assert only_host(contoso, Role.GATEWAY) == contoso.hosts[HostName("gateway1")]
    assert only_host(contoso, Role.SERVER) is None


@pytest.mark.parametrize(
    ("address", "private"), [("10.1.2.3", True), ("100.64.0.1", True), ("203.0.113.10", False), ("172.32.0.1", False)]
)
def test_private_addresses_are_those_no_packet_of_the_internet_reaches(address: str, private: object) -> None:
    assert is_private(IPv4Address(address)) == private
