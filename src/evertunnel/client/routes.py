"""What the tunnels carry: routes of ours, told by their protocol, in the main table, from the virtual address.

Of two routes the more specific one wins. Where both tunnels carry the same prefix the user tunnel's does: each has a
metric of its own, and by that its routes are told from the other's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from evertunnel.client.settings import Kind
from evertunnel.drivers.host import processes
from evertunnel.drivers.host.network import PROTOCOL, Network
from evertunnel.errors import EngineRejected

TUNNELS = "ipsec"
ROUTES = Path("/proc/net/route")
METRICS = {Kind.USER: 10, Kind.DEVICE: 20}

Addresses = Mapping[str, Sequence[IPv4Interface]]
Run = Callable[[Sequence[str]], str]


def install(
    kind: Kind,
    address: IPv4Address,
    networks: Iterable[IPv4Network],
    run: Run = processes.run,
    addresses: Callable[[], Addresses] = lambda: Network().addresses(),
) -> None:
    """Sends these networks into the tunnel whose interface owns `address`."""
    way = ["dev", interface_of(address, addresses()), "src", str(address), "metric", str(METRICS[kind])]
    for network in networks:
        run(["ip", "-4", "route", "replace", str(network), *way, "proto", PROTOCOL])


def remove(kind: Kind | None = None, run: Run = processes.run) -> None:
    """Takes those of one tunnel away, or all of them."""
    ours = ["table", "main", "proto", PROTOCOL, *(["metric", str(METRICS[kind])] if kind else [])]
    # Where there is no route at all there is no table either, and flushing that fails.
    if run(["ip", "-4", "route", "show", *ours]).strip():
        run(["ip", "-4", "route", "flush", *ours])


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
