"""Golden files lie in tests/golden/profiles/apple; UPDATE_GOLDEN=1 rewrites them."""

import plistlib
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.profiles.contoso import (
    ALICE,
    CONTOSO,
    EVERYTHING,
    PLANS,
    TRUST,
    differing,
    lacks,
    plan_with,
)

from evertunnel.plan.model import Plan
from evertunnel.profiles import apple
from evertunnel.profiles.delivery import Document
from evertunnel.profiles.identity import Identity

WITH_KEY = Identity(user=ALICE, pkcs12=b"PKCS #12")


@pytest.mark.parametrize("case", PLANS)
def test_files_are_the_golden_ones(case: str) -> None:
    assert differing(apple.build(PLANS[case], TRUST), f"apple/{case}") == []


def test_files_of_a_person_are_the_golden_ones() -> None:
    assert differing(apple.build(CONTOSO, TRUST, WITH_KEY), "apple/alice") == []


def test_name_with_every_sign_arrives_as_it_is() -> None:
    (document, _) = apple.build(EVERYTHING, TRUST).documents

    assert EVERYTHING.user_tunnel is not None
    assert payload(document, "com.apple.vpn.managed")["UserDefinedName"] == EVERYTHING.user_tunnel.profile.name


def test_profile_refers_to_the_certificate_that_it_holds() -> None:
    (document,) = apple.build(CONTOSO, TRUST, WITH_KEY).documents

    held = payload(document, "com.apple.security.pkcs12")
    vpn = payload(document, "com.apple.vpn.managed")["IKEv2"]

    assert vpn["PayloadCertificateUUID"] == held["PayloadUUID"]
    assert held["PayloadContent"] == WITH_KEY.pkcs12
    assert vpn["LocalIdentifier"] == vpn["AuthName"] == ALICE
    assert document.secret


def test_without_a_person_it_says_what_must_be_added_and_holds_no_secret() -> None:
    delivery = apple.build(CONTOSO, TRUST)

    (document,) = delivery.documents
    uuid = payload(document, "com.apple.vpn.managed")["IKEv2"]["PayloadCertificateUUID"]
    assert not document.secret
    assert any(uuid in each.what for each in delivery.missing)
    assert any("LocalIdentifier" in each.what for each in delivery.missing)


def test_person_without_certificate_lacks_the_certificate_alone() -> None:
    words = [each.what for each in apple.build(CONTOSO, TRUST, Identity(user=ALICE)).missing]

    assert any("nobody's certificate" in each for each in words)
    assert not any("nobody's name" in each for each in words)


def test_device_tunnel_is_never_lost_in_silence() -> None:
    assert "device_tunnel" in lacks(apple.build(CONTOSO, TRUST))


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"user_tunnel.profile.force_tunnel": True}, 2),
        ({"user_tunnel.profile.force_tunnel": True, "user_tunnel.profile.always_on": False}, 1),
        (
            {"user_tunnel.profile.force_tunnel": True, "user_tunnel.profile.trusted_networks": ["corp.contoso.com"]},
            1,
        ),
        ({}, 1),
    ],
)
def test_supervised_profile_is_for_everything_everywhere_alone(changes: dict[str, object], count: int) -> None:
    assert len(apple.build(plan_with(changes), TRUST).documents) == count


def test_always_on_tunnel_may_be_switched_off_unless_the_plan_forbids_it() -> None:
    toggles = {plan: toggle(plan) for plan in ("free", "locked")}

    assert toggles == {"free": 1, "locked": 0}


def test_proposals_that_no_apple_device_knows_give_no_profile_and_say_so() -> None:
    custom = {
        "gateway.proposals": "custom",
        "gateway.ike_proposals": ["camellia128-sha256-modp2048"],
        "gateway.esp_proposals": ["aes128gcm16"],
    }

    delivery = apple.build(plan_with(custom), TRUST)

    assert delivery.documents == ()
    assert "gateway.proposals" in lacks(delivery)


def test_people_with_peap_alone_get_no_profile_and_hear_why() -> None:
    delivery = apple.build(plan_with({"user_tunnel.eap_types": ["peap-eap-tls"]}), TRUST)

    assert delivery.documents == ()
    assert "user_tunnel.eap_types" in lacks(delivery)


def test_proxy_is_a_server_or_a_script() -> None:
    script = plan_with({"user_tunnel.profile.proxy.pac": "http://pac.corp.contoso.com/proxy.pac"})
    neither = plan_with({"user_tunnel.profile.proxy": {}})

    assert vpn_of(script)["Proxies"]["ProxyAutoConfigURLString"].endswith("proxy.pac")
    assert vpn_of(EVERYTHING)["Proxies"]["HTTPSPort"] == 8080
    assert "Proxies" not in vpn_of(neither)


def test_plan_without_user_tunnel_gives_no_profile_and_says_why() -> None:
    delivery = apple.build(replace(CONTOSO, user_tunnel=None), TRUST)

    assert delivery.documents == ()
    assert lacks(delivery) == ["device_tunnel"]


def toggle(plan: str) -> object:
    changes = {"user_tunnel.profile.force_tunnel": True, "user_tunnel.profile.no_disconnect_button": plan == "locked"}
    (_, document) = apple.build(plan_with(changes), TRUST).documents
    return payload(document, "com.apple.vpn.managed")["AlwaysOn"]["UIToggleEnabled"]


def vpn_of(plan: Plan) -> dict[str, Any]:
    return payload(apple.build(plan, TRUST).documents[0], "com.apple.vpn.managed")


def payload(document: Document, kind: str) -> dict[str, Any]:
    (found,) = (each for each in plistlib.loads(document.content)["PayloadContent"] if each["PayloadType"] == kind)
    return dict(found)
