"""Contoso's plan, and what its clients trust."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust

ROOT = Path(__file__).parents[4]
CERTIFICATES = ROOT / "tests" / "golden" / "profiles" / "windows" / "trust"
# Whatever PowerShell, XML, URLs and here-strings give a meaning to.
HOSTILE = "Contoso's \u2018VPN\u2019 & \"Co\" $(Get-Date) $env:Path `n %20 <x> ]]> @@ #@ values\n'@ 'end'; exit 7 #"


@pytest.fixture(scope="session")
def plan() -> Plan:
    text = (ROOT / "examples" / "contoso.toml").read_text()
    return documents.read(Plan, tomllib.loads(text), name="contoso.toml")


@pytest.fixture(scope="session")
def hostile(plan: Plan) -> Plan:
    """The same plan with names that nobody should choose."""
    assert plan.user_tunnel is not None
    device = replace(plan.device_tunnel, profile=replace(plan.device_tunnel.profile, name=f"D {HOSTILE}"))
    user = replace(plan.user_tunnel, profile=replace(plan.user_tunnel.profile, name=f"U {HOSTILE}"))
    organisation = replace(plan.organisation, name=HOSTILE)
    return replace(plan, device_tunnel=device, user_tunnel=user, organisation=organisation)


@pytest.fixture(scope="session")
def trust() -> Trust:
    return Trust(root=(CERTIFICATES / "root.pem").read_text(), issuing=(CERTIFICATES / "issuing.pem").read_text())
