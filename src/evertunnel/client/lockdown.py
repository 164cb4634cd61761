"""The drop rule: a packet from or to a virtual address travels in the tunnel or not at all. IPv6 is not touched.

It names the whole pool, so it stands before charon has an address, and stays when the tunnel and charon are gone. An
address that the interface itself owns is let pass: a home network may overlap the pool, and IKE must still leave there.
"""

from ipaddress import IPv4Network
from typing import Protocol

TABLE = "inet evertunnel"
OUT = "client_out"
IN = "client_in"
INSIDE = '{ "ipsec*", "lo" }'


class Rules(Protocol):
    """Takes nft commands, all of them or none."""

    def run(self, commands: str) -> None:
        """Runs them as one transaction."""
        ...


def lock(rules: Rules, pool: IPv4Network) -> None:
    """Puts the rule in place, whatever was there."""
    rules.run(commands(pool))


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
