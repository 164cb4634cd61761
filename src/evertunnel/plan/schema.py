"""The plan's JSON Schema (draft 2020-12), made from the same declarations that the parser reads; editors use it."""

import dataclasses
import enum
import ipaddress
import types
import typing

from evertunnel import documents
from evertunnel.plan.model import Plan
from evertunnel.values import Fqdn, GroupName, HostName, ObjectId

OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
ADDRESS = rf"{OCTET}(\.{OCTET}){{3}}"
PREFIX = r"/([0-9]|[12][0-9]|3[0-2])"
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PATTERNS: dict[type, str] = {
    ipaddress.IPv4Address: ADDRESS,
    ipaddress.IPv4Network: ADDRESS + PREFIX,
    ipaddress.IPv4Interface: ADDRESS + PREFIX,
    Fqdn: rf"{LABEL}(\.{LABEL})+",
    HostName: LABEL,
    GroupName: r'[^"\\/\[\]:;|=,+*?<>]{1,64}',
    ObjectId: r"[0-2](\.(0|[1-9][0-9]{0,9})){1,20}",
}
PLAIN: dict[type, str] = {str: "string", int: "integer", bool: "boolean"}
Schema = dict[str, object]


def schema() -> Schema:
    """The JSON Schema of a plan file."""
    definitions: dict[str, Schema] = {}
    root = _section(Plan, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Evertunnel plan",
        **root,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _section(kind: type, definitions: dict[str, Schema]) -> Schema:
    hints = typing.get_type_hints(kind)
    fields = dataclasses.fields(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {field.name: _setting(field, hints[field.name], definitions) for field in fields},
        "required": [field.name for field in fields if _is_required(field)],
        "additionalProperties": False,
    }


def _setting(field: "dataclasses.Field[object]", kind: object, definitions: dict[str, Schema]) -> Schema:
    made = _kind(kind, definitions)
    limits = {key: field.metadata[key] for key in ("minimum", "maximum") if field.metadata.get(key) is not None}
    items = made.get("items")
    made = {**made, "items": {**items, **limits}} if isinstance(items, dict) else {**made, **limits}
    if not _is_required(field) and default_of(field) is not None:
        made["default"] = documents.write(default_of(field))
    return {**made, "description": field.metadata["help"]}


def _kind(kind: object, definitions: dict[str, Schema]) -> Schema:
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        (present,) = (argument for argument in arguments if argument is not type(None))
        return _kind(present, definitions)
    if typing.get_origin(kind) is tuple:
        return {"type": "array", "items": _kind(arguments[0], definitions)}
    if typing.get_origin(kind) is dict:
        names = {"propertyNames": {"pattern": f"^{PATTERNS[arguments[0]]}$"}} if arguments[0] in PATTERNS else {}
        return {"type": "object", **names, "additionalProperties": _kind(arguments[1], definitions)}
    if not isinstance(kind, type):
        raise TypeError(f"{kind!r} has no place in a plan")
    return _named(kind, definitions)


def _named(kind: type, definitions: dict[str, Schema]) -> Schema:
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if kind in PATTERNS:
        return {"type": "string", "pattern": f"^{PATTERNS[kind]}$"}
    if issubclass(kind, enum.Enum):
        return {"enum": [member.value for member in kind]}
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = _section(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _is_required(field: "dataclasses.Field[object]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def default_of(field: "dataclasses.Field[object]") -> object:
    """The value that a setting has when the plan leaves it out; None for a required one."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default
