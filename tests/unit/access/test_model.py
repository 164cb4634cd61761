import tomllib
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from evertunnel import documents
from evertunnel.access import Policy
from evertunnel.access.model import Gateway, Served
from evertunnel.plan.model import Plan
from evertunnel.plan.policies import Access, NetworkPolicy, PortType, of_device_tunnel, of_user_tunnel
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.values import Fqdn, GroupName, HostName

EXAMPLE = Path(__file__).parents[3] / "examples" / "contoso.toml"
DOMAIN = Fqdn("corp.contoso.com")
DEVICES = of_device_tunnel((GroupName("VPN Devices"),))
GATEWAYS = (Gateway(name=HostName("gateway1"), address=IPv4Address("10.0.1.10")),)


def plan(**more: Any) -> Plan:  # noqa: ANN401 (any section of a plan)
    document = tomllib.loads(EXAMPLE.read_text())
    for name in ("user_tunnel", "network_policies"):
        document.pop(name, None)
    return documents.read(Plan, {**document, **more}, name="contoso.toml")


def test_policy_is_the_plans_slice() -> None:
    assert Policy.of(plan()) == Policy(
        domain=DOMAIN, device=Served(reach="management"), network_policies=(DEVICES,), gateways=GATEWAYS
    )
    assert Policy.for_devices(domain=DOMAIN, groups=(GroupName("VPN Devices"),), reach="management") == Policy(
        domain=DOMAIN, device=Served(reach="management"), network_policies=(DEVICES,)
    )


def test_policy_has_the_user_tunnel_and_the_network_policies_in_order() -> None:
    policy = Policy.of(
        plan(
            user_tunnel={"pool": "devices", "reach": "management", "groups": ["VPN Users"], "eap_types": ["eap-tls"]},
            network_policies=[{"name": "no nights", "access": "deny", "hours": ["Mon-Sun 22:00-05:00"]}],
        )
    )

    assert policy.user == Served(reach="management", eap_types=(EapType.EAP_TLS,))
    assert policy.served(Tunnel.USER) == policy.user
    assert policy.served(Tunnel.DEVICE) == Served(reach="management")
    assert policy.network_policies == (
        NetworkPolicy(name="no nights", access=Access.DENY, hours=("Mon-Sun 22:00-05:00",)),
        DEVICES,
        of_user_tunnel((GroupName("VPN Users"),)),
    )


def test_policy_can_be_written_and_read() -> None:
    network_policy = NetworkPolicy(
        name="staff",
        access=Access.GRANT,
        gateway_addresses=(IPv4Network("10.0.1.0/24"),),
        port_types=(PortType.VIRTUAL,),
        user_groups=(),
        session_seconds=60,
    )
    policy = Policy(
        domain=DOMAIN,
        device=Served(reach="management"),
        user=Served(reach="intranet", eap_types=(EapType.EAP_TLS,)),
        network_policies=(network_policy,),
        zone="Europe/Berlin",
        gateways=GATEWAYS,
    )

    assert documents.from_json(Policy, documents.to_json(policy), name="policy.json") == policy


@pytest.mark.parametrize(
    ("zone", "hours", "words"), [("Mars/Olympus", (), "no time zone"), ("UTC", ("always",), "are no hours")]
)
def test_policy_whose_hours_cannot_be_told_is_none(zone: str, hours: tuple[str, ...], words: str) -> None:
    policy = NetworkPolicy(name="staff", access=Access.GRANT, hours=hours)

    with pytest.raises(ValueError, match=words):
        Policy(domain=DOMAIN, device=Served(reach="management"), network_policies=(policy,), zone=zone)
