"""The declarations of a class of the model, as reader and writer walk them: one slot per element or attribute."""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, ip_address

from evertunnel.profiles.vpnv2.nodes import Node, Shape, node_of
from evertunnel.profiles.vpnv2.values import Address, AddressRange, Item, PortRange, Server, Text, Thumbprint
from evertunnel.values import ObjectId, Secret

LONGEST_NUMBER = 12  # digits; more is no number of a profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """How a value becomes text and back; `read` raises ValueError with what is wrong."""

    read: Callable[[str], object]
    write: Callable[[object], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One field: its declaration, and either a leaf or the class of what is inside (None: a case of its own)."""

    field: str
    place: int  # among the fields of its class
    node: Node
    many: bool
    leaf: Leaf | None
    inside: type | None


def slots_of(kind: type) -> tuple[Slot, ...]:
    """The slots of a class, in the order of its fields."""
    return _slots(kind)


def by_name(kind: type) -> Mapping[str, Slot]:
    """The slots of a class by every name, in lower case, that their elements and attributes go by."""
    return _by_name(kind)


def attributes_of(kind: type) -> tuple[Slot, ...]:
    """Of these the attributes, which few classes have."""
    return _attributes(kind)


@functools.cache
def _attributes(kind: type) -> tuple[Slot, ...]:
    return tuple(slot for slot in _slots(kind) if slot.node.shape is Shape.ATTRIBUTE)


@functools.cache
def _slots(kind: type) -> tuple[Slot, ...]:
    hints = typing.get_type_hints(kind)
    fields = [each for each in dataclasses.fields(kind) if "node" in each.metadata]
    return tuple(_slot(place, each, hints[each.name]) for place, each in enumerate(fields))


@functools.cache
def _by_name(kind: type) -> Mapping[str, Slot]:
    return {name.lower(): slot for slot in slots_of(kind) for name in (slot.node.name, *slot.node.spellings)}


def _slot(place: int, field: "dataclasses.Field[typing.Any]", hint: object) -> Slot:
    declared = node_of(field)
    many = typing.get_origin(hint) is tuple
    kinds = [each for each in _members(hint) if each not in {type(None), Ellipsis}]
    if dataclasses.is_dataclass(kinds[0]) and kinds[0] not in LEAVES:
        # Of several classes the EAP method's number decides, which is a case of its own.
        inside = kinds[0] if len(kinds) == 1 and isinstance(kinds[0], type) else None
        return Slot(field=field.name, place=place, node=declared, many=many, leaf=None, inside=inside)
    leaf = _ranged(declared.within) if kinds[0] is int else _leaf(kinds[0])
    return Slot(field=field.name, place=place, node=declared, many=many, leaf=leaf, inside=None)


def _members(hint: object) -> tuple[object, ...]:
    if typing.get_origin(hint) in {tuple, types.UnionType, typing.Union}:
        return tuple(inner for each in typing.get_args(hint) for inner in _members(each))
    return (hint,)


def _leaf(kind: object) -> Leaf:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Leaf(read=functools.partial(_member, kind), write=_value)
    return LEAVES[kind]


def _member(kind: type[Enum], text: str) -> Enum:
    found = _words(kind).get(text.strip().lower())
    if found is None:
        raise ValueError(f"{text.strip()!r} is none of {', '.join(str(each.value) for each in kind)}")
    return found


@functools.cache
def _words(kind: type[Enum]) -> Mapping[str, Enum]:
    return {str(each.value).lower(): each for each in kind}


def _value(member: object) -> str:
    return str(member.value) if isinstance(member, Enum) else str(member)


def _boolean(text: str) -> bool:
    match text.strip().lower():
        # XML Schema's booleans have two spellings (Part 2, 3.2.2).
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case _:
            raise ValueError(f"{text.strip()!r} is neither true nor false")


def _ranged(within: range | None) -> Leaf:
    return Leaf(read=functools.partial(_number, within or range(2**32)))


def _number(within: range, text: str) -> int:
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > LONGEST_NUMBER or int(digits) not in within:
        raise ValueError(f"{digits!r} is not a number from {within.start} to {within.stop - 1}")
    return int(digits)


def _address(text: str) -> Address:
    try:
        return ip_address(text.strip())
    except ValueError:
        raise ValueError(f"{text.strip()!r} is not an address; write it like 10.0.0.1") from None


def _secret(text: str) -> Secret:
    try:
        return Secret(Text(text))
    except ValueError:
        raise ValueError("it is empty, or holds a character that XML cannot carry") from None


def _reveal(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


LEAVES: Mapping[object, Leaf] = {
    bool: Leaf(read=_boolean, write=lambda value: "true" if value else "false"),
    Text: Leaf(read=Text),
    Item: Leaf(read=Item),
    ObjectId: Leaf(read=lambda text: ObjectId(text.strip())),
    Thumbprint: Leaf(read=Thumbprint),
    Server: Leaf(read=Server.read),
    PortRange: Leaf(read=PortRange.read),
    AddressRange: Leaf(read=AddressRange.read),
    IPv4Address: Leaf(read=_address),
    Secret: Leaf(read=_secret, write=_reveal),
}
