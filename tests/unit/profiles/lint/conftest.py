"""Profiles to lint: what stands inside of VPNProfile as text, and where a rule finds fault with it."""

from collections.abc import Callable

import pytest

from evertunnel.plan.model import Plan
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.set_rule import Member, SetRule, profiles_of
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.read import read

Found = Callable[[Rule, str], list[str]]
FoundBeside = Callable[..., list[str]]


@pytest.fixture
def found() -> Found:
    """Where a rule finds fault, without the root."""

    def find(rule: Rule, inside: str, *, windows: Windows | None = None, plan: Plan | None = None) -> list[str]:
        subject = Subject(reading=read(f"<VPNProfile>{inside}</VPNProfile>"), windows=windows, plan=plan)
        return [finding.path.removeprefix("VPNProfile/") for finding in rule.findings(subject)]

    return find


@pytest.fixture
def found_beside() -> FoundBeside:
    """Where a rule over several profiles finds fault, with the file: 1.xml, 2.xml, in the order given."""

    def find(rule: SetRule, *insides: str) -> list[str]:
        readings = [read(f"<VPNProfile>{inside}</VPNProfile>") for inside in insides]
        members = [
            Member(file=f"{number}.xml", subject=Subject(reading=reading))
            for number, reading in enumerate(readings, start=1)
        ]
        findings = rule.findings(profiles_of(members))
        return [f"{on.file}: {finding.path.removeprefix('VPNProfile/')}" for on, finding in findings]

    return find
