from dataclasses import replace
from ipaddress import IPv4Network

from evertunnel.gateway.connection import definition, definitions, name, pools
from evertunnel.gateway.model import Connections, Pool
from evertunnel.values import ObjectId, Secret


def test_peer_needs_template_policy_serial_pattern_issuer_and_strict_revocation(connections: Connections) -> None:
    assert definition(connections)["remote"] == {
        "auth": "pubkey",
        "id": "O=Contoso, CN=*, serialNumber=*",
        "cacerts": ["issuing"],
        "cert_policy": ["1.3.6.1.4.1.32473.1.1"],
        "revocation": "strict",
    }


def test_children_are_rekeyed_by_the_device_and_end_by_themselves(connections: Connections) -> None:
    children = definition(connections)["children"]

    assert isinstance(children, dict)
    assert (children["device"]["rekey_time"], children["device"]["life_time"]) == ("0s", "28800s")
    assert children["device"]["local_ts"] == ["0.0.0.0/0"]


def test_user_connections_take_no_certificate_for_an_answer(connections: Connections) -> None:
    people = with_users(connections)

    (found,) = [each for name, each in definitions(people).items() if name.startswith("evertunnel-user-users-")]
    assert found["remote"] == {"auth": "eap-radius", "id": "%any", "eap_id": "%any", "groups": ["pool:users"]}
    assert found["pools"] == ["radius", "evertunnel-users-10.98.0.0-24"]
    assert found["unique"] == "never"


def test_each_pool_of_users_has_a_connection_beside_the_devices(connections: Connections) -> None:
    names = [each.rpartition("-")[0] for each in definitions(with_users(connections))]

    assert names == ["evertunnel-device", "evertunnel-user-staff", "evertunnel-user-users"]
    assert list(definitions(connections)) == [name(connections)]


def test_pool_of_both_tunnels_is_loaded_once(connections: Connections) -> None:
    shared = replace(connections, user_pools=(connections.device.pool,))

    assert pools(shared) == (connections.device.pool,)


def with_users(connections: Connections) -> Connections:
    staff = Pool(name="staff", network=IPv4Network("10.97.0.0/24"))
    users = Pool(name="users", network=IPv4Network("10.98.0.0/24"))
    return replace(connections, user_pools=(staff, users))


def test_name_changes_with_whatever_charon_cannot_show(connections: Connections) -> None:
    others = (
        replace(connections, key=Secret("another")),
        replace(connections, certificate="another"),
        replace(connections, device=replace(connections.device, policy=ObjectId("1.3.6.1"))),
    )

    assert len({name(each) for each in (connections, *others)}) == 4
    assert name(connections).startswith("evertunnel-device-")
