import functools
import re
import tomllib
from typing import Any

import pytest

from evertunnel.plan.schema import schema


def test_contoso_is_what_the_schema_describes(contoso_text: str) -> None:
    assert list(faults(tomllib.loads(contoso_text), schema())) == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('network = "10.99.0.0/24"', 'network = "10.99.0.0"'),
        ("identities = 100", "identities = 0"),
        ("identities = 100", 'identities = "100"'),
        ('proposals = "enhanced"', 'proposals = "best"'),
        ('proposals = "enhanced"', 'proposal = "enhanced"'),
        ('name = "vpn.contoso.com"', ""),
        ("tcp = [80, 5985]", "tcp = [80, 65536]"),
        ("[hosts.core1]", "[hosts.core_1]"),
    ],
)
def test_schema_refuses_what_the_parser_refuses(wrong: str, right: str, contoso_text: str) -> None:
    assert list(faults(tomllib.loads(contoso_text.replace(wrong, right)), schema())) != []


def test_schema_carries_help_default_and_range() -> None:
    lease = definition("Limits")["properties"]["lease_seconds"]

    assert lease == {
        "type": "integer",
        "minimum": 6,
        "maximum": 60,
        "default": 15,
        "description": "An admitted address falls out of the gateway's set after this, unless refreshed.",
    }


def test_schema_allows_no_unknown_settings() -> None:
    everywhere = [schema(), *(definition(name) for name in definitions())]

    assert all(section["additionalProperties"] is False for section in everywhere)


@functools.cache
def definitions() -> dict[str, Any]:
    found = schema()["$defs"]
    assert isinstance(found, dict)
    return found


def definition(name: str) -> dict[str, Any]:
    found: dict[str, Any] = definitions()[name]
    return found


def faults(value: Any, part: dict[str, Any]) -> list[str]:  # noqa: ANN401 (any TOML value)
    """Holds a value against as much of JSON Schema as the plan's schema uses."""
    if "$ref" in part:
        return faults(value, definition(part["$ref"].removeprefix("#/$defs/")))
    if "enum" in part:
        return [] if value in part["enum"] else [f"{value} is not one of {part['enum']}"]
    kinds: dict[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    if type(value) is not kinds[part["type"]]:
        return [f"{value} is no {part['type']}"]
    if isinstance(value, dict):
        return table_faults(value, part)
    if isinstance(value, list):
        return [fault for item in value for fault in faults(item, part["items"])]
    assert isinstance(value, str | int)
    return scalar_faults(value, part)


def table_faults(table: dict[str, Any], part: dict[str, Any]) -> list[str]:
    found = [f"{name} is missing" for name in part.get("required", []) if name not in table]
    names = part.get("propertyNames", {}).get("pattern", "")
    for key, value in table.items():
        known = part.get("properties", {}).get(key, part["additionalProperties"])
        found += [f"{key} is unknown"] if known is False else faults(value, known)
        found += [] if re.search(names, key) else [f"{key} is no name"]
    return found


def scalar_faults(value: str | int, part: dict[str, Any]) -> list[str]:
    if isinstance(value, str):
        return [] if re.search(part.get("pattern", ""), value) else [f"{value} does not match"]
    low, high = part.get("minimum", value), part.get("maximum", value)
    return [] if low <= value <= high else [f"{value} is out of range"]
