import pytest
from tests.unit.profiles.contoso import CONTOSO, EVERYTHING, plan_with

from evertunnel.errors import DocumentError
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.naming import require_clean, shown_name, uuid_of

CUSTOM = {"gateway.proposals": "custom", "gateway.ike_proposals": ["aes128gcm16-prfsha256-ecp256"]}


def test_name_is_the_plans_own_or_made_of_the_organisations() -> None:
    named = plan_with({"device_tunnel.profile.name": "Contoso Always On"})

    assert shown_name(named, Tunnel.DEVICE) == "Contoso Always On"
    assert shown_name(CONTOSO, Tunnel.DEVICE) == "Contoso device tunnel"
    assert shown_name(CONTOSO, Tunnel.USER) == "Contoso user tunnel"


def test_uuid_depends_on_domain_and_purpose_alone() -> None:
    elsewhere = plan_with({"organisation.domain": "ad.contoso.com"})

    assert uuid_of(CONTOSO, "apple", "vpn") == uuid_of(EVERYTHING, "apple", "vpn")
    assert len({uuid_of(CONTOSO, "vpn"), uuid_of(CONTOSO, "root"), uuid_of(elsewhere, "vpn")}) == 3


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("organisation.name", "Contoso\nPayload"),
        ("certificates.issuing_name", "Contoso\x00"),
        ("user_tunnel.profile.name", "Contoso\r\nservice-type=x"),
        ("user_tunnel.profile.name", "Contoso \u202egnp"),
        ("user_tunnel.profile.proxy.server", "proxy.corp.contoso.com"),
        ("user_tunnel.profile.proxy.server", "proxy:8080\nx"),
        ("user_tunnel.profile.proxy.pac", "http://pac.corp.contoso.com/\t"),
        ("user_tunnel.profile.name_rules", [{"name": ".corp\n.contoso.com"}]),
        ("user_tunnel.profile.name_rules", [{"name": ".corp.contoso.com;~."}]),
        ("user_tunnel.profile.name_rules", [{"name": ""}]),
    ],
)
def test_text_that_could_break_out_is_refused_and_named(path: str, value: object) -> None:
    with pytest.raises(DocumentError) as caught:
        require_clean(plan_with({path: value}))

    assert path in str(caught.value)


@pytest.mark.parametrize("proposal", ["aes128\n}", 'aes128"', "AES128", ""])
def test_what_is_no_proposal_is_refused(proposal: str) -> None:
    with pytest.raises(DocumentError, match="esp_proposals"):
        require_clean(plan_with({**CUSTOM, "gateway.esp_proposals": [proposal]}))

    require_clean(plan_with({**CUSTOM, "gateway.esp_proposals": ["aes128gcm16"]}))


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = plan_with({"organisation.name": "\n", "user_tunnel.profile.name": "\n", "device_tunnel.profile.name": "\n"})

    with pytest.raises(DocumentError) as caught:
        require_clean(wrong)

    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("name", [".", ".corp.contoso.com", "wiki.contoso.com", "wiki", "_ldap._tcp.contoso.com"])
def test_name_suffix_and_every_name_are_taken(name: str) -> None:
    require_clean(plan_with({"user_tunnel.profile.name_rules": [{"name": name}]}))


def test_names_that_can_be_seen_are_taken() -> None:
    require_clean(EVERYTHING)
