from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import tunnels
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

USER_TUNNEL = {"pool": "devices", "reach": "management", "groups": ["VPN Users"]}
DENIAL = {"name": "night", "access": "deny"}
GRANT = {"name": "everybody", "access": "grant"}

# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (tunnels.device_tunnel_is_split, {"device_tunnel.force_tunnel": True}, ["device_tunnel.force_tunnel"], {}),
    (tunnels.device_tunnel_has_no_eap, {"device_tunnel.eap": True}, ["device_tunnel.eap"], {}),
    (
        tunnels.device_tunnel_has_no_name_rules,
        {"device_tunnel.name_rules": [".corp.contoso.com"]},
        ["device_tunnel.name_rules"],
        {},
    ),
    (
        tunnels.device_tunnel_routes_are_no_default_route,
        {"device_tunnel.routes": ["10.20.0.0/16", "0.0.0.0/0"]},
        ["device_tunnel.routes[1]"],
        {"device_tunnel.routes": ["10.20.0.0/16"]},
    ),
    (
        tunnels.device_tunnel_routes_are_no_default_route,
        {"device_tunnel.routes": ["0.0.0.0/1", "128.0.0.0/1"]},
        ["device_tunnel.routes[0]", "device_tunnel.routes[1]"],
        {},
    ),
    (
        tunnels.tunnel_routes_leave_the_gateway_outside,
        {"device_tunnel.routes": ["203.0.113.0/24"]},
        ["device_tunnel.routes[0]"],
        {},
    ),
    (
        tunnels.tunnel_routes_are_apart_from_homes,
        {"device_tunnel.routes": ["192.168.0.0/16"]},
        ["device_tunnel.routes[0]"],
        {"device_tunnel.routes": ["10.20.0.0/16"]},
    ),
    (tunnels.someone_may_use_the_tunnels, {"device_tunnel.groups": []}, ["device_tunnel.groups"], {}),
    (tunnels.someone_may_use_the_tunnels, {"device_tunnel.groups": ["VPN Users"]}, ["device_tunnel.groups"], {}),
    (
        tunnels.someone_may_use_the_tunnels,
        {"user_tunnel": {**USER_TUNNEL, "groups": []}, "network_policies": [DENIAL]},
        ["user_tunnel.groups"],
        {"user_tunnel": USER_TUNNEL, "network_policies": [DENIAL]},
    ),
    (
        tunnels.someone_may_use_the_tunnels,
        {"user_tunnel": {**USER_TUNNEL, "groups": ["VPN Devices"]}},
        ["user_tunnel.groups"],
        {"user_tunnel": None},
    ),
    (
        tunnels.someone_may_use_the_tunnels,
        {"user_tunnel": USER_TUNNEL, "network_policies": [GRANT]},
        ["device_tunnel.groups", "user_tunnel.groups"],
        {"user_tunnel.groups": [], "user_tunnel.pool": "x", "user_tunnel.reach": "x", "device_tunnel.groups": None}
        | {"network_policies": [GRANT]},
    ),
    (
        tunnels.users_can_authenticate,
        {"user_tunnel": {**USER_TUNNEL, "eap_types": []}},
        ["user_tunnel.eap_types"],
        {"user_tunnel": USER_TUNNEL},
    ),
    (
        tunnels.tunnel_routes_leave_the_gateway_outside,
        {"user_tunnel": {**USER_TUNNEL, "routes": ["10.20.0.0/16", "0.0.0.0/0"]}},
        ["user_tunnel.routes[1]"],
        {"user_tunnel": USER_TUNNEL},
    ),
    (tunnels.reaches_lead_somewhere, {"reach.management.hosts": []}, ["reach.management.hosts"], {}),
    (
        tunnels.reaches_lead_somewhere,
        {"reach.management.hosts": ["mgmt1", "gateway1"]},
        ["reach.management.hosts[1]"],
        {},
    ),
    (
        tunnels.publications_leave_ike_alone,
        {"firewall.publish": [{"host": "gateway1", "protocol": "udp", "port": 500}]},
        ["firewall.publish[0]"],
        {"firewall.publish": [{"host": "gateway1", "protocol": "tcp", "port": 500}]},
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
    assert {rule for rule, *_ in CASES} == set(tunnels.RULES)
