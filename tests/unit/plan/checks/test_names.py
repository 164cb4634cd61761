from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import names
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (
        names.certificate_names_are_plain,
        {"organisation.name": "Contoso, Ltd"},
        ["organisation.name"],
        {"organisation.name": "Contoso Ltd."},
    ),
    (names.certificate_names_are_plain, {"organisation.name": " Contoso"}, ["organisation.name"], {}),
    (
        names.certificate_names_are_plain,
        {"organisation.name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        ["organisation.name"],
        {"organisation.name": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    ),
    (names.certificate_names_are_plain, {"organisation.name": ""}, ["organisation.name"], {}),
    (names.certificate_names_are_plain, {"organisation.name": "Contoso\n"}, ["organisation.name"], {}),
    (
        names.certificate_names_are_plain,
        {"certificates.root_name": "a=b", "certificates.issuing_name": "a+b"},
        ["certificates.root_name", "certificates.issuing_name"],
        {},
    ),
    (
        names.authorities_have_two_names,
        {"certificates.issuing_name": "Contoso Root CA"},
        ["certificates.issuing_name"],
        {},
    ),
    (
        names.host_names_fit_certificates,
        {"hosts.hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh": {"roles": ["server"], "mode": "external"}},
        ["hosts.hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"],
        {"hosts.hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh": {"roles": ["server"], "mode": "external"}},
    ),
    (
        names.publication_name_is_in_a_zone_of_the_plan,
        {"certificates.publication_name": "pki.fabrikam.com"},
        ["certificates.publication_name"],
        {"certificates.publication_name": "pki.contoso.com"},
    ),
    (
        names.publication_name_is_not_the_gateway,
        {"certificates.publication_name": "vpn.contoso.com"},
        ["certificates.publication_name"],
        {},
    ),
    (names.gateway_name_is_in_the_public_zone, {"gateway.name": "vpn.fabrikam.com"}, ["gateway.name"], {}),
    (
        names.gateway_name_is_in_the_public_zone,
        {"gateway.name": "vpn.corp.contoso.com"},
        ["gateway.name"],
        {"gateway.name": "vpn.contoso.com"},
    ),
    (
        names.gateway_name_is_in_the_public_zone,
        {"gateway.name": "vpn.fabrikam.com", "organisation.domain": "contoso.com"},
        ["gateway.name"],
        {"organisation.domain": "contoso.com"},
    ),
    (
        names.gateway_name_is_in_the_public_zone,
        {"gateway.name": "vpn.corp.fabrikam.com"},
        ["gateway.name"],
        {"organisation.domain": "corp.fabrikam.com"},
    ),
    (
        names.extra_names_are_in_a_zone_of_the_plan,
        {"gateway.extra_names": ["vpn2.contoso.com", "vpn.fabrikam.com"]},
        ["gateway.extra_names[1]"],
        {"gateway.extra_names": ["vpn2.contoso.com"]},
    ),
    (
        names.pools_and_reaches_have_plain_names,
        {"gateway.pools.my-pool": {"network": "10.98.0.0/24", "identities": 100}},
        ["gateway.pools.my-pool"],
        {"gateway.pools.my_pool": {"network": "10.98.0.0/24", "identities": 100}},
    ),
    (
        names.pools_and_reaches_have_plain_names,
        {"reach.1st": {"hosts": ["mgmt1"]}},
        ["reach.1st"],
        {"reach.first": {"hosts": ["mgmt1"]}},
    ),
    (
        names.pools_and_reaches_have_plain_names,
        {"reach.rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr": {"hosts": ["mgmt1"]}},
        ["reach.rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"],
        {"reach.rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr": {"hosts": ["mgmt1"]}},
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
    assert {rule for rule, *_ in CASES} == set(names.RULES)
