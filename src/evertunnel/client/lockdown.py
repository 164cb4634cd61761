"""The drop rule: a packet from or to a virtual address travels in a tunnel or not at all. IPv6 is not touched.

It names whole pools, so it stands before charon has an address, and stays when the tunnel and charon are gone. Each
tunnel has chains of its own, so that neither takes the other's rule away; what one of them drops is dropped. An
address that the interface itself owns is let pass: a home network may overlap the pool, and IKE must still leave there.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, collapse_addresses
from typing import Protocol

from evertunnel.client.settings import Kind
from evertunnel.drivers.nft import Listing

FAMILY, NAME = "inet", "evertunnel"
TABLE = f"{FAMILY} {NAME}"
CHAINS = {Kind.DEVICE: ("client_out", "client_in"), Kind.USER: ("client_user_out", "client_user_in")}
INSIDE = '{ "ipsec*", "lo" }'


class Rules(Protocol):
    """Takes nft commands, all of them or none."""

    def run(self, commands: str) -> None:
        """Runs them as one transaction."""
        ...


class Tables(Rules, Protocol):
    """Shows what there is, too."""

    def table(self, family: str, name: str) -> Listing:
        """Everything in a table; empty when there is no such table."""
        ...


def lock(rules: Rules, kind: Kind, pools: Iterable[IPv4Network]) -> None:
    """Puts a tunnel's rule in place, whatever was there."""
    rules.run(commands(kind, pools))


def unlock(tables: Tables) -> None:
    """Takes the rules away, and the table with them unless somebody else has a part in that."""
    parts = [(kind, _name(part)) for each in tables.table(FAMILY, NAME) for kind, part in each.items()]
    ours = [("chain", chain) for chains in CHAINS.values() for chain in chains]
    if any(kind not in {"table", "rule"} and (kind, name) not in ours for kind, name in parts):
        there = [name for kind, name in ours if (kind, name) in parts]
        lines = [f"{verb} chain {TABLE} {name}" for name in there for verb in ("flush", "delete")]
    else:
        lines = [f"delete table {TABLE}"] if parts else []
    if lines:
        tables.run("\n".join(lines) + "\n")


def commands(kind: Kind, pools: Iterable[IPv4Network]) -> str:
    """The rule as one transaction of nft; other chains of the table stay.

    Filtering after routing sees forwarded packets too, and before address translation hides their source.
    """
    outwards, inwards = CHAINS[kind]
    virtual = ", ".join(map(str, collapse_addresses(pools)))
    return f"""\
add table {TABLE}
add chain {TABLE} {outwards} {{ type filter hook postrouting priority 0; policy accept; }}
add chain {TABLE} {inwards} {{ type filter hook prerouting priority -300; policy accept; }}
flush chain {TABLE} {outwards}
flush chain {TABLE} {inwards}
add rule {TABLE} {outwards} oifname != {INSIDE} ip saddr {{ {virtual} }} fib saddr . oif type != local drop
add rule {TABLE} {inwards} iifname != {INSIDE} ip daddr {{ {virtual} }} fib daddr . iif type != local drop
"""


def _name(part: object) -> str:
    return str(part.get("name", "")) if isinstance(part, dict) else ""
