"""Golden files lie in tests/golden/profiles/strongswan; UPDATE_GOLDEN=1 rewrites them."""

from dataclasses import replace

import pytest
from tests.unit.profiles.contoso import ALICE, CONTOSO, EVERYTHING, PLANS, TRUST, differing, lacks, plan_with

from evertunnel.plan.model import Plan
from evertunnel.profiles import strongswan
from evertunnel.profiles.delivery import Delivery
from evertunnel.profiles.identity import Identity

PERSON = Identity(user=ALICE)


@pytest.mark.parametrize("case", PLANS)
def test_files_are_the_golden_ones(case: str) -> None:
    assert differing(strongswan.build(PLANS[case], TRUST), f"strongswan/{case}") == []


def test_files_of_a_person_are_the_golden_ones() -> None:
    assert differing(strongswan.build(CONTOSO, TRUST, PERSON), "strongswan/alice") == []


def test_no_file_holds_free_text_of_the_plan() -> None:
    assert "friends" not in connections(strongswan.build(EVERYTHING, TRUST))


@pytest.mark.parametrize(
    ("text", "written"), [("a", '"a"'), ('a"}', r'"a\"}"'), ("a#b", '"a#b"'), ("a\\", r'"a\\"'), ("a b", '"a b"')]
)
def test_value_is_nothing_but_a_value(text: str, written: str) -> None:
    assert strongswan.quoted(text) == written


def test_person_is_named_in_their_tunnel_or_it_is_said_that_nobody_is() -> None:
    assert f'eap_id = "{ALICE}"' in connections(strongswan.build(CONTOSO, TRUST, PERSON))
    assert "eap_id" not in connections(strongswan.build(CONTOSO, TRUST))
    assert any("nobody's name" in each.what for each in strongswan.build(CONTOSO, TRUST).missing)


def test_tunnel_comes_up_by_itself_where_it_is_always_on() -> None:
    by_hand = {"device_tunnel.profile.always_on": False, "user_tunnel.profile.always_on": False}

    assert connections(strongswan.build(CONTOSO, TRUST)).count('start_action = "start"') == 2
    assert connections(strongswan.build(plan_with(by_hand), TRUST)).count('start_action = "start"') == 0


def test_routes_are_given_to_the_script() -> None:
    written = connections(strongswan.build(plan_with({"user_tunnel.routes": ["10.20.0.0/16"]}), TRUST))

    assert 'updown = "sh /etc/swanctl/evertunnel-routes 10 10.0.0.30/32 10.20.0.0/16"' in written


def test_people_with_peap_alone_get_no_connection_and_hear_why() -> None:
    delivery = strongswan.build(peap_only(), TRUST)

    assert "evertunnel-user" not in connections(delivery)
    assert "evertunnel-device" in connections(delivery)
    assert "user_tunnel.eap_types" in lacks(delivery)


def test_plan_without_user_tunnel_gives_the_device_tunnel() -> None:
    delivery = strongswan.build(replace(CONTOSO, user_tunnel=None), TRUST)

    assert "evertunnel-user" not in connections(delivery)
    assert not any(path.startswith("user_tunnel") for path in lacks(delivery))


def peap_only() -> Plan:
    return plan_with({"user_tunnel.eap_types": ["peap-eap-tls"]})


def connections(delivery: Delivery) -> str:
    (content,) = (document.content for document in delivery.documents if document.path == strongswan.CONNECTIONS)
    return content.decode()
