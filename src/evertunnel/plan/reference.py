"""The reference page of the plan file, made from the declarations: `python -m evertunnel.plan.reference` prints it."""

import dataclasses
import enum
import json
import sys
import types
import typing
from collections.abc import Iterator

from evertunnel import documents
from evertunnel.plan.model import Plan
from evertunnel.plan.schema import default_of

HEADER = """\
# The plan file

<!-- Made by `python -m evertunnel.plan.reference`: change the declarations in src/evertunnel/plan instead. -->

A plan is one TOML file; a setting without a default is required. `evertunnel check` says what is wrong with a plan,
and `evertunnel plan schema` prints its JSON Schema for editors.
"""
WORDS = {
    "str": "text",
    "int": "whole number",
    "bool": "true or false",
    "Fqdn": "DNS name",
    "HostName": "host name",
    "GroupName": "group name",
    "ObjectId": "object identifier",
    "IPv4Address": "address",
    "IPv4Network": "network",
    "IPv4Interface": "address with prefix",
}


def reference() -> str:
    """The page, in Markdown."""
    return HEADER + "".join(_section(path, kind) for path, kind in _sections("", Plan))


def _sections(path: str, kind: type) -> Iterator[tuple[str, type]]:
    yield path, kind
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        suffix, inner = _inner(hints[field.name])
        if dataclasses.is_dataclass(inner):
            yield from _sections(f"{path}.{field.name}{suffix}".lstrip("."), inner)


def _inner(kind: object) -> tuple[str, type]:
    """The type of a setting's values, and how a path to one goes on."""
    arguments = [argument for argument in typing.get_args(kind) if argument not in {type(None), ...}]
    origin = typing.get_origin(kind)
    if origin is dict:
        return ".NAME", arguments[1]
    if origin is tuple:
        return "[]", arguments[0]
    return "", typing.cast("type", arguments[0] if arguments else kind)


def _section(path: str, kind: type) -> str:
    title = f"## `{path}`" if path else "## Top level"
    hints = typing.get_type_hints(kind)
    rows = "".join(_row(field, hints[field.name]) for field in dataclasses.fields(kind))
    summary = (kind.__doc__ or "").partition("\n")[0]
    return f"\n{title}\n\n{summary}\n\n| setting | type | default | range | meaning |\n|---|---|---|---|---|\n{rows}"


def _row(field: "dataclasses.Field[object]", kind: object) -> str:
    cells = (f"`{field.name}`", _type(kind), _default(field), _range(field), field.metadata["help"])
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _type(kind: object) -> str:
    suffix, inner = _inner(kind)
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        return f"{_type(inner)}, or left out"
    if issubclass(inner, enum.Enum):
        word = ", ".join(f"`{member.value}`" for member in inner)
    else:
        word = "table" if dataclasses.is_dataclass(inner) else WORDS[inner.__name__]
    return {"[]": f"list: {word}", ".NAME": f"tables by name: {word}"}.get(suffix, word)


def _default(field: "dataclasses.Field[object]") -> str:
    value = default_of(field)
    if dataclasses.is_dataclass(value):
        return "its defaults"
    if value is None:
        return "none" if field.default is None else "required"
    return f"`{json.dumps(documents.write(value))}`"


def _range(field: "dataclasses.Field[object]") -> str:
    minimum, maximum = field.metadata["minimum"], field.metadata["maximum"]
    return "" if minimum is None else f"{minimum} to {maximum}"


if __name__ == "__main__":
    sys.stdout.write(reference())
