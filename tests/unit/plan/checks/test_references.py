from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import references
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

NO_USERS: Changes = {"user_tunnel": None}
USER_PATHS = ["user_tunnel.pool", "user_tunnel.reach"]
# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (references.groups_are_declared, {"device_tunnel.groups": ["VPN Device"]}, ["device_tunnel.groups[0]"], {}),
    (
        references.groups_are_declared,
        {"hosts.gateway1.groups": ["VPN Servers", "Nobody"]},
        ["hosts.gateway1.groups[1]"],
        {},
    ),
    (
        references.groups_are_declared,
        {"certificates.templates.mail.groups": ["Nobody"]},
        ["certificates.templates.mail.groups[0]"],
        {},
    ),
    (
        references.groups_are_declared_once,
        {"directory.groups": ["VPN Servers", "vpn servers"]},
        ["directory.groups[1]"],
        {},
    ),
    (references.reach_hosts_are_declared, {"reach.management.hosts": ["mgmt"]}, ["reach.management.hosts[0]"], {}),
    (references.reach_hosts_are_declared, {"hosts.mgmt1.internal": None}, ["reach.management.hosts[0]"], {}),
    (
        references.published_hosts_are_declared,
        {"firewall.publish": [{"host": "web1", "protocol": "tcp", "port": 443}]},
        ["firewall.publish[0].host"],
        {"firewall.publish": [{"host": "gateway1", "protocol": "tcp", "port": 443}]},
    ),
    (
        references.published_hosts_are_declared,
        {"firewall.publish": [{"host": "core1", "protocol": "tcp", "port": 443}]},
        ["firewall.publish[0].host"],
        {},
    ),
    (
        references.device_tunnel_names_what_there_is,
        {"device_tunnel.pool": "device", "device_tunnel.reach": "managment"},
        ["device_tunnel.pool", "device_tunnel.reach"],
        {},
    ),
    (
        references.user_tunnel_names_what_there_is,
        {"user_tunnel": {"pool": "user", "reach": "managment", "aaa_name": "nps.corp.contoso.com"}},
        ["user_tunnel.pool", "user_tunnel.reach", "user_tunnel.aaa_name"],
        {"user_tunnel": {"pool": "devices", "reach": "management", "aaa_name": "core1.corp.contoso.com"}},
    ),
    (references.user_tunnel_names_what_there_is, {"user_tunnel": {"pool": "x", "reach": "y"}}, USER_PATHS, NO_USERS),
    (
        references.groups_are_declared,
        {"user_tunnel": {"pool": "devices", "reach": "management", "groups": ["Nobody"]}},
        ["user_tunnel.groups[0]"],
        NO_USERS,
    ),
    (
        references.policies_name_what_there_is,
        {
            "network_policies": [
                {"name": "x", "access": "grant", "gateways": ["gateway1", "gw"], "pool": "user", "reach": "managment"}
            ]
        },
        ["network_policies[0].gateways[1]", "network_policies[0].pool", "network_policies[0].reach"],
        {"network_policies": [{"name": "x", "access": "grant", "gateways": ["gateway1"]}]},
    ),
    (
        references.groups_are_declared,
        {
            "network_policies": [
                {"name": "x", "access": "grant", "user_groups": ["A"], "device_groups": ["B"], "from_devices": ["C"]}
            ]
        },
        [f"network_policies[0].{field}[0]" for field in ("user_groups", "device_groups", "from_devices")],
        {"network_policies": [{"name": "x", "access": "grant", "user_groups": ["VPN Users"]}]},
    ),
    (
        references.exceptions_are_known,
        {"exceptions": ["weak-proposal"]},
        ["exceptions[0]"],
        {"exceptions": ["weak-proposals"]},
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
    assert {rule for rule, *_ in CASES} == set(references.RULES)


def test_message_suggests_the_nearest_name(plan_with: PlanWith) -> None:
    (found,) = references.device_tunnel_names_what_there_is(plan_with({"device_tunnel.reach": "managment"}))

    assert str(found.problem()) == "device_tunnel.reach: 'managment' is no reach of the plan. Did you mean management?"
