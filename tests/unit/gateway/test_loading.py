from dataclasses import replace
from ipaddress import IPv4Network

from evertunnel.drivers.fake_charon import FakeCharon
from evertunnel.gateway import connection
from evertunnel.gateway.loading import load
from evertunnel.gateway.model import Connections, Pool


def test_charon_gets_authorities_key_pool_and_connection(connections: Connections) -> None:
    charon = FakeCharon()

    load(charon, connections)

    assert charon.authorities == ["root", "issuing"]
    assert charon.keys == ["key"]
    assert charon.pools == {"evertunnel-devices-10.99.0.0-24": "10.99.0.0/24"}
    assert charon.get_conns() == (connection.name(connections),)


def test_charon_gets_the_users_pools_and_connections_and_loses_the_former_ones(connections: Connections) -> None:
    people = replace(connections, user_pools=(Pool(name="users", network=IPv4Network("10.98.0.0/24")),))
    charon = FakeCharon()

    load(charon, people)
    assert set(charon.get_conns()) == set(connection.definitions(people))
    assert charon.pools["evertunnel-users-10.98.0.0-24"] == "10.98.0.0/24"

    load(charon, connections)
    assert charon.get_conns() == (connection.name(connections),)
    assert charon.get_pools() == ("evertunnel-devices-10.99.0.0-24",)


def test_former_connections_and_pools_of_ours_go_and_others_stay(connections: Connections) -> None:
    charon = FakeCharon()
    charon.load_conn("evertunnel-device-old", {})
    charon.load_conn("branch-office", {})
    charon.load_pool("evertunnel-devices-10.98.0.0-24", "10.98.0.0/24")
    charon.load_pool("branch", "10.1.0.0/24")

    load(charon, connections)

    assert set(charon.get_conns()) == {"branch-office", connection.name(connections)}
    assert charon.get_pools() == ("branch", "evertunnel-devices-10.99.0.0-24")


def test_pool_in_use_is_left_to_empty_itself(connections: Connections) -> None:
    charon = FakeCharon()
    charon.load_pool("evertunnel-devices-10.98.0.0-24", "10.98.0.0/24")
    charon.busy.add("evertunnel-devices-10.98.0.0-24")

    load(charon, connections)

    assert connection.name(connections) in charon.get_conns()
