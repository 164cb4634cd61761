"""Golden files lie in tests/golden/profiles/linux; UPDATE_GOLDEN=1 rewrites them."""

import configparser
from dataclasses import replace

import pytest
from tests.unit.profiles.contoso import (
    ALICE,
    CONTOSO,
    EVERYTHING,
    PLANS,
    SPLIT,
    TRUST,
    differing,
    lacks,
    plan_with,
)

from evertunnel.plan.model import Plan
from evertunnel.profiles import linux
from evertunnel.profiles.delivery import Delivery
from evertunnel.profiles.identity import Identity

PERSON = Identity(user=ALICE)


@pytest.mark.parametrize("case", PLANS)
def test_files_are_the_golden_ones(case: str) -> None:
    assert differing(linux.build(PLANS[case], TRUST), f"linux/{case}") == []


def test_files_of_a_person_are_the_golden_ones() -> None:
    assert differing(linux.build(CONTOSO, TRUST, PERSON), "linux/alice") == []


def test_name_with_every_sign_arrives_as_it_is() -> None:
    assert EVERYTHING.user_tunnel is not None
    assert user(linux.build(EVERYTHING, TRUST))["connection"]["id"] == EVERYTHING.user_tunnel.profile.name


@pytest.mark.parametrize(
    ("text", "written"), [("a b", "a b"), (" a", r"\sa"), ("a\\n", r"a\\n"), ("[vpn]", "[vpn]"), ("#a;=", "#a;=")]
)
def test_value_is_written_so_that_it_is_read_back(text: str, written: str) -> None:
    assert linux.value_of(text) == written


def test_keyfiles_are_for_root_alone_because_networkmanager_ignores_others() -> None:
    documents = linux.build(CONTOSO, TRUST).documents

    assert {document.path.suffix for document in documents if document.secret} == {".nmconnection"}


def test_selector_is_narrow_only_where_the_gateway_takes_a_narrow_one() -> None:
    assert "remote-ts" not in user(linux.build(CONTOSO, TRUST))["vpn"]
    assert "user_tunnel.routes" in lacks(linux.build(CONTOSO, TRUST))
    assert user(linux.build(SPLIT, TRUST))["vpn"]["remote-ts"] == "10.0.0.30/32;10.20.0.0/16"
    assert "user_tunnel.routes" not in lacks(linux.build(SPLIT, TRUST))


def test_persons_name_is_in_theirs_alone() -> None:
    delivery = linux.build(CONTOSO, TRUST, PERSON)

    assert user(delivery)["vpn"]["local-identity"] == ALICE
    assert not any("nobody's name" in each.what for each in delivery.missing)
    assert "local-identity" not in user(linux.build(CONTOSO, TRUST))["vpn"]
    assert any("nobody's name" in each.what for each in linux.build(CONTOSO, TRUST).missing)


def test_every_name_is_asked_of_the_servers_of_a_rule_for_every_name() -> None:
    plan = plan_with({"user_tunnel.profile.name_rules": [{"name": ".", "dns_servers": ["10.0.0.53"]}]})

    assert user(linux.build(plan, TRUST))["ipv4"]["dns-search"] == "corp.contoso.com;~.;"


def test_it_says_which_of_the_two_ways_lacks_what() -> None:
    whose = {each.what.partition(":")[0] for each in linux.build(CONTOSO, TRUST).missing}

    assert whose == {"agent", "NetworkManager"}


def test_people_with_peap_alone_get_nothing_and_hear_why() -> None:
    delivery = linux.build(peap_only(), TRUST)

    assert not any("user-tunnel" in document.path.name for document in delivery.documents)
    assert b"sign-in" not in delivery.documents[0].content
    assert lacks(delivery).count("user_tunnel.eap_types") == 2


def test_plan_without_user_tunnel_gives_the_device_tunnel() -> None:
    delivery = linux.build(replace(CONTOSO, user_tunnel=None), TRUST)

    keyfiles = [document.path.name for document in delivery.documents if document.secret]
    assert keyfiles == ["device-tunnel.nmconnection"]
    assert not any(path.startswith("user_tunnel") for path in lacks(delivery))


def peap_only() -> Plan:
    return plan_with({"user_tunnel.eap_types": ["peap-eap-tls"]})


def user(delivery: Delivery) -> configparser.RawConfigParser:
    """The user tunnel's key file, as a reader that knows nothing of ours sees it."""
    (content,) = (each.content for each in delivery.documents if each.path.name == "user-tunnel.nmconnection")
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(content.decode())
    return parser
