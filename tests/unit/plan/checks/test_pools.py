from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import pools
from evertunnel.plan.findings import Finding, Severity
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (
        pools.pools_do_not_overlap,
        {"gateway.pools.users": {"network": "10.99.0.128/25", "identities": 10}},
        ["gateway.pools.users.network"],
        {"gateway.pools.users": {"network": "10.98.0.0/24", "identities": 100}},
    ),
    (
        pools.pools_are_apart_from_connected_networks,
        {"gateway.pools.devices.network": "10.0.0.0/16"},
        ["gateway.pools.devices.network", "gateway.pools.devices.network"],
        {},
    ),
    (
        pools.pools_are_apart_from_connected_networks,
        {"gateway.pools.devices.network": "203.0.113.0/28"},
        ["gateway.pools.devices.network"],
        {},
    ),
    (
        pools.pools_are_apart_from_home_networks,
        {"gateway.pools.devices.network": "192.168.178.0/24"},
        ["gateway.pools.devices.network"],
        {"gateway.pools.devices.network": "192.168.179.0/24"},
    ),
    (
        pools.pools_are_apart_from_home_networks,
        {"gateway.pools.devices.network": "10.0.0.0/24"},
        ["gateway.pools.devices.network"],
        {},
    ),
    (pools.pools_are_unicast, {"gateway.pools.devices.network": "224.0.0.0/24"}, ["gateway.pools.devices.network"], {}),
    (
        pools.pools_hold_twice_their_identities,
        {"gateway.pools.devices.identities": 128},
        ["gateway.pools.devices.network"],
        {"gateway.pools.devices.identities": 127},
    ),
    (
        pools.pools_hold_twice_their_identities,
        {"gateway.pools.devices": {"network": "10.99.0.0/32", "identities": 1}},
        ["gateway.pools.devices.network"],
        {"gateway.pools.devices": {"network": "10.99.0.0/31", "identities": 1}},
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
    assert {rule for rule, *_ in CASES} == set(pools.RULES)


def test_home_networks_are_warned_of_and_not_refused(plan_with: PlanWith) -> None:
    (found,) = pools.pools_are_apart_from_home_networks(plan_with({"gateway.pools.devices.network": "192.168.1.0/24"}))

    assert found.severity is Severity.WARNING


def test_the_organisations_own_network_may_be_a_home_network(plan_with: PlanWith) -> None:
    assert list(pools.pools_are_apart_from_home_networks(plan_with({}))) == []


def test_known_identities_are_held_against_the_pool(plan_with: PlanWith) -> None:
    plan = plan_with({})

    assert pools.pool_problems(plan, {"devices": 127, "unknown": 1000}) == ()
    (found,) = pools.pool_problems(plan, {"devices": 128})
    assert found.what == "10.99.0.0/24 has 254 addresses for 128 identities"
    assert found.mend == "A pool holds at least twice its identities: use a /23 or larger."


@pytest.mark.parametrize("identities", [1, 2, 3, 7, 8, 63, 64, 127, 128, 1000, 100_000])
def test_the_size_that_is_told_is_large_enough_and_no_larger_than_needed(identities: int, plan_with: PlanWith) -> None:
    (found,) = pools.pool_problems(
        plan_with({"gateway.pools.devices.network": "10.99.0.0/32"}), {"devices": identities}
    )
    prefix = int(found.mend.partition("/")[2].split()[0])

    for length, enough in ((prefix, True), (prefix + 1, False)):
        plan = plan_with({"gateway.pools.devices.network": f"10.0.0.0/{length}"})
        assert (pools.pool_problems(plan, {"devices": identities}) == ()) == enough
