from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import lifetimes
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (
        lifetimes.child_ends_within_its_ike_sa,
        {"gateway.child_seconds": 7200, "gateway.ike_seconds": 3600},
        ["gateway.child_seconds"],
        {"gateway.child_seconds": 3600, "gateway.ike_seconds": 3600},
    ),
    (
        lifetimes.grace_outlives_an_asking,
        {"limits.grace_seconds": 59},
        ["limits.grace_seconds"],
        {"limits.grace_seconds": 60},
    ),
    (
        lifetimes.lease_ends_within_the_grace,
        {"limits.grace_seconds": 30, "limits.lease_seconds": 31},
        ["limits.lease_seconds"],
        {"limits.grace_seconds": 30, "limits.lease_seconds": 30},
    ),
    (
        lifetimes.lease_is_renewable,
        {"limits.ask_again_seconds": 10},
        ["limits.lease_seconds"],
        {"limits.ask_again_seconds": 15},
    ),
    (
        lifetimes.asking_ends_before_the_next,
        {"radius.timeout_seconds": 10, "radius.tries": 7},
        ["radius.timeout_seconds"],
        {"radius.timeout_seconds": 10, "radius.tries": 6},
    ),
    (
        lifetimes.certificates_nest,
        {"certificates.issuing_years": 20, "certificates.root_years": 10},
        ["certificates.issuing_years"],
        {"certificates.issuing_years": 10, "certificates.root_years": 10},
    ),
    (
        lifetimes.certificates_nest,
        {"certificates.issuing_years": 1, "certificates.templates.device.days": 366},
        ["certificates.templates.device.days"],
        {"certificates.issuing_years": 1},
    ),
    (
        lifetimes.certificates_nest,
        {"certificates.issuing_years": 2, "certificates.root_years": 2, "certificates.root_crl_days": 731},
        ["certificates.root_crl_days"],
        {},
    ),
    (
        lifetimes.crls_are_fetched_in_time,
        {"certificates.crl_hours": 2, "certificates.crl_fetch_seconds": 3601},
        ["certificates.crl_fetch_seconds"],
        {"certificates.crl_hours": 2, "certificates.crl_fetch_seconds": 3600},
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "mended"), CASES)
def test_rule_finds_the_fault_and_nothing_once_it_is_mended(
    rule: Rule, wrong: Changes, paths: list[str], mended: Changes, plan_with: PlanWith
) -> None:
    found = list(rule(plan_with(wrong)))

    assert [finding.path for finding in found] == paths
    assert list(rule(plan_with(mended))) == []


def test_each_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == set(lifetimes.RULES)
