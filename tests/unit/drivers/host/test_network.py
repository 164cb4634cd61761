"""What `ip` is told and how its answers are read; what the kernel then does is in tests/engine/test_firewall.py."""

import json
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from evertunnel.drivers.host.network import Network, Route, Sysctl
from evertunnel.errors import EngineRejected

INSIDE = Route(network=IPv4Network("10.0.0.0/24"), via=IPv4Address("10.0.1.1"))
NOWHERE = Route(network=IPv4Network("10.99.0.0/24"))


def test_setting_is_read_and_changed_where_its_name_says(tmp_path: Path) -> None:
    place = tmp_path / "net" / "ipv4" / "ip_forward"
    place.parent.mkdir(parents=True)
    place.write_text("0\n")
    network = Network(proc=tmp_path)

    assert network.sysctl("net.ipv4.ip_forward") == "0"
    network.set_sysctl(Sysctl(name="net.ipv4.ip_forward", value="1"))
    assert place.read_text() == "1"


def test_setting_that_this_kernel_lacks_is_none_and_cannot_be_changed(tmp_path: Path) -> None:
    network = Network(proc=tmp_path)

    assert network.sysctl("net.ipv4.none") is None
    with pytest.raises(EngineRejected, match=r"cannot set net\.ipv4\.none to 1: .*No such file"):
        network.set_sysctl(Sysctl(name="net.ipv4.none", value="1"))


def test_our_routes_are_told_by_their_protocol_and_one_to_nowhere_gives_way_to_any_other() -> None:
    ip = Ip()
    network = Network(run=ip)

    for route in (INSIDE, NOWHERE):
        network.add_route(route)
        network.remove_route(route)

    assert ip.told == [
        "ip -4 route replace 10.0.0.0/24 via 10.0.1.1 proto 77",
        "ip -4 route del 10.0.0.0/24 via 10.0.1.1 proto 77",
        "ip -4 route replace blackhole 10.99.0.0/24 metric 4000000000 proto 77",
        "ip -4 route del blackhole 10.99.0.0/24 metric 4000000000 proto 77",
    ]


def test_only_our_routes_are_listed_and_sorted() -> None:
    ip = Ip(
        [
            {"type": "blackhole", "dst": "10.99.0.0/24", "metric": 4_000_000_000, "flags": []},
            {"dst": "10.0.0.0/24", "gateway": "10.0.1.1", "dev": "internal", "flags": []},
            {"dst": "default", "gateway": "10.0.1.2", "dev": "internal", "flags": []},
        ]
    )

    assert Network(run=ip).routes() == (
        Route(network=IPv4Network("0.0.0.0/0"), via=IPv4Address("10.0.1.2")),
        INSIDE,
        NOWHERE,
    )
    assert ip.told == ["ip -4 -json route show table main proto 77"]


def test_no_route_of_ours_is_an_empty_answer() -> None:
    assert Network(run=lambda _: "").routes() == ()


def test_addresses_are_those_of_each_interface() -> None:
    ip = Ip(
        [
            {"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]},
            {},
            {"ifname": "eth0", "addr_info": []},
        ]
    )

    assert Network(run=ip).addresses() == {"lo": (IPv4Interface("127.0.0.1/8"),), "eth0": ()}


class Ip:
    def __init__(self, answer: object = None) -> None:
        self.told: list[str] = []
        self._answer = json.dumps(answer or [])

    def __call__(self, argv: Sequence[str]) -> str:
        self.told.append(" ".join(argv))
        return self._answer
