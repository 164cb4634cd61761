"""What FreeRADIUS hands to the ledger: an Accounting-Request's attributes as rlm_rest writes them.

    {"Acct-Status-Type": {"type": "integer", "value": ["Stop"]}, "Acct-Input-Octets": {"type": "integer", "value": [5]},
     "Evertunnel-Raw": {"type": "string", "value": ["Arrived 1795319585", "User-Name 616c696365", ...]}, ...}

Text comes in Evertunnel-Raw, in hexadecimal digits (see accounting_configuration). An answer is the token and TAKEN.
Nothing but the status and the session's id need be there: other vendors' servers account here, too. What a client says
of its own name is not believed: the gateway is who FreeRADIUS knows by its address and secret.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from evertunnel.drivers.radius_values import Usage

TAKEN = "taken"
RAW = "Evertunnel-Raw"
TEXTS = (
    "User-Name",
    "Acct-Session-Id",
    "Acct-Multi-Session-Id",
    "NAS-Identifier",
    "Called-Station-Id",
    "Calling-Station-Id",
    "Connect-Info",
    "Class",
    "Event-Timestamp",
    "Acct-Delay-Time",
    "Tunnel-Client-Endpoint",
    "Tunnel-Server-Endpoint",
    "Evertunnel-Serial",
    "Evertunnel-Tunnel",
    "Evertunnel-Device",
    "Evertunnel-Policy",
    "Evertunnel-Cause",
    "Evertunnel-Packets",
)
NUMBERS = ("Event-Timestamp", "Acct-Delay-Time")
# Secrets, and what FreeRADIUS added on the way.
NOT_KEPT = frozenset((RAW, "Message-Authenticator", "Packet-Original-Timestamp", "Packet-Transmit-Counter", "Arrived"))
WORD = 2**32
LONGEST = 1024
HOST = "host/"  # how Windows names a computer that authenticates


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One accounting record as it came.

    `number` is None where the sender does not number its records, `started` where it does not say for how long the
    session has lasted.
    """

    status: str
    gateway: str
    session: str
    number: int | None
    at: float
    started: float | None
    tunnel: str
    name: str
    device: str
    outer: str
    inner: str
    policy: str
    class_: str
    cause: str
    text: str
    interim: int
    usage: Usage
    attributes: Mapping[str, str] = field(default_factory=dict)


def read_report(body: bytes, now: float) -> Report:
    """The record in a request's body; ValueError if it is none."""
    try:
        document = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(document, Mapping):
        raise ValueError("not an object")
    said = _attributes(document)
    status, session = said.get("Acct-Status-Type", ""), said.get("Acct-Session-Id", "")
    gateway = said.get("Evertunnel-Gateway") or said.get("NAS-Identifier") or said.get("NAS-IP-Address", "")
    if not status or not gateway:
        raise ValueError("without status or gateway")
    arrived = _number(said, "Arrived") or int(now)
    at = float(_number(said, "Event-Timestamp") or arrived - (_number(said, "Acct-Delay-Time") or 0))
    duration = 0 if status == "Start" else _number(said, "Acct-Session-Time")
    name = said.get("User-Name", "")
    return Report(
        status=status,
        gateway=gateway,
        session=session,
        number=_number(said, "Evertunnel-Record"),
        at=at,
        started=None if duration is None else at - duration,
        tunnel=said.get("Evertunnel-Tunnel") or ("device" if name.lower().startswith(HOST) else "user"),
        name=name,
        device=said.get("Evertunnel-Device", ""),
        outer=said.get("Calling-Station-Id") or said.get("Tunnel-Client-Endpoint", ""),
        inner=said.get("Framed-IP-Address", ""),
        policy=said.get("Evertunnel-Policy", ""),
        class_=said.get("Class", ""),
        cause=said.get("Acct-Terminate-Cause", ""),
        text=said.get("Evertunnel-Cause", ""),
        interim=_number(said, "Acct-Interim-Interval") or 0,
        usage=_usage(said),
        attributes={name: value for name, value in sorted(said.items()) if name not in NOT_KEPT},
    )


def _attributes(document: Mapping[object, object]) -> dict[str, str]:
    """Every attribute as text, the first of those that are there several times."""
    said = {}
    for name, attribute in document.items():
        values = attribute.get("value") if isinstance(attribute, Mapping) else None
        if isinstance(values, list) and values and isinstance(values[0], str | int | float):
            said[str(name)[:LONGEST]] = _octets_as_text(str(values[0]))[:LONGEST]
    raw = document.get(RAW)
    lines = raw.get("value") if isinstance(raw, Mapping) else None
    if lines:
        said.pop("Acct-Delay-Time", None)  # FreeRADIUS's own: how long the record lay in its file
    for line in lines if isinstance(lines, list) else ():
        name, _, value = str(line).partition(" ")
        said[name] = _unhexed(name, value)
    return said


def _unhexed(name: str, value: str) -> str:
    if name == "Arrived":
        return value
    octets = bytes.fromhex(value)
    if name in NUMBERS:
        return str(int.from_bytes(octets, "big"))
    if name == "Class" and not (octets.isascii() and octets.decode().isprintable()):
        return f"0x{octets.hex()}"
    return octets.decode(errors="backslashreplace")


def _octets_as_text(text: str) -> str:
    """rlm_rest writes each octet as a character of its own."""
    try:
        return text.encode("latin-1").decode()
    except ValueError:
        return text


def _number(said: Mapping[str, str], name: str) -> int | None:
    text = said.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _usage(said: Mapping[str, str]) -> Usage:
    in_packets, out_packets = (_number(said, f"Acct-{way}-Packets") or 0 for way in ("Input", "Output"))
    whole = said.get("Evertunnel-Packets", "").split(" ")
    if len(whole) == 2 and all(text.isascii() and text.isdigit() for text in whole):
        in_packets, out_packets = map(int, whole)
    in_octets, out_octets = (
        (_number(said, f"Acct-{way}-Gigawords") or 0) * WORD + (_number(said, f"Acct-{way}-Octets") or 0)
        for way in ("Input", "Output")
    )
    return Usage(in_octets=in_octets, out_octets=out_octets, in_packets=in_packets, out_packets=out_packets)
