"""User tunnels beside device tunnels: a laptop's charon before a gateway's, which asks the real FreeRADIUS."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.engine.eap.gateway import Tunnels, subject
from tests.engine.eap.world import ALICE, BOB, CAROL, World

pytestmark = pytest.mark.engine

USERS, STAFF, DEVICES = (IPv4Network(f"10.{number}.0.0/24") for number in (98, 97, 99))
FIXED = IPv4Address("10.98.0.77")


@pytest.fixture(scope="module")
def built(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tunnels]:
    made = Tunnels(world, tmp_path_factory.mktemp("tunnels"))
    try:
        made.build()
        yield made
    finally:
        made.destroy()


@pytest.fixture
def tunnels(built: Tunnels) -> Iterator[Tunnels]:
    yield built
    built.end_all()


def test_user_tunnel_comes_up_and_shows_who_it_is(tunnels: Tunnels) -> None:
    sa = tunnels.user("bob", BOB)

    assert sa is not None
    assert sa.connection.startswith("evertunnel-user-users-")
    assert tunnels.eap_id(sa) == BOB
    assert sa.addresses[0] in USERS


def test_fixed_address_is_honoured(tunnels: Tunnels) -> None:
    sa = tunnels.user("alice", ALICE)

    assert sa is not None
    assert sa.addresses == (FIXED,)


def test_pool_is_the_network_policys(tunnels: Tunnels) -> None:
    tunnels.world.change("INSERT INTO membership VALUES (?, 'user', 'Staff')", BOB)
    try:
        sa = tunnels.user("bob", BOB)
    finally:
        tunnels.world.change("DELETE FROM membership WHERE \"group\" = 'Staff'")

    assert sa is not None
    assert sa.connection.startswith("evertunnel-user-staff-")
    assert sa.addresses[0] in STAFF


def test_session_is_the_one_that_was_authenticated(tunnels: Tunnels) -> None:
    sa = tunnels.user("bob", BOB)

    assert sa is not None
    question = tunnels.world.decided(BOB).facts.question
    assert (question.gateway, question.gateway_address) == ("gateway1", "10.0.0.1")
    assert (question.port, question.outer, question.port_type) == (str(sa.ike_id), "203.0.113.20", "Virtual")


def test_both_tunnels_and_two_of_one_user_stand_side_by_side(tunnels: Tunnels) -> None:
    device = tunnels.device("device", subject(tunnels.world.leaves["device"]))
    first, second = tunnels.user("bob", BOB), tunnels.user("bob", BOB)

    assert device is not None
    assert first is not None
    assert second is not None
    assert device.connection.startswith("evertunnel-device-")
    assert device.addresses[0] in DEVICES
    assert len(tunnels.sas()) == 3


@pytest.mark.parametrize(("leaf", "identity"), [("alice", BOB), ("carol", CAROL), ("mail", ALICE), ("expired", ALICE)])
def test_user_who_may_not_has_no_tunnel(tunnels: Tunnels, leaf: str, identity: str) -> None:
    assert tunnels.user(leaf, identity) is None
    assert tunnels.user("alice", ALICE) is not None


def test_device_certificate_without_eap_gets_the_device_connection_alone(tunnels: Tunnels) -> None:
    device = tunnels.world.leaves["device"]

    for identity in ("laptop1.corp.contoso.com", ALICE):
        assert tunnels.device("device", identity) is None
    sa = tunnels.device("device", subject(device))
    assert sa is not None
    assert sa.connection.startswith("evertunnel-device-")


def test_device_certificate_gets_no_user_tunnel(tunnels: Tunnels) -> None:
    for identity in ("laptop1.corp.contoso.com", ALICE):
        assert tunnels.user("device", identity) is None
    assert tunnels.user("alice", ALICE) is not None


def test_users_certificate_without_eap_gets_nothing(tunnels: Tunnels) -> None:
    alice = tunnels.world.leaves["alice"]

    for identity in (ALICE, subject(alice)):
        assert tunnels.device("alice", identity) is None
    assert tunnels.user("alice", ALICE) is not None


def test_user_under_a_devices_outer_name_gets_no_device_connection(tunnels: Tunnels) -> None:
    outer = subject(tunnels.world.leaves["device"])

    sa = tunnels.user("alice", ALICE, id=outer)

    # The IKE identity is anybody's word; whose tunnel it is, EAP says.
    assert sa is not None
    assert sa.connection.startswith("evertunnel-user-")
    assert (sa.remote_id, tunnels.eap_id(sa)) == (outer, ALICE)


def test_policy_service_away_is_no_tunnel(tunnels: Tunnels) -> None:
    tunnels.world.end("policy")
    try:
        assert tunnels.user("alice", ALICE) is None
    finally:
        tunnels.world.start_policy()
    assert tunnels.world.soon(lambda: tunnels.user("alice", ALICE) is not None)
