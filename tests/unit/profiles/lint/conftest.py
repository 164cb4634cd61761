"""Profiles to lint: what stands inside of VPNProfile as text, and where a rule finds fault with it."""

from collections.abc import Callable

import pytest

from evertunnel.plan.model import Plan
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.read import read

Found = Callable[[Rule, str], list[str]]


@pytest.fixture
def found() -> Found:
    """Where a rule finds fault, without the root."""

    def find(rule: Rule, inside: str, *, windows: Windows | None = None, plan: Plan | None = None) -> list[str]:
        subject = Subject(reading=read(f"<VPNProfile>{inside}</VPNProfile>"), windows=windows, plan=plan)
        return [finding.path.removeprefix("VPNProfile/") for finding in rule.findings(subject)]

    return find
