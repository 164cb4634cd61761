from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import routing
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
SPLIT = "<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"
FORCE = "<RoutingPolicyType>ForceTunnel</RoutingPolicyType>"
CLASS_OFF = "<DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>"
SELECTORS = "<PlumbIKEv2TSAsRoutes>true</PlumbIKEv2TSAsRoutes>"


def native(inside: str) -> str:
    return f"<NativeProfile>{inside}</NativeProfile>"


def route(address: str, prefix: int, more: str = "") -> str:
    return f"<Route><Address>{address}</Address><PrefixSize>{prefix}</PrefixSize>{more}</Route>"


INSIDE = route("10.0.0.0", 8)
EXCLUDED = route("10.0.0.0", 8, "<ExclusionRoute>true</ExclusionRoute>")

# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (
        routing.split_tunnel_leads_somewhere,
        native(SPLIT + CLASS_OFF) + EXCLUDED,
        ["NativeProfile/DisableClassBasedDefaultRoute"],
        native(SPLIT + CLASS_OFF) + INSIDE,
    ),
    (
        routing.split_tunnel_leads_somewhere,
        native(SPLIT + CLASS_OFF),
        ["NativeProfile/DisableClassBasedDefaultRoute"],
        native(SPLIT + CLASS_OFF + SELECTORS),
    ),
    (
        routing.split_tunnel_says_where,
        native(SPLIT),
        ["NativeProfile/RoutingPolicyType"],
        native(SPLIT) + INSIDE,
    ),
    (
        routing.force_tunnel_keeps_its_route,
        native(FORCE + CLASS_OFF),
        ["NativeProfile/DisableClassBasedDefaultRoute"],
        native(FORCE),
    ),
    (routing.force_tunnel_needs_no_routes, native(FORCE) + EXCLUDED + INSIDE, ["Route[2]"], native(FORCE) + EXCLUDED),
    (routing.policy_is_said, native(""), ["NativeProfile/RoutingPolicyType"], native(FORCE)),
    (routing.policy_is_said, native(""), ["NativeProfile/RoutingPolicyType"], f"<LockDown>true</LockDown>{native('')}"),
    (routing.route_is_complete, "<Route><Address>10.0.0.0</Address></Route>", ["Route"], INSIDE),
    (routing.route_is_complete, "<Route><PrefixSize>8</PrefixSize></Route>", ["Route"], INSIDE),
    (routing.prefix_fits, route("10.0.0.0", 33), ["Route/PrefixSize"], route("2001:db8::", 33)),
    (routing.address_begins_its_network, route("10.0.0.5", 24), ["Route/Address"], route("10.0.0.5", 32)),
    (
        routing.default_route_is_force,
        native(SPLIT) + route("0.0.0.0", 0),
        ["Route"],
        native(FORCE) + route("0.0.0.0", 0),
    ),
    (routing.network_goes_one_way, INSIDE + EXCLUDED, ["Route[2]"], INSIDE + route("10.0.0.0", 16)),
    (routing.routes_differ, INSIDE + INSIDE, ["Route[2]"], INSIDE + EXCLUDED),
    (routing.force_tunnel_is_alone, native(FORCE), ["NativeProfile/RoutingPolicyType"], native(SPLIT)),
    (
        routing.selectors_are_of_ikev2,
        native(f"<NativeProtocolType>SSTP</NativeProtocolType>{SELECTORS}"),
        ["NativeProfile/PlumbIKEv2TSAsRoutes"],
        native(f"<NativeProtocolType>Automatic</NativeProtocolType>{SELECTORS}"),
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
