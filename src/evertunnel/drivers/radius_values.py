"""What is asked over RADIUS and what can come back."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TypeAlias

from evertunnel.values import Serial


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this session go on? Everything that the answer may depend on."""

    identity: str
    serial: Serial
    tunnel: str
    session: str
    address: IPv4Address
    outer: str
    called: str
    nas_name: str
    nas_address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Yes; what the server left out is empty (or None), and for the asker to judge."""

    device: str
    reach: str
    seconds: int | None = None
    decision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """No; `message` is the server's sentence, with the reason's number before it."""

    message: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing valid came in time: nobody said yes, nobody said no."""


Answer: TypeAlias = Accept | Reject | NoAnswer
