"""The drop rule: a packet from or to a virtual address travels in the tunnel or not at all. IPv6 is not touched.

It names the whole pool, so it stands before charon has an address, and stays when the tunnel and charon are gone. An
address that the interface itself owns is let pass: a home network may overlap the pool, and IKE must still leave there.
"""

from ipaddress import IPv4Network
from typing import Protocol

from evertunnel.drivers.nft import Listing

FAMILY, NAME = "inet", "evertunnel"
TABLE = f"{FAMILY} {NAME}"
OUT = "client_out"
IN = "client_in"
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


def lock(rules: Rules, pool: IPv4Network) -> None:
    """Puts the rule in place, whatever was there."""
    rules.run(commands(pool))


def unlock(tables: Tables) -> None:
    """Takes the rule away, and the table with it unless somebody else has a part in that."""
    parts = [(kind, _name(part)) for each in tables.table(FAMILY, NAME) for kind, part in each.items()]
    ours = [("chain", OUT), ("chain", IN)]
    if any(kind not in {"table", "rule"} and (kind, name) not in ours for kind, name in parts):
        there = [name for kind, name in ours if (kind, name) in parts]
        lines = [f"{verb} chain {TABLE} {name}" for name in there for verb in ("flush", "delete")]
    else:
        lines = [f"delete table {TABLE}"] if parts else []
    if lines:
        tables.run("\n".join(lines) + "\n")


def commands(pool: IPv4Network) -> str:
    """The rule as one transaction of nft; other chains of the table stay.

    Filtering after routing sees forwarded packets too, and before address translation hides their source.
    """
    return f"""\
add table {TABLE}
add chain {TABLE} {OUT} {{ type filter hook postrouting priority 0; policy accept; }}
add chain {TABLE} {IN} {{ type filter hook prerouting priority -300; policy accept; }}
flush chain {TABLE} {OUT}
flush chain {TABLE} {IN}
add rule {TABLE} {OUT} oifname != {INSIDE} ip saddr {pool} fib saddr . oif type != local drop
add rule {TABLE} {IN} iifname != {INSIDE} ip daddr {pool} fib daddr . iif type != local drop
"""


def _name(part: object) -> str:
    return str(part.get("name", "")) if isinstance(part, dict) else ""
