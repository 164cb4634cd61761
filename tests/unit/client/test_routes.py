from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest

from evertunnel.client import routes
from evertunnel.errors import EngineRejected

VIRTUAL, TUNNEL = (
    IPv4Address("10.99.0.1"),
    {"wan": (IPv4Interface("198.51.100.20/24"),), "ipsec0": (IPv4Interface("10.99.0.1/32"),)},
)


def test_each_network_is_routed_into_the_tunnel_from_the_virtual_address() -> None:
    ran: list[str] = []

    def run(argv: Sequence[str]) -> str:
        ran.append(" ".join(argv))
        return ""

    routes.install(VIRTUAL, (IPv4Network("10.0.0.10/32"), IPv4Network("10.0.5.0/24")), run, lambda: TUNNEL)
    routes.remove(run)

    assert ran == [
        "ip -4 route replace 10.0.0.10/32 dev ipsec0 src 10.99.0.1 proto 77",
        "ip -4 route replace 10.0.5.0/24 dev ipsec0 src 10.99.0.1 proto 77",
        "ip -4 route flush table main proto 77",
    ]


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
