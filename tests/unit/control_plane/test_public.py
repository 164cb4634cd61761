from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel.cli.files import read_plan
from evertunnel.control_plane.public import Public, look, of
from evertunnel.values import Fqdn, HostName

PLAN = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
PUBLIC = Public(name=Fqdn("vpn.contoso.com"), address=IPv4Address("203.0.113.10"))


@pytest.mark.parametrize(
    ("found", "held", "said"),
    [
        (("203.0.113.10",), True, "vpn.contoso.com is 203.0.113.10"),
        (("198.51.100.1", "203.0.113.10"), True, "vpn.contoso.com is 198.51.100.1, 203.0.113.10"),
        ((), True, "vpn.contoso.com does not resolve here; outside it must be 203.0.113.10"),
        (("127.0.1.1",), True, "by this host's own list"),
        (("198.51.100.1",), False, "vpn.contoso.com is 198.51.100.1, and must be 203.0.113.10"),
        (("127.0.1.1", "198.51.100.1"), False, "must be 203.0.113.10"),
    ],
)
def test_only_a_name_that_leads_elsewhere_does_not_hold(found: tuple[str, ...], *, held: bool, said: str) -> None:
    evidence = look(PUBLIC, lambda name: tuple(map(IPv4Address, found)))

    assert evidence.held is held
    assert said in evidence.what


def test_only_a_gateway_has_a_public_name() -> None:
    assert of(PLAN, HostName("gateway1")) == PUBLIC
    assert of(PLAN, HostName("core1")) is None


def test_the_edge_firewall_stands_for_a_gateway_with_a_private_address() -> None:
    gateway, edge = PLAN.hosts[HostName("gateway1")], PLAN.hosts[HostName("edge1")]
    assert gateway.internal is not None
    assert edge.external is not None
    inside = replace(PLAN, hosts={**PLAN.hosts, HostName("gateway1"): replace(gateway, external=gateway.internal)})

    found = of(inside, HostName("gateway1"))

    assert found is not None
    assert found.address == edge.external.address.ip
