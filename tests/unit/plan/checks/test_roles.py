from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import roles
from evertunnel.plan.findings import Finding, Severity
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (roles.there_is_a_gateway, {"hosts.gateway1.roles": ["server"]}, ["hosts"], {}),
    (
        roles.needed_roles_are_there,
        {"hosts.core1.roles": ["directory", "radius", "policy", "publisher"]},
        ["hosts"],
        {},
    ),
    (
        roles.needed_roles_are_there,
        {"hosts.core1.roles": ["ca", "radius", "policy", "publisher"]},
        ["hosts", "hosts"],
        {},
    ),
    (roles.needed_roles_are_there, {"hosts.core1.roles": ["ca", "directory", "policy", "publisher"]}, ["hosts"], {}),
    (roles.needed_roles_are_there, {"hosts.core1.roles": ["ca", "directory", "radius", "publisher"]}, ["hosts"], {}),
    (
        roles.needed_roles_are_there,
        {"hosts.core1.roles": ["ca", "directory", "radius", "policy"]},
        ["hosts", "hosts"],
        {},
    ),
    (roles.hosts_have_roles, {"hosts.core1.roles": []}, ["hosts.core1.roles"], {}),
    (
        roles.hosts_have_roles,
        {"hosts.core1.roles": ["ca", "directory", "radius", "policy", "publisher", "ca"]},
        ["hosts.core1.roles"],
        {},
    ),
    (roles.modes_are_there, {"hosts.core1.roles": ["ca"], "hosts.core1.mode": "external"}, ["hosts.core1.mode"], {}),
    (
        roles.modes_are_there,
        {"hosts.core1.roles": ["directory"], "hosts.core1.mode": "external"},
        ["hosts.core1.mode"],
        {},
    ),
    (
        roles.modes_are_there,
        {"hosts.core1.roles": ["radius"], "hosts.core1.mode": "external"},
        ["hosts.core1.mode"],
        {},
    ),
    (
        roles.modes_are_there,
        {"hosts.core1.roles": ["policy"], "hosts.core1.mode": "external"},
        ["hosts.core1.mode"],
        {},
    ),
    (
        roles.modes_are_there,
        {"hosts.core1.roles": ["publisher"], "hosts.core1.mode": "external"},
        ["hosts.core1.mode"],
        {},
    ),
    (
        roles.modes_are_there,
        {"hosts.gateway1.mode": "external"},
        ["hosts.gateway1.mode"],
        {"hosts.edge1.mode": "external", "hosts.inner1.mode": "external"},
    ),
    (roles.modes_are_there, {"hosts.mgmt1.mode": "managed"}, ["hosts.mgmt1.mode"], {"hosts.mgmt1.mode": "external"}),
    (roles.modes_are_there, {"hosts.dns1.mode": "managed"}, ["hosts.dns1.mode"], {}),
    (
        roles.roles_have_one_host,
        {
            "hosts.core2": {
                "roles": ["ca"],
                "internal": {"interface": "inside", "address": "10.0.0.21/24", "next_hop": "10.0.0.1"},
            }
        },
        ["hosts.core2.roles"],
        {},
    ),
    (
        roles.roles_have_one_host,
        {
            "hosts.edge2": {
                "roles": ["edge-firewall"],
                "external": {"interface": "a", "address": "192.0.2.3/29"},
                "internal": {"interface": "b", "address": "203.0.113.2/28"},
            }
        },
        ["hosts.edge2.roles"],
        {},
    ),
    (
        roles.core_roles_share_a_host,
        {
            "hosts.core1.roles": ["directory", "radius", "policy", "publisher"],
            "hosts.core2": {
                "roles": ["ca"],
                "internal": {"interface": "inside", "address": "10.0.0.21/24", "next_hop": "10.0.0.1"},
            },
        },
        ["hosts"],
        {},
    ),
    (
        roles.packet_filters_have_hosts_of_their_own,
        {"hosts.gateway1.roles": ["gateway", "edge-firewall"]},
        ["hosts.gateway1.roles"],
        {},
    ),
    (roles.gateway_is_apart_from_the_core, {"hosts.gateway1.roles": ["gateway", "ca"]}, ["hosts.gateway1.roles"], {}),
    (roles.hosts_have_the_cards_of_their_roles, {"hosts.gateway1.internal": None}, ["hosts.gateway1.internal"], {}),
    (roles.hosts_have_the_cards_of_their_roles, {"hosts.gateway1.external": None}, ["hosts.gateway1.external"], {}),
    (
        roles.hosts_have_the_cards_of_their_roles,
        {"hosts.edge1.external": None, "hosts.edge1.internal": None},
        ["hosts.edge1.external", "hosts.edge1.internal"],
        {},
    ),
    (roles.hosts_have_the_cards_of_their_roles, {"hosts.mgmt1.internal": None}, ["hosts.mgmt1.internal"], {}),
    (
        roles.gateway_is_reachable,
        {"hosts.edge1": None, "hosts.gateway1.external.address": "172.16.0.10/28"},
        ["hosts.gateway1.external.address"],
        {"hosts.edge1": None},
    ),
    (
        roles.gateway_is_reachable,
        {"hosts.gateway1.external.address": "172.16.0.10/28"},
        ["hosts.gateway1.external.address"],
        {},
    ),
    (
        roles.gateway_is_reachable,
        {"hosts.edge1.mode": "external", "hosts.gateway1.external.address": "172.16.0.10/28"},
        ["hosts.gateway1.external.address"],
        {"hosts.edge1.mode": "external"},
    ),
    (roles.hosts_may_have_their_certificates, {"hosts.gateway1.groups": []}, ["hosts.gateway1.groups"], {}),
    (
        roles.hosts_may_have_their_certificates,
        {"hosts.core1.groups": ["VPN Users"]},
        ["hosts.core1.groups"],
        {"hosts.core1.groups": ["VPN Users", "NPS Servers"]},
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
    assert {rule for rule, *_ in CASES} == set(roles.RULES)


@pytest.mark.parametrize(("mode", "severity"), [("managed", Severity.ERROR), ("external", Severity.WARNING)])
def test_a_foreign_edge_may_translate_addresses(mode: str, severity: Severity, plan_with: PlanWith) -> None:
    plan = plan_with({"hosts.edge1.mode": mode, "hosts.gateway1.external.address": "172.16.0.10/28"})

    assert [finding.severity for finding in roles.gateway_is_reachable(plan)] == [severity]
