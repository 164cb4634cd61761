"""What the tunnel carries: routes of ours, told by their protocol, in the main table, from the virtual address."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from evertunnel.drivers.host import processes
from evertunnel.drivers.host.network import PROTOCOL, Network
from evertunnel.errors import EngineRejected

TUNNELS = "ipsec"
ROUTES = Path("/proc/net/route")

Addresses = Mapping[str, Sequence[IPv4Interface]]
Run = Callable[[Sequence[str]], str]


def install(
    address: IPv4Address,
    networks: Iterable[IPv4Network],
    run: Run = processes.run,
    addresses: Callable[[], Addresses] = lambda: Network().addresses(),
) -> None:
    """Sends these networks into the tunnel whose interface owns `address`."""
    interface = interface_of(address, addresses())
    for network in networks:
        run(["ip", "-4", "route", "replace", str(network), "dev", interface, "src", str(address), "proto", PROTOCOL])


def remove(run: Run = processes.run) -> None:
    """Takes all of them away."""
    run(["ip", "-4", "route", "flush", "table", "main", "proto", PROTOCOL])


def interface_of(address: IPv4Address, addresses: Addresses) -> str:
    """The tunnel interface that owns an address.

    >>> interface_of(IPv4Address("10.99.0.1"), {"ipsec0": (IPv4Interface("10.99.0.1/32"),)})
    'ipsec0'
    """
    for interface, owned in sorted(addresses.items()):
        if interface.startswith(TUNNELS) and address in (each.ip for each in owned):
            return interface
    raise EngineRejected(f"no tunnel interface has the address {address}; charon's log says why")


def outside(table: Path = ROUTES) -> str:
    """The host's own routes as text: when it changes, so did the network."""
    lines = table.read_text().splitlines()
    return "\n".join(sorted(line for line in lines if not line.startswith(TUNNELS)))
