from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network

import pytest

from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan

PlanWith = Callable[[Mapping[str, object]], Plan]


def test_hosts_are_found_by_role(contoso: Plan) -> None:
    assert list(contoso.hosts_with(Role.SERVER)) == ["mgmt1", "intranet1"]


def test_inside_address_is_that_of_the_internal_card(contoso: Plan) -> None:
    assert contoso.inside_address(Role.RADIUS) == IPv4Address("10.0.0.20")


def test_inside_address_needs_an_internal_card(plan_with: Callable[[Mapping[str, object]], Plan]) -> None:
    with pytest.raises(LookupError, match="no internal card on the host with role radius"):
        plan_with({"hosts.core1.internal": None}).inside_address(Role.RADIUS)


USER_TUNNEL = {"pool": "devices", "reach": "management", "routes": ["10.20.0.0/16"]}


def test_user_tunnel_routes_to_its_reach_and_further_networks(plan_with: PlanWith) -> None:
    plan = plan_with({"user_tunnel": USER_TUNNEL})

    assert plan.user_routes() == (IPv4Network("10.0.0.10/32"), IPv4Network("10.20.0.0/16"))
    assert plan_with({"user_tunnel": None}).user_routes() == ()


def test_clients_require_the_radius_hosts_own_name_unless_the_plan_names_another(plan_with: PlanWith) -> None:
    assert plan_with({"user_tunnel": None}).aaa_name() == "core1.corp.contoso.com"
    assert plan_with({"user_tunnel": USER_TUNNEL}).aaa_name() == "core1.corp.contoso.com"
    named = plan_with({"user_tunnel": {**USER_TUNNEL, "aaa_name": "nps.corp.contoso.com"}})
    assert named.aaa_name() == "nps.corp.contoso.com"


def test_policies_in_force_are_the_plans_own_and_the_tunnels(plan_with: PlanWith) -> None:
    plan = plan_with({"user_tunnel": None, "network_policies": [{"name": "night", "access": "deny"}]})

    assert [policy.name for policy in plan.policies_in_force()] == ["night", "[device_tunnel]"]


def test_pools_of_a_reach_are_those_of_who_may_be_given_it(plan_with: PlanWith) -> None:
    staff = {"name": "staff", "access": "grant", "tunnel": "user", "pool": "staff", "reach": "intranet"}
    night = {"name": "night", "access": "deny", "tunnel": "user", "pool": "night", "reach": "intranet"}
    plan = plan_with({"user_tunnel": USER_TUNNEL, "network_policies": [night, staff]})

    assert plan.pools_with("management") == ("devices",)
    assert plan.pools_with("intranet") == ("staff",)
    assert plan.pools_with("nobody's") == ()
    assert plan_with({"user_tunnel": None, "network_policies": [night, staff]}).pools_with("intranet") == ()
