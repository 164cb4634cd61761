"""The stand-in refuses what charon refuses; tests/engine/gateway drives the real one in the same way."""

import pytest

from evertunnel.drivers.fake_charon import FakeCharon
from evertunnel.errors import EngineRejected


def test_what_was_loaded_is_listed_until_it_is_unloaded() -> None:
    charon = FakeCharon()
    charon.load_pool("b", "10.99.0.0/24")
    charon.load_pool("a", "10.98.0.0/24")
    charon.load_conn("device", {"version": "2"})

    assert (charon.get_pools(), charon.get_conns()) == (("a", "b"), ("device",))
    charon.unload_pool("a")
    charon.unload_conn("device")
    assert (charon.get_pools(), charon.get_conns()) == (("b",), ())


def test_second_load_replaces_the_first() -> None:
    charon = FakeCharon()
    for version in ("1", "2"):
        charon.load_conn("device", {"version": version})
        charon.load_pool("devices", f"10.99.{version}.0/24")

    assert charon.connections == {"device": {"version": "2"}}
    assert charon.pools == {"devices": "10.99.2.0/24"}


def test_what_is_not_there_cannot_be_unloaded() -> None:
    with pytest.raises(EngineRejected, match="charon refused unload-pool: devices"):
        FakeCharon().unload_pool("devices")
    with pytest.raises(EngineRejected, match="charon refused unload-conn: device"):
        FakeCharon().unload_conn("device")


def test_pool_with_an_address_in_use_stays() -> None:
    charon = FakeCharon()
    charon.load_pool("devices", "10.99.0.0/24")
    charon.busy.add("devices")

    with pytest.raises(EngineRejected, match="unload-pool"):
        charon.unload_pool("devices")
    assert charon.get_pools() == ("devices",)


def test_broken_connection_is_refused_and_not_kept() -> None:
    charon = FakeCharon()
    charon.broken.add("device")

    with pytest.raises(EngineRejected, match="charon refused load-conn"):
        charon.load_conn("device", {})
    assert charon.get_conns() == ()
