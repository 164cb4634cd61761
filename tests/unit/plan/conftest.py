"""Plans to test with: Contoso's, and Contoso's with some settings changed."""

import copy
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evertunnel import documents
from evertunnel.plan.model import Plan

CONTOSO = Path(__file__).parents[3] / "tests" / "plans" / "devices.toml"

PlanWith = Callable[[Mapping[str, object]], Plan]


@pytest.fixture
def contoso_text() -> str:
    return CONTOSO.read_text(encoding="utf-8")


@pytest.fixture
def contoso(contoso_text: str) -> Plan:
    return documents.read(Plan, tomllib.loads(contoso_text), name="contoso.toml")


@pytest.fixture
def plan_with(contoso_text: str) -> PlanWith:
    """Contoso's plan with other values at some key paths; None takes the key away."""
    document = tomllib.loads(contoso_text)

    def make(changes: Mapping[str, object]) -> Plan:
        changed = copy.deepcopy(document)
        for path, value in changes.items():
            change(changed, path.split("."), value)
        return documents.read(Plan, changed, name="plan.toml")

    return make


def change(document: dict[str, Any], path: list[str], value: object) -> None:
    *folders, last = path
    for folder in folders:
        document = document.setdefault(folder, {})
    if value is None:
        document.pop(last, None)
    else:
        document[last] = value
