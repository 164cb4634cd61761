"""What is asked over RADIUS and what can come back."""

from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address
from typing import TypeAlias

from evertunnel.values import Serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this session go on? Everything that the answer may depend on."""

    identity: str
    serial: Serial | None
    tunnel: str
    session: str
    port: int
    address: IPv4Address
    outer: str
    called: str
    nas_name: str
    nas_address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Yes; what the server left out is empty (or None), and for the asker to judge. Times are seconds."""

    name: str
    reach: str
    seconds: int | None = None
    decision: str = ""
    idle: int | None = None
    interim: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """No; `message` is the server's sentence, with the reason's number before it."""

    message: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing valid came in time: nobody said yes, nobody said no."""


Answer: TypeAlias = Accept | Reject | NoAnswer


class Status(Enum):
    """What an accounting record says of its session (Acct-Status-Type, RFC 2866 5.1 and RFC 2867 3)."""

    START = "Start"
    INTERIM = "Interim-Update"
    STOP = "Stop"
    REJECT = "Tunnel-Reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What went through a tunnel; `in` is from the device (RFC 2866 5.3)."""

    in_octets: int = 0
    out_octets: int = 0
    in_packets: int = 0
    out_packets: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            in_octets=self.in_octets + other.in_octets,
            out_octets=self.out_octets + other.out_octets,
            in_packets=self.in_packets + other.in_packets,
            out_packets=self.out_packets + other.out_packets,
        )

    def highest(self, other: "Usage") -> "Usage":
        """The later of two readings of counters that only grow."""
        return Usage(
            in_octets=max(self.in_octets, other.in_octets),
            out_octets=max(self.out_octets, other.out_octets),
            in_packets=max(self.in_packets, other.in_packets),
            out_packets=max(self.out_packets, other.out_packets),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """One accounting record; session, status and number together tell it from every other of the gateway.

    Times are Unix seconds; usage counts from the session's start. `cause` is an Acct-Terminate-Cause by its name,
    `text` the same in our words, `interim` the seconds until the next record at the latest.
    """

    status: Status
    session: str
    number: int
    at: float
    tunnel: str
    name: str
    outer: str
    device: str = ""
    inner: str = ""
    policy: str = ""
    class_: str = ""
    started: float = 0.0
    usage: Usage = field(default_factory=Usage)
    cause: str = ""
    text: str = ""
    interim: int = 0

    @property
    def seconds(self) -> int:
        """How long the session has lasted, so that the start can be told from the end, both in whole seconds."""
        return max(0, int(self.at) - int(self.started))
