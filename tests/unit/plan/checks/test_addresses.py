from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import addresses
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (
        addresses.interface_names_are_linux_names,
        {"hosts.core1.internal.interface": "a/b"},
        ["hosts.core1.internal.interface"],
        {"hosts.core1.internal.interface": "a.b"},
    ),
    (
        addresses.interface_names_are_linux_names,
        {"hosts.core1.internal.interface": "aaaaaaaaaaaaaaaa"},
        ["hosts.core1.internal.interface"],
        {"hosts.core1.internal.interface": "aaaaaaaaaaaaaaa"},
    ),
    (
        addresses.interface_names_are_linux_names,
        {"hosts.core1.internal.interface": "eth 0"},
        ["hosts.core1.internal.interface"],
        {"hosts.core1.internal.interface": "eth0"},
    ),
    (
        addresses.interface_names_are_linux_names,
        {"hosts.core1.internal.interface": ""},
        ["hosts.core1.internal.interface"],
        {},
    ),
    (
        addresses.interface_names_are_linux_names,
        {"hosts.core1.internal.interface": ".."},
        ["hosts.core1.internal.interface"],
        {},
    ),
    (
        addresses.cards_of_a_host_have_two_interfaces,
        {"hosts.gateway1.internal.interface": "external"},
        ["hosts.gateway1.internal.interface"],
        {},
    ),
    (
        addresses.cards_of_a_host_are_in_two_networks,
        {"hosts.gateway1.internal.address": "203.0.113.11/28"},
        ["hosts.gateway1"],
        {},
    ),
    (
        addresses.addresses_are_unique,
        {"hosts.core1.internal.address": "10.0.0.53/24"},
        ["hosts.dns1.internal.address"],
        {"hosts.core1.internal.address": "10.0.0.54/24"},
    ),
    (
        addresses.addresses_are_usable,
        {"hosts.core1.internal.address": "10.0.0.0/24"},
        ["hosts.core1.internal.address"],
        {},
    ),
    (
        addresses.addresses_are_usable,
        {"hosts.core1.internal.address": "10.0.0.255/24"},
        ["hosts.core1.internal.address"],
        {"hosts.core1.internal.address": "10.0.0.254/24"},
    ),
    (
        addresses.addresses_are_usable,
        {"hosts.core1.internal.address": "127.0.0.1/8"},
        ["hosts.core1.internal.address"],
        {},
    ),
    (
        addresses.addresses_are_usable,
        {"hosts.core1.internal.address": "10.0.0.20/0"},
        ["hosts.core1.internal.address"],
        {"hosts.core1.internal.address": "10.0.0.20/31"},
    ),
    (
        addresses.next_hops_are_neighbours,
        {"hosts.core1.internal.next_hop": "10.0.1.1"},
        ["hosts.core1.internal.next_hop"],
        {"hosts.core1.internal.next_hop": "10.0.0.1"},
    ),
    (
        addresses.next_hops_are_neighbours,
        {"hosts.core1.internal.next_hop": "10.0.0.20"},
        ["hosts.core1.internal.next_hop"],
        {},
    ),
    (
        addresses.networks_are_equal_or_apart,
        {"hosts.mgmt1.internal.address": "10.0.0.10/25"},
        ["hosts.mgmt1.internal.address"],
        {"hosts.mgmt1.internal.address": "10.0.0.10/24"},
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
    assert {rule for rule, *_ in CASES} == set(addresses.RULES)
