import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.firewall import edge, inner
from evertunnel.firewall.model import Table
from evertunnel.plan.checks import owners
from evertunnel.plan.findings import Finding, Severity
from evertunnel.plan.hosts import Host
from evertunnel.plan.model import Plan
from evertunnel.values import HostName

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

EDGE: Changes = {"hosts.edge1.mode": "external"}
INNER: Changes = {"hosts.inner1.mode": "external"}
PUBLISHED: Changes = {"firewall.publish": [{"host": "gateway1", "protocol": "tcp", "port": 8443}]}
CLIENT: Changes = {"radius.clients.nas1": {"address": "10.0.1.50"}, "radius.port": 1645}
UDP: Changes = {"reach.management.udp": [161], "reach.management.icmp": False}


def test_the_owner_of_an_edge_is_told_what_to_let_in(plan_with: PlanWith) -> None:
    assert told(owners.owners_of_edge_firewalls_are_told, plan_with({**EDGE, **PUBLISHED})) == [
        "let in UDP 500, 4500 to 203.0.113.10 (IKEv2 to the gateway)",
        "let in TCP 8443 to 203.0.113.10 (published: gateway1)",
        "let out from these nothing but answers, and let through ICMP errors about them, both ways",
    ]


def test_the_owner_of_an_inner_firewall_is_told_what_to_let_through_and_to_route(plan_with: PlanWith) -> None:
    assert told(owners.owners_of_inner_firewalls_are_told, plan_with(INNER)) == [
        "let through UDP 1812, 1813 from 10.0.1.10 to 10.0.0.20 (RADIUS)",
        "let through TCP 80 from 10.0.1.10 to 10.0.0.20 (revocation lists)",
        "let through UDP 3799 from 10.0.0.20 to 10.0.1.10 (dynamic authorisation)",
        "let through TCP 80, 5985 from 10.99.0.0/24 to 10.0.0.10 (reach.management)",
        "let through ICMP echo requests from 10.99.0.0/24 to 10.0.0.10 (reach.management)",
        "let through TCP 5985 from 10.0.0.10 to 10.99.0.0/24 (reach.management, manage-out)",
        "let through answers to these, and ICMP errors about them, both ways",
        "route 10.99.0.0/24 to 10.0.1.10 (the pools, to the gateway)",
    ]


@pytest.mark.parametrize("rule", owners.RULES)
def test_a_firewall_of_ours_has_no_owner_to_tell(rule: Rule, contoso: Plan) -> None:
    assert list(rule(contoso)) == []


@pytest.mark.parametrize(
    ("rule", "changes", "path"),
    [
        (owners.owners_of_edge_firewalls_are_told, EDGE, "hosts.edge1.mode"),
        (owners.owners_of_inner_firewalls_are_told, INNER, "hosts.inner1.mode"),
    ],
)
def test_what_owners_are_told_stops_no_plan(rule: Rule, changes: Changes, path: str, plan_with: PlanWith) -> None:
    found = list(rule(plan_with(changes)))

    assert {(finding.severity, finding.path) for finding in found} == {(Severity.WARNING, path)}


@pytest.mark.parametrize(
    ("rule", "table", "host", "changes"),
    [
        (owners.owners_of_edge_firewalls_are_told, edge.table, "edge1", {**EDGE, **PUBLISHED}),
        (owners.owners_of_inner_firewalls_are_told, inner.table, "inner1", INNER),
        (owners.owners_of_inner_firewalls_are_told, inner.table, "inner1", {**INNER, **CLIENT, **UDP}),
    ],
)
def test_each_address_and_port_that_ours_lets_through_is_told(
    rule: Rule, table: Callable[[Plan, Host], Table], host: str, changes: Changes, plan_with: PlanWith
) -> None:
    plan = plan_with(changes)
    (forward,) = (chain for chain in table(plan, plan.hosts[HostName(host)]).chains if chain.name == "forward")

    assert numbers(*map(str, forward.rules)) == numbers(*told(rule, plan))


@pytest.mark.parametrize("rule", owners.RULES)
def test_what_is_named_but_not_declared_is_left_to_other_rules(rule: Rule, plan_with: PlanWith) -> None:
    changes = {
        "hosts.gateway1": None,
        "hosts.core1": None,
        "reach.management.hosts": ["nobody"],
        "device_tunnel.pool": "none",
        "firewall.publish": [{"host": "nobody", "protocol": "tcp", "port": 443}],
    }

    (said,) = told(rule, plan_with({**EDGE, **INNER, **changes}))

    assert "ICMP errors about them" in said


def told(rule: Rule, plan: Plan) -> list[str]:
    return [finding.what.removeprefix("its owner has to ") for finding in rule(plan)]


def numbers(*lines: str) -> set[str]:
    return {number for line in lines for number in re.findall(r"(?<![\w.])\d[\d./]*", line)}
