from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from evertunnel.client import routes
from evertunnel.client.settings import Kind
from evertunnel.errors import EngineRejected

VIRTUAL, TUNNEL = (
    IPv4Address("10.99.0.1"),
    {"wan": (IPv4Interface("198.51.100.20/24"),), "ipsec0": (IPv4Interface("10.99.0.1/32"),)},
)


class Table:
    """What `ip` was told; it shows a route for each selector in `there`."""

    def __init__(self, *there: str) -> None:
        self.there, self.ran = there, list[str]()

    def __call__(self, argv: Sequence[str]) -> str:
        words = " ".join(argv)
        if "show" in argv:
            return "10.0.0.10 dev ipsec0\n" if any(words.endswith(each) for each in self.there) else ""
        self.ran.append(words)
        return ""


def test_each_network_is_routed_into_the_tunnel_from_the_virtual_address() -> None:
    table = Table()

    networks = (IPv4Network("10.0.0.10/32"), IPv4Network("10.0.5.0/24"))
    routes.install(Kind.DEVICE, VIRTUAL, networks, table, lambda: TUNNEL)

    assert table.ran == [
        "ip -4 route replace 10.0.0.10/32 dev ipsec0 src 10.99.0.1 metric 20 proto 77",
        "ip -4 route replace 10.0.5.0/24 dev ipsec0 src 10.99.0.1 metric 20 proto 77",
    ]


def test_where_both_carry_the_same_the_user_tunnel_is_preferred() -> None:
    table = Table()

    for kind in Kind:
        routes.install(kind, VIRTUAL, (IPv4Network("10.0.0.10/32"),), table, lambda: TUNNEL)

    metrics = {kind: int(words.split(" metric ")[1].split()[0]) for kind, words in zip(Kind, table.ran, strict=True)}
    assert metrics[Kind.USER] < metrics[Kind.DEVICE]


def test_routes_of_one_tunnel_are_removed_without_the_others() -> None:
    table = Table("proto 77 metric 10", "proto 77")

    routes.remove(Kind.USER, table)
    routes.remove(None, table)

    assert table.ran == [
        "ip -4 route flush table main proto 77 metric 10",
        "ip -4 route flush table main proto 77",
    ]


def test_nothing_is_flushed_where_nothing_is() -> None:
    table = Table()

    for kind in (None, *Kind):
        routes.remove(kind, table)

    assert table.ran == []


@pytest.mark.parametrize("addresses", [{}, {"wan": (IPv4Interface("10.99.0.1/32"),)}])
def test_address_on_no_tunnel_interface_is_refused(addresses: dict[str, tuple[IPv4Interface, ...]]) -> None:
    with pytest.raises(EngineRejected, match=r"no tunnel interface has the address 10\.99\.0\.1"):
        routes.interface_of(VIRTUAL, addresses)


def test_tunnels_own_routes_are_no_change_of_the_network(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text("Iface\tDestination\nwan\t00000000\n")
    before = routes.outside(table)

    table.write_text("Iface\tDestination\nipsec0\t0A00000A\nwan\t00000000\n")

    assert routes.outside(table) == before
