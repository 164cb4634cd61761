"""charon's answers and events over VICI as values, and their translation from VICI's messages.

A message is what the `vici` package makes of the wire: sections are mappings, values octets, lists lists of octets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import NoReturn, TypeAlias

from evertunnel.drivers.radius_values import Usage
from evertunnel.errors import EngineRejected

Message: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A CHILD_SA as list-sas shows it."""

    name: str
    state: str
    unique: int = 0  # charon's number for it, which it keeps when its IKE_SA is rekeyed
    remote_selectors: tuple[str, ...] = ()
    usage: Usage | None = None  # None where charon did not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Sa:
    """An IKE_SA as list-sas shows it; `addresses` are the peer's virtual addresses, `own_addresses` this end's.

    `remote_eap_id` is whom RADIUS authenticated by EAP; empty where nobody was.
    """

    ike_id: int
    connection: str
    state: str
    remote_host: str
    remote_port: int
    remote_id: str
    remote_eap_id: str = ""
    addresses: tuple[IPv4Address, ...] = ()
    own_addresses: tuple[IPv4Address, ...] = ()
    children: tuple[Child, ...] = ()
    established_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """An IKE_SA or CHILD_SA went up or down, or was rekeyed: look at it again.

    `sa` is how it stood then, where a CHILD_SA came up; `shown` the same whatever happened to a CHILD_SA, for its
    counters: what has gone has its last ones there.
    """

    ike_id: int
    up: bool
    sa: Sa | None = None
    shown: Sa | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of charon's log; `ike_id` is 0 and `connection` empty where the line belongs to no IKE_SA."""

    ike_id: int
    group: str
    text: str
    connection: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The event connection broke; no further event comes."""

    reason: str


Event: TypeAlias = Changed | LogLine | Ended


def sas_of(entry: Message) -> tuple[Sa, ...]:
    """The IKE_SAs of one list-sa or updown message."""
    return tuple(_sa(name, section) for name, section in entry.items() if isinstance(section, Mapping))


def _sa(name: str, section: Message) -> Sa:
    return Sa(
        ike_id=number_of(section, "uniqueid"),
        connection=name,
        state=text_of(section, "state"),
        remote_host=text_of(section, "remote-host", default=""),
        remote_port=number_of(section, "remote-port", default=0),
        remote_id=text_of(section, "remote-id", default=""),
        remote_eap_id=text_of(section, "remote-eap-id", default=""),
        addresses=_addresses(section, "remote-vips"),
        own_addresses=_addresses(section, "local-vips"),
        children=tuple(_children(section.get("child-sas", {}))),
        established_seconds=number_of(section, "established", default=0),
    )


def _children(section: object) -> Iterator[Child]:
    if not isinstance(section, Mapping):
        _unreadable("child-sas", section)
    for child in section.values():
        if not isinstance(child, Mapping):
            _unreadable("child-sas", child)
        # A rekeying shows both.
        for each in (child["old"], child["new"]) if {"old", "new"} <= child.keys() else (child,):
            yield _child(each)


def _child(child: object) -> Child:
    if not isinstance(child, Mapping):
        _unreadable("child-sas", child)
    return Child(
        name=text_of(child, "name"),
        state=text_of(child, "state"),
        unique=number_of(child, "uniqueid", default=0),
        remote_selectors=texts_of(child, "remote-ts"),
        usage=_usage(child) if "bytes-in" in child else None,
    )


def _usage(child: Message) -> Usage:
    return Usage(
        in_octets=number_of(child, "bytes-in"),
        out_octets=number_of(child, "bytes-out", default=0),
        in_packets=number_of(child, "packets-in", default=0),
        out_packets=number_of(child, "packets-out", default=0),
    )


def event_of(name: str, message: Message) -> Event | None:
    """The event of a message, or nothing where it tells us nothing."""
    if name == "log":
        return LogLine(
            ike_id=number_of(message, "ikesa-uniqueid", default=0),
            group=text_of(message, "group", default=""),
            text=text_of(message, "msg", default=""),
            connection=text_of(message, "ikesa-name", default=""),
        )
    up = message.get("up") == b"yes"
    for each, section in message.items():
        if isinstance(section, Mapping):
            shown = _sa(each, section) if name.startswith("child-") else None
            sa = shown if up and name == "child-updown" else None
            return Changed(ike_id=number_of(section, "uniqueid"), up=up, sa=sa, shown=shown)
    return None


def text_of(message: Message, key: str, *, default: str | None = None) -> str:
    """A value as text; what is no UTF-8 is shown escaped."""
    value = message.get(key, default)
    if isinstance(value, str):
        return value
    if not isinstance(value, bytes):
        _unreadable(key, value)
    return value.decode(errors="backslashreplace")


def texts_of(message: Message, key: str) -> tuple[str, ...]:
    """A list of values as texts; none where it is left out."""
    value = message.get(key, ())
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        _unreadable(key, value)
    return tuple(item.decode(errors="backslashreplace") if isinstance(item, bytes) else str(item) for item in value)


def number_of(message: Message, key: str, *, default: int | None = None) -> int:
    """A value as a number of digits alone."""
    if default is not None and key not in message:
        return default
    text = text_of(message, key)
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        _unreadable(key, text)
    return int(text)


def _addresses(message: Message, key: str) -> tuple[IPv4Address, ...]:
    texts = texts_of(message, key)
    try:
        return tuple(IPv4Address(text) for text in texts)
    except AddressValueError:
        _unreadable(key, texts)


def _unreadable(key: str, value: object) -> NoReturn:
    raise EngineRejected(f"charon's answer cannot be read: {key} is {value!r}")
