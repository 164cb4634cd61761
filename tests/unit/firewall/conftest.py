import tomllib
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.plan.model import Plan

EXAMPLE = Path(__file__).parents[3] / "tests" / "plans" / "devices.toml"


@pytest.fixture(scope="session")
def contoso() -> Plan:
    return documents.read(Plan, tomllib.loads(EXAMPLE.read_text()), name=EXAMPLE.name)
