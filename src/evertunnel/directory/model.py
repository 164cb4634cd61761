"""The directory's nouns, and its State: what the plan itself puts into it."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from ipaddress import AddressValueError, IPv4Address

from evertunnel.values import GroupName, HostName, Sid, UserName

LONGEST_DISPLAY = 256


class Kind(Enum):
    """What a computer is: a device that connects from outside, or a host of the plan."""

    DEVICE = "device"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computer:
    """A known computer; only an enabled one gets anything."""

    name: HostName
    kind: Kind
    enabled: bool
    added: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A person to be added; `sid` where another directory gave one, `address` where the tunnel's is to be fixed."""

    name: UserName
    display: str = ""
    sid: Sid | None = None
    address: IPv4Address | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A known person; only an enabled one gets anything."""

    name: UserName
    display: str
    sid: Sid | None
    address: IPv4Address | None
    enabled: bool
    added: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list in the order of names: what comes after a name, so many, or all."""

    after: str = ""
    limit: int | None = None


ALL = Page()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHost:
    """A host as the plan names it, with its direct groups in order."""

    name: HostName
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Whether the store is of this version, and groups and hosts, each sorted; devices are no part of a plan."""

    store_is_current: bool = False
    groups: tuple[GroupName, ...] = ()
    hosts: tuple[PlannedHost, ...] = ()


def display_name(text: str) -> str:
    """A person's name as it is shown; refuses what would do something to a terminal."""
    if len(text) > LONGEST_DISPLAY or not text.isprintable():
        raise ValueError(f"{text[:40]!r} is no display name; use up to {LONGEST_DISPLAY} printable characters")
    return text.strip()


def fixed_address(text: str) -> IPv4Address:
    """An address that a person's tunnel may always have."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        raise ValueError(f"{text!r} is not an IPv4 address; write it like 10.99.1.20") from None
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_link_local:
        raise ValueError(f"{text} is no address of a host; write one of a pool, like 10.99.1.20")
    if address.is_reserved:
        raise ValueError(f"{text} is reserved; write one of a pool, like 10.99.1.20")
    return address


def search_words(text: str) -> tuple[str, ...]:
    """What was typed, as words that `words_of` may begin with."""
    return tuple(dict.fromkeys(_folded(text).split()))


def words_of(name: UserName, display: str) -> frozenset[str]:
    """The words that find a person: the name, its parts before the @, the display name's, with accents and without.

    >>> sorted(words_of(UserName("zoe.m@contoso.com"), "Zoë Miller"))
    ['m', 'miller', 'zoe', 'zoe.m@contoso.com', 'zoë']
    """
    shown = _folded(display)
    plain = "".join(each for each in unicodedata.normalize("NFKD", shown) if not unicodedata.combining(each))
    parts = re.split(r"[._-]", name.mailbox)
    return frozenset(word for word in (name, *parts, *_split(shown), *_split(plain)) if word)


def _split(text: str) -> list[str]:
    return re.split(r"[\s,;()\"'/-]+", text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
