"""What the profiles of both tunnels say: where to connect, with what, and what the tunnel carries. No secret."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from evertunnel.errors import DocumentError, Problem
from evertunnel.values import Fqdn

SCHEMA = 1
PROPOSAL = re.compile(r"[a-z0-9]+(-[a-z0-9_]+)*")
PORTS = range(1, 65536)
EVERYWHERE = IPv4Network("0.0.0.0/0")

# What alone tells the four documents apart before they are read.
COMMON_KEY = "policy"  # of a profile for all
DEVICE_KEY, USER_KEY = "domain", "aaa_name"  # of a device tunnel's, of a user tunnel's


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A TCP port inside that the agent knocks at from the tunnel's address, to see whether packets pass."""

    address: IPv4Address
    port: int

    def __post_init__(self) -> None:
        if self.port not in PORTS:
            raise ValueError(f"{self.port} is not a TCP port; write a number from 1 to 65535")


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelProfile:
    """Everything that a tunnel needs beside who it is for, their certificate and their key."""

    schema: int = SCHEMA
    gateway: Fqdn
    ike_proposals: tuple[str, ...]
    esp_proposals: tuple[str, ...]
    authorities: tuple[str, ...]  # PEM: the root first, the issuing authority last
    routes: tuple[IPv4Network, ...]
    probes: tuple[Probe, ...]
    ike_seconds: int = 86_400
    child_seconds: int = 28_800
    dpd_seconds: int = 2  # with the retransmissions of client/render.py, a dead gateway is noticed after 4 s

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(
                f"schema {self.schema} is not known to this version; install a newer Evertunnel on the device"
            )
        for proposal in self.ike_proposals + self.esp_proposals:
            if not PROPOSAL.fullmatch(proposal):
                raise ValueError(f"{proposal!r} is not a proposal; write it like aes128gcm16-ecp256")
        empty = [
            name
            for name in ("ike_proposals", "esp_proposals", "authorities", "routes", "probes")
            if not getattr(self, name)
        ]
        if empty:
            raise ValueError(f"{', '.join(empty)} must not be empty; take the profile unchanged from where it was made")
        if EVERYWHERE in self.routes:
            raise ValueError("0.0.0.0/0 is no route of this tunnel; name the networks inside")
        short = [name for name in ("ike_seconds", "child_seconds") if getattr(self, name) < 60]
        if short or self.dpd_seconds < 1:
            raise ValueError(
                "a lifetime or dpd_seconds is too short; lifetimes are at least 60 s, dpd_seconds at least 1"
            )


def says(document: object, key: str) -> bool:
    """Whether a plain document has a key."""
    return isinstance(document, Mapping) and key in document


def other(name: str, what: str, mend: str) -> DocumentError:
    """It is a profile, but another one than was asked for."""
    return DocumentError(name, [Problem(path="(whole file)", what=what, mend=mend)])
