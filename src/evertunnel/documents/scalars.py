"""Single values: how text, numbers, names, addresses and secrets are read and written.

A hook's ValueError reads "what is wrong; how to mend it".
"""

import base64
import enum
import ipaddress
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cattrs import Converter

from evertunnel.documents.wording import shown, wrong
from evertunnel.values import (
    Fqdn,
    GroupName,
    HostName,
    ObjectId,
    PrincipalName,
    Secret,
    Serial,
    Sid,
    UserName,
    principal_name,
)

T = TypeVar("T")
Hook = Callable[[object, object], T]

LONGEST_NAME = 1024

TEXTS: tuple[type, ...] = (Fqdn, GroupName, HostName, ObjectId, Serial, Sid, UserName)
ADDRESSES: dict[type, str] = {
    ipaddress.IPv4Address: "an IPv4 address; write it like 10.0.0.20",
    ipaddress.IPv4Network: "an IPv4 network; write it like 10.99.0.0/24, with no host bits set",
    ipaddress.IPv4Interface: "an IPv4 address with its prefix; write it like 10.0.0.20/24",
}


def add_scalars(converter: Converter) -> None:
    """Teaches a converter the single values."""
    plain: dict[type, Hook[object]] = {
        str: _text,
        int: _whole_number,
        float: _number,
        bool: _boolean,
        bytes: _octets,
        Secret: _secret,
    }
    texts = {kind: _from_text(kind) for kind in TEXTS}
    addresses = {kind: _from_text(kind, wording) for kind, wording in ADDRESSES.items()}
    hooks: dict[type, Hook[object]] = {**plain, **texts, **addresses, Path: _from_text(_path)}
    for kind, hook in hooks.items():
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook(PrincipalName, _from_text(principal_name))
    converter.register_structure_hook_func(lambda kind: _is_a(kind, enum.Enum), _enumeration)
    for kind in ADDRESSES:
        converter.register_unstructure_hook(kind, str)
    converter.register_unstructure_hook_func(lambda kind: _is_a(kind, Path), str)
    converter.register_unstructure_hook(bytes, lambda octets: base64.b64encode(octets).decode())
    converter.register_unstructure_hook(Secret, Secret.reveal)


def _text(value: object, _: object = None) -> str:
    if not isinstance(value, str):
        raise wrong(value, "text", "write it in quotes")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{shown(value)} has half a surrogate pair in it; write it in UTF-8") from None
    return value


def _whole_number(value: object, _: object) -> int:
    # bool is an int to Python, never to a reader of a plan; SQLite and nft end at 64 bits.
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(value, "a whole number", "write it without quotes or fractions")
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{shown(value)} is too large; use a number of at most 64 bits")
    return value


def _number(value: object, _: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(value, "a number", "write it without quotes")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise wrong(value, "a number that can be used here", "use a finite one")
    return number


def _boolean(value: object, _: object) -> bool:
    if not isinstance(value, bool):
        raise wrong(value, "true or false", "write it without quotes")
    return value


def _octets(value: object, _: object) -> bytes:
    text = _text(value)
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise wrong(value, "base64", "take it unchanged from where it was made") from None


def _secret(value: object, _: object) -> Secret:
    try:
        return Secret(_text(value))
    except ValueError:
        raise ValueError("a secret is not text; write it in quotes") from None  # never shows what stands there


def _from_text(build: Callable[[str], T], wording: str | None = None) -> Hook[T]:
    def structure(value: object, _: object) -> T:
        text = _text(value)
        if len(text) > LONGEST_NAME:
            raise ValueError(f"{shown(value)} is too long; use at most {LONGEST_NAME} characters")
        try:
            return build(text)
        except ValueError as error:
            raise ValueError(f"{shown(value)} is not {wording}" if wording else str(error)) from None

    return structure


def _path(text: str) -> Path:
    if "\0" in text or not text:
        raise wrong(text, "a path", "write it like /etc/evertunnel")
    return Path(text)


def _enumeration(value: object, kind: type[enum.Enum]) -> enum.Enum:
    for member in kind:
        if type(member.value) is type(value) and member.value == value:
            return member
    raise wrong(value, "known here", f"choose one of {', '.join(str(member.value) for member in kind)}")


def _is_a(kind: object, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)
