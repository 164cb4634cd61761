from tests.unit.profiles.contoso import CONTOSO, EVERYTHING, plan_with

from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.naming import shown_name, uuid_of


def test_name_is_the_plans_own_or_made_of_the_organisations() -> None:
    named = plan_with({"device_tunnel.profile.name": "Contoso Always On"})

    assert shown_name(named, Tunnel.DEVICE) == "Contoso Always On"
    assert shown_name(CONTOSO, Tunnel.DEVICE) == "Contoso device tunnel"
    assert shown_name(CONTOSO, Tunnel.USER) == "Contoso user tunnel"


def test_uuid_depends_on_domain_and_purpose_alone() -> None:
    elsewhere = plan_with({"organisation.domain": "ad.contoso.com"})

    assert uuid_of(CONTOSO, "apple", "vpn") == uuid_of(EVERYTHING, "apple", "vpn")
    assert len({uuid_of(CONTOSO, "vpn"), uuid_of(CONTOSO, "root"), uuid_of(elsewhere, "vpn")}) == 3
