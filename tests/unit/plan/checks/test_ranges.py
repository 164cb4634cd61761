from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import ranges
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (ranges.numbers_are_in_range, {"gateway.dpd_seconds": 1}, ["gateway.dpd_seconds"], {"gateway.dpd_seconds": 2}),
    (
        ranges.numbers_are_in_range,
        {"gateway.dpd_seconds": 3601},
        ["gateway.dpd_seconds"],
        {"gateway.dpd_seconds": 3600},
    ),
    (
        ranges.numbers_are_in_range,
        {"reach.management.tcp": [80, 0, 65536]},
        ["reach.management.tcp[1]", "reach.management.tcp[2]"],
        {"reach.management.tcp": [1, 65535]},
    ),
    (ranges.numbers_are_in_range, {"gateway.pools.devices.identities": 0}, ["gateway.pools.devices.identities"], {}),
    (ranges.numbers_are_in_range, {"schema": 2}, ["schema"], {"schema": 1}),
    (
        ranges.numbers_are_in_range,
        {"firewall.publish": [{"host": "gateway1", "protocol": "tcp", "port": 0}]},
        ["firewall.publish[0].port"],
        {"firewall.publish": [{"host": "gateway1", "protocol": "tcp", "port": 443}]},
    ),
    (
        ranges.numbers_are_in_range,
        {"certificates.templates.device.days": 0, "radius.vendor": 0},
        ["certificates.templates.device.days", "radius.vendor"],
        {},
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
    assert {rule for rule, *_ in CASES} == set(ranges.RULES)


def test_message_names_the_range(plan_with: PlanWith) -> None:
    (found,) = ranges.numbers_are_in_range(plan_with({"limits.lease_seconds": 5}))

    assert str(found.problem()) == "limits.lease_seconds: 5 is too small. Use a number from 6 to 60."


def test_message_of_a_single_value_names_it(plan_with: PlanWith) -> None:
    (found,) = ranges.numbers_are_in_range(plan_with({"schema": 2}))

    assert str(found.problem()) == "schema: 2 is too large. Use 1."
