"""Whatever stands in a plan file, it is a Plan or a DocumentError, and checks never fail on a Plan."""

import copy
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.plan import checks
from evertunnel.plan.load import load
from evertunnel.plan.model import Plan
from evertunnel.plan.records import dns_records

TEXT = (Path(__file__).parents[2] / "examples" / "contoso.toml").read_text(encoding="utf-8")
PEOPLE = {
    "user_tunnel": {"pool": "devices", "reach": "management", "groups": ["VPN Users"], "routes": ["10.20.0.0/16"]},
    "network_policies": [
        {"name": "night", "access": "deny", "tunnel": "user", "hours": ["Mon-Sun 22:00-05:00"], "templates": ["user"]},
        {"name": "laptops", "access": "grant", "device_groups": ["VPN Devices"], "gateway_addresses": ["10.0.1.0/24"]},
        {"name": "staff", "access": "grant", "user_groups": ["VPN Users"], "gateways": ["gateway1"], "pool": "devices"},
    ],
}
CONTOSO = {**tomllib.loads(TEXT), **PEOPLE}


Keys = tuple[str | int, ...]


def key_paths(value: object, path: Keys = ()) -> list[Keys]:
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [deeper for key, inner in items for deeper in ((*path, key), *key_paths(inner, (*path, key)))]


words = st.sampled_from(
    [
        *("contoso", "vpn.fabrikam.com", "10.0.0.0/24", "10.0.0.1/24", "0.0.0.0/0", "10.0.0.1", "external", "custom"),
        *("Mon-Fri 07:00-19:00", "Sun 23:00-01:00", "Mon 00:00-00:00", "user", "grant", "eap-tls", "Virtual"),
        *("VPN Users", "devices", "gateway1", "", "a" * 100, "edge-firewall", "des-md5-modp768", "224.0.0.1/4", "\x1b"),
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(st.characters())
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=5
)
changes = st.lists(st.tuples(st.sampled_from(key_paths(CONTOSO)), st.just(...) | values), min_size=1, max_size=4)


@given(st.text(st.characters()))
def test_any_text_is_a_plan_or_a_document_error(text: str) -> None:
    with suppress(DocumentError):
        load(text, name="plan.toml")


@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(st.characters(), max_size=5))
def test_a_plan_with_some_text_changed_is_a_plan_or_a_document_error(start: int, length: int, new: str) -> None:
    with suppress(DocumentError):
        load(TEXT[:start] + new + TEXT[start + length :], name="plan.toml")


@given(changes)
def test_checks_and_records_stand_any_plan_that_can_be_read(changes: list[tuple[Keys, object]]) -> None:
    with suppress(DocumentError):
        plan = documents.read(Plan, changed(changes), name="plan.toml")
        assert all(str(finding).isprintable() for finding in checks.findings(plan))
        dns_records(plan)


@given(changes)
def test_a_changed_plan_survives_writing(changes: list[tuple[Keys, object]]) -> None:
    with suppress(DocumentError):
        plan = documents.read(Plan, changed(changes), name="plan.toml")
        assert documents.from_json(Plan, documents.to_json(plan), name="plan.json") == plan


def changed(changes: list[tuple[Keys, object]]) -> dict[str, Any]:
    """Contoso's plan with the values at some key paths replaced, or dropped where the value is an ellipsis."""
    document = copy.deepcopy(CONTOSO)
    for (*folders, last), value in changes:
        with suppress(KeyError, IndexError, TypeError, AttributeError):  # an earlier change took the path away
            table: Any = document
            for folder in folders:
                table = table[folder]
            if value is ...:
                del table[last]
            else:
                table[last] = value
    return document
