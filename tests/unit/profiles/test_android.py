"""Golden files lie in tests/golden/profiles/android; UPDATE_GOLDEN=1 rewrites them."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.profiles.contoso import ALICE, CONTOSO, EVERYTHING, PLANS, TRUST, differing, lacks, plan_with

from evertunnel.plan.model import Plan
from evertunnel.profiles import android
from evertunnel.profiles.delivery import Delivery
from evertunnel.profiles.identity import Identity

WITH_KEY = Identity(user=ALICE, pkcs12=b"PKCS #12")


@pytest.mark.parametrize("case", PLANS)
def test_files_are_the_golden_ones(case: str) -> None:
    assert differing(android.build(PLANS[case], TRUST), f"android/{case}") == []


def test_files_of_a_person_are_the_golden_ones() -> None:
    assert differing(android.build(CONTOSO, TRUST, WITH_KEY), "android/alice") == []


def test_name_with_every_sign_arrives_as_it_is() -> None:
    assert EVERYTHING.user_tunnel is not None
    assert read(android.build(EVERYTHING, TRUST), "user-tunnel.sswan")["name"] == EVERYTHING.user_tunnel.profile.name


def test_persons_key_is_in_their_files_alone_and_those_are_secret() -> None:
    delivery = android.build(CONTOSO, TRUST, WITH_KEY)

    encoded = base64.b64encode(b"PKCS #12")
    holding = {document.path.name for document in delivery.documents if encoded in document.content}
    assert holding == {"user-tunnel.sswan", "managed-configuration.json"}
    assert holding == {document.path.name for document in delivery.documents if document.secret}
    assert read(delivery, "user-tunnel.sswan")["local"]["id"] == ALICE


def test_without_a_person_it_says_what_to_choose() -> None:
    words = [each.what for each in android.build(CONTOSO, TRUST).missing]

    assert any("nobody's name" in each for each in words)
    assert not any("nobody's name" in each.what for each in android.build(CONTOSO, TRUST, WITH_KEY).missing)


def test_split_tunnel_names_the_networks_inside_and_a_force_tunnel_none() -> None:
    assert read(android.build(CONTOSO, TRUST), "user-tunnel.sswan")["split-tunneling"] == {"subnets": ["10.0.0.30/32"]}
    forced = read(android.build(EVERYTHING, TRUST), "user-tunnel.sswan")["split-tunneling"]
    assert forced == {"excluded": ["10.5.0.0/16"], "block-ipv4": True, "block-ipv6": True}


@pytest.mark.parametrize(("name", "servers"), [(".", ["10.0.0.53"]), (".corp.contoso.com", None)])
def test_only_a_rule_for_every_name_chooses_the_servers_of_every_name(name: str, servers: list[str] | None) -> None:
    rules: list[dict[str, object]] = [{"name": name, "dns_servers": ["10.0.0.53"]}]
    plan = plan_with({"user_tunnel.profile.name_rules": rules})

    assert read(android.build(plan, TRUST), "user-tunnel.sswan").get("dns-servers") == servers
    assert "user_tunnel.profile.name_rules" in lacks(android.build(plan, TRUST))


def test_both_ways_say_the_same_of_a_tunnel() -> None:
    delivery = android.build(CONTOSO, TRUST)

    files = [read(delivery, name) for name in ("device-tunnel.sswan", "user-tunnel.sswan")]
    managed = read(delivery, "managed-configuration.json")["managed_profiles"]

    assert [each["type"] for each in files] == [each["vpn_type"] for each in managed]
    assert [each["remote"]["cert"] for each in files] == [each["remote"]["certificate"] for each in managed]
    assert [each["ike-proposal"] for each in files] == [each["ike_proposal"] for each in managed]


def test_people_with_peap_alone_get_no_file_and_hear_why() -> None:
    delivery = android.build(peap_only(), TRUST)

    assert "user-tunnel.sswan" not in {document.path.name for document in delivery.documents}
    assert "user_tunnel.eap_types" in lacks(delivery)


def test_plan_without_user_tunnel_gives_the_device_tunnel() -> None:
    delivery = android.build(replace(CONTOSO, user_tunnel=None), TRUST, WITH_KEY)

    names = [document.path.name for document in delivery.documents]
    assert names == ["device-tunnel.sswan", "managed-configuration.json"]
    assert not any(path.startswith("user_tunnel") for path in lacks(delivery))


def peap_only() -> Plan:
    return plan_with({"user_tunnel.eap_types": ["peap-eap-tls"]})


def read(delivery: Delivery, name: str) -> dict[str, Any]:
    (content,) = (document.content for document in delivery.documents if document.path.name == name)
    return dict(json.loads(content))
