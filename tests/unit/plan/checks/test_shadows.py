from collections.abc import Callable, Mapping

import pytest

from evertunnel.plan.checks.shadows import policies_are_not_shadowed
from evertunnel.plan.findings import Severity
from evertunnel.plan.model import Plan

PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

USER_TUNNEL = {"pool": "devices", "reach": "management"}
WORK = ["Mon-Fri 07:00-19:00"]


def plan_of(plan_with: PlanWith, *written: Changes, **more: object) -> Plan:
    policies = [{"access": "grant", **each, "name": f"p{place}"} for place, each in enumerate(written)]
    return plan_with({"user_tunnel": USER_TUNNEL, "network_policies": policies, **more})


def shadowed(plan: Plan) -> list[str]:
    return [finding.path for finding in policies_are_not_shadowed(plan)]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"tunnel": "user"}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user"}, {"tunnel": "user", "hours": WORK}),
        ({"user_groups": ["VPN Users", "NPS Servers"]}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user", "hours": ["Mon-Sun 00:00-24:00"]}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user", "hours": WORK}, {"tunnel": "user", "hours": ["Tue 08:00-12:00", "Wed 08:00-12:00"]}),
        ({"tunnel": "user", "templates": ["user"]}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user", "gateways": ["gateway1"]}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user", "eap_types": ["eap-tls", "peap-eap-tls"]}, {"user_groups": ["VPN Users"]}),
        (
            {"tunnel": "user", "gateway_addresses": ["10.0.0.0/8"]},
            {"tunnel": "user", "gateway_addresses": ["10.0.1.0/24"]},
        ),
    ],
)
def test_policy_that_an_earlier_one_covers_is_a_warning(earlier: Changes, later: Changes, plan_with: PlanWith) -> None:
    # The control: the other way round both can match.
    assert shadowed(plan_of(plan_with, earlier, later)) == ["network_policies[1]"]
    (found,) = policies_are_not_shadowed(plan_of(plan_with, earlier, later))
    assert found.severity is Severity.WARNING
    assert found.what == "p0 (network_policies[0]) matches all that p1 could"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"user_groups": ["VPN Users"]}, {"tunnel": "user"}),
        ({"user_groups": ["VPN Users"]}, {"user_groups": ["VPN Users", "NPS Servers"]}),
        ({"tunnel": "user", "hours": WORK}, {"tunnel": "user", "hours": ["Mon 18:00-20:00"]}),
        ({"tunnel": "user", "hours": WORK}, {"tunnel": "user"}),
        ({"tunnel": "user", "hours": ["never"]}, {"tunnel": "user", "hours": ["never"]}),
        ({"tunnel": "user", "eap_types": ["eap-tls"]}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user", "gateway_addresses": ["10.0.1.0/24"]}, {"tunnel": "user"}),
        (
            {"tunnel": "user", "gateway_addresses": ["10.0.1.0/25"]},
            {"tunnel": "user", "gateway_addresses": ["10.0.1.0/24"]},
        ),
        ({"device_groups": ["VPN Devices"]}, {"user_groups": ["VPN Users"]}),
        ({"tunnel": "user"}, {"device_groups": ["VPN Devices"]}),
        ({"tunnel": "user"}, {}),
    ],
)
def test_policy_that_can_match_more_is_none(earlier: Changes, later: Changes, plan_with: PlanWith) -> None:
    assert shadowed(plan_of(plan_with, earlier, later)) in ([], ["device_tunnel.groups"])


def test_groups_of_a_tunnel_that_nobody_reaches_are_told(plan_with: PlanWith) -> None:
    lockdown: Changes = {"access": "deny"}
    tunnel = {**USER_TUNNEL, "groups": ["VPN Users"]}

    assert shadowed(plan_of(plan_with, lockdown, user_tunnel=tunnel)) == ["device_tunnel.groups", "user_tunnel.groups"]


def test_policy_that_can_never_match_is_told_by_another_rule(plan_with: PlanWith) -> None:
    never: Changes = {"tunnel": "device", "user_groups": ["VPN Users"]}

    assert shadowed(plan_of(plan_with, {"tunnel": "user"}, never)) == []


def test_each_policy_is_told_once(plan_with: PlanWith) -> None:
    everybody: Changes = {"tunnel": "user"}

    assert shadowed(plan_of(plan_with, everybody, everybody, everybody)) == [
        "network_policies[1]",
        "network_policies[2]",
    ]
