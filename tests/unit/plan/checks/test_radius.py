from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import radius
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]


def clients(**addresses: str) -> dict[str, object]:
    return {"radius.clients": {name: {"address": address} for name, address in addresses.items()}}


GOOD = clients(rras1="10.0.1.30", rras2="10.0.1.31")
CASES: list[tuple[Rule, dict[str, object], list[str]]] = [
    (radius.clients_have_names_of_their_own, clients(gateway1="10.0.1.30"), ["radius.clients.gateway1"]),
    (radius.clients_have_addresses_of_their_own, clients(rras1="10.0.1.10"), ["radius.clients.rras1.address"]),
    (radius.clients_have_addresses_of_their_own, clients(rras1="10.0.0.20"), ["radius.clients.rras1.address"]),
    (
        radius.clients_have_addresses_of_their_own,
        clients(rras1="10.0.1.30", rras2="10.0.1.30"),
        ["radius.clients.rras2.address"],
    ),
    (radius.clients_have_addresses_of_hosts, clients(rras1="127.0.0.1"), ["radius.clients.rras1.address"]),
    (radius.clients_have_addresses_of_hosts, clients(rras1="10.99.0.7"), ["radius.clients.rras1.address"]),
]


@pytest.mark.parametrize(("rule", "wrong", "paths"), CASES)
def test_rule_finds_the_fault_and_nothing_once_it_is_mended(
    rule: Rule, wrong: dict[str, object], paths: list[str], plan_with: PlanWith
) -> None:
    assert [finding.path for finding in rule(plan_with(wrong))] == paths
    assert list(rule(plan_with(GOOD))) == []


def test_each_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == set(radius.RULES)
