from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import routes
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (
        routes.edge_firewall_neighbours_the_gateway,
        {"hosts.edge1.internal.address": "198.51.100.1/28"},
        ["hosts.edge1.internal.address"],
        {},
    ),
    (
        routes.inner_firewall_neighbours_the_gateway,
        {"hosts.inner1.external.address": "10.0.2.1/24"},
        ["hosts.inner1.external.address"],
        {},
    ),
    (
        routes.inside_hosts_route_pools_back,
        {"hosts.mgmt1.internal.next_hop": None},
        ["hosts.mgmt1.internal.next_hop"],
        {},
    ),
    (
        routes.inside_hosts_route_pools_back,
        {"hosts.mgmt1.internal.next_hop": "10.0.0.2"},
        ["hosts.mgmt1.internal.next_hop"],
        {"hosts.mgmt1.internal.next_hop": "10.0.0.1"},
    ),
    (
        routes.inside_hosts_route_pools_back,
        {"hosts.core1.internal.next_hop": None},
        ["hosts.core1.internal.next_hop"],
        {},
    ),
    (
        routes.inside_hosts_route_pools_back,
        {"hosts.inner1": None},
        ["hosts.core1.internal.address", "hosts.mgmt1.internal.address"],
        {
            "hosts.inner1": None,
            "hosts.core1.internal": {"interface": "i", "address": "10.0.1.20/24"},
            "hosts.mgmt1.internal": {"interface": "i", "address": "10.0.1.21/24"},
        },
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
    assert {rule for rule, *_ in CASES} == set(routes.RULES)


@pytest.mark.parametrize(
    "card", ["gateway1.internal", "inner1.internal", "mgmt1.internal", "edge1.internal", "gateway1.external"]
)
def test_rules_leave_missing_cards_to_the_rule_about_roles(card: str, plan_with: PlanWith) -> None:
    plan = plan_with({f"hosts.{card}": None})

    assert [finding for rule in routes.RULES for finding in rule(plan)] == []


def test_a_host_that_no_tunnel_reaches_needs_no_way_back(plan_with: PlanWith) -> None:
    assert list(routes.inside_hosts_route_pools_back(plan_with({"hosts.intranet1.internal.next_hop": None}))) == []
