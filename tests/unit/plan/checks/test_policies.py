from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan import checks
from evertunnel.plan.checks import policies
from evertunnel.plan.findings import Finding, Severity
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

USER_TUNNEL = {"pool": "devices", "reach": "management", "eap_types": ["eap-tls"]}
STAFF: Changes = {"name": "staff", "access": "grant", "user_groups": ["VPN Users"]}


def people(*written: Changes, **more: object) -> Changes:
    """What a plan has beside Contoso's."""
    return {"user_tunnel": USER_TUNNEL, "network_policies": list(written), **more}


def staff(**more: object) -> Changes:
    return {**STAFF, **more}


def about_devices(**more: object) -> Changes:
    return {"name": "laptops", "access": "grant", "device_groups": ["VPN Devices"], **more}


FIRST = "network_policies[0]"
# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (policies.policies_have_names, people(staff(name="")), [f"{FIRST}.name"], people(STAFF)),
    (policies.policies_have_names, people(staff(name="[x]")), [f"{FIRST}.name"], people(staff(name="x (night)"))),
    (
        policies.policies_have_names,
        people(STAFF, staff(name="STAFF")),
        ["network_policies[1].name"],
        people(STAFF, staff(name="others")),
    ),
    *(
        (
            policies.lists_name_something,
            people({"name": "staff", "access": "grant", field: []}),
            [f"{FIRST}.{field}"],
            people(STAFF),
        )
        for field in policies.LISTS
    ),
    (
        policies.hours_can_be_read,
        people(staff(hours=["Mon 07:00-19:00", "always", "Mon 07:00-07:00"])),
        [f"{FIRST}.hours[1]", f"{FIRST}.hours[2]"],
        people(staff(hours=["Mon 07:00-19:00"])),
    ),
    (
        policies.time_zone_is_known,
        {"organisation.time_zone": "Europe/Bonn"},
        ["organisation.time_zone"],
        {"organisation.time_zone": "Europe/Berlin"},
    ),
    (policies.policies_can_match, people(staff(tunnel="device")), [f"{FIRST}.user_groups"], people(STAFF)),
    (policies.policies_can_match, people(STAFF, user_tunnel=None), [f"{FIRST}.user_groups"], people(STAFF)),
    (
        policies.policies_can_match,
        people({"name": "x", "access": "deny", "tunnel": "user"}, user_tunnel=None),
        [f"{FIRST}.tunnel"],
        people({"name": "x", "access": "deny", "tunnel": "user"}),
    ),
    (
        policies.policies_can_match,
        people(staff(device_groups=["VPN Devices"])),
        [f"{FIRST}.device_groups"],
        people(about_devices(tunnel="device")),
    ),
    (
        policies.policies_can_match,
        people(staff(templates=["device", "mail"])),
        [f"{FIRST}.templates"],
        people(staff(templates=["device", "user"])),
    ),
    (
        policies.policies_can_match,
        people(staff(eap_types=["peap-eap-tls"])),
        [f"{FIRST}.eap_types"],
        people(staff(eap_types=["peap-eap-tls", "eap-tls"])),
    ),
    (policies.policies_can_match, people(about_devices(eap_types=["eap-tls"])), [f"{FIRST}.eap_types"], {}),
    (
        policies.gateways_can_match,
        people(staff(gateway_addresses=["203.0.113.0/28"], port_types=["Ethernet"], tunnel_types=["L2TP", "PPTP"])),
        [f"{FIRST}.gateway_addresses", f"{FIRST}.port_types", f"{FIRST}.tunnel_types"],
        people(staff(gateway_addresses=["10.0.1.0/24"], port_types=["Virtual"], tunnel_types=["L2TP", "ESP"])),
    ),
    (
        policies.settings_have_an_effect,
        people(about_devices(pool="devices", from_devices=["VPN Devices"], fixed_address=True, session_seconds=60)),
        [f"{FIRST}.{field}" for field in ("session_seconds", "from_devices", "pool", "fixed_address")],
        people(about_devices(reach="management", radius_class="x"), staff(pool="devices", sessions_per_user=2)),
    ),
    (
        policies.settings_have_an_effect,
        people({"name": "night", "access": "deny", "reach": "management"}),
        [f"{FIRST}.reach"],
        people({"name": "night", "access": "deny"}),
    ),
    (
        policies.classes_can_be_carried,
        people(staff(radius_class="two words")),
        [f"{FIRST}.radius_class"],
        people(staff(radius_class="two-words")),
    ),
    (
        policies.grants_name_groups,
        people({"name": "all", "access": "grant", "hours": ["Mon 07:00-19:00"]}),
        [FIRST],
        people(STAFF, about_devices(), {"name": "none", "access": "deny"}),
    ),
]


@pytest.mark.parametrize(
    "condition", [{"port_types": ["Ethernet"]}, {"tunnel_types": ["L2TP"]}, {"gateway_addresses": ["10.0.1.30/32"]}]
)
def test_what_other_radius_clients_may_say_can_match(condition: Changes, plan_with: PlanWith) -> None:
    written = people(staff(**condition))
    other = {"radius.clients": {"rras1": {"address": "10.0.1.30"}}}

    assert len(list(policies.gateways_can_match(plan_with(written)))) == 1
    assert list(policies.gateways_can_match(plan_with({**written, **other}))) == []


@pytest.mark.parametrize(("rule", "wrong", "paths", "mended"), CASES)
def test_rule_finds_the_fault_and_nothing_once_it_is_mended(
    rule: Rule, wrong: Changes, paths: list[str], mended: Changes, plan_with: PlanWith
) -> None:
    found = list(rule(plan_with(wrong)))

    assert [finding.path for finding in found] == paths
    assert list(rule(plan_with(mended))) == []


def test_each_rule_has_a_case() -> None:
    assert {rule for rule, *_ in CASES} == set(policies.RULES)


def test_all_that_is_wrong_is_told_at_once_with_what_to_do(plan_with: PlanWith) -> None:
    wrong = staff(
        hours=["Mon-Fri 07:00-07:00"],
        templates=["mail"],
        user_groups=["VPN User"],
        pool="user",
        reach="managment",
        gateways=["gateway2"],
    )
    plan = plan_with(people(wrong))

    found = [str(finding) for finding in checks.findings(plan) if FIRST in finding.path]

    assert found == [
        f"error: {FIRST}.user_groups[0]: 'VPN User' is no group of directory.groups. Did you mean VPN Users?",
        f"error: {FIRST}.gateways[0]: 'gateway2' is no gateway or RADIUS client. Did you mean gateway1?",
        f"error: {FIRST}.pool: 'user' is no pool of gateway.pools. Known here: devices.",
        f"error: {FIRST}.reach: 'managment' is no reach of the plan. Did you mean management?",
        (
            f"error: {FIRST}.hours[0]: 'Mon-Fri 07:00-07:00' is empty. "
            "Let it end later than it begins, a whole day is 00:00-24:00."
        ),
        (
            f"error: {FIRST}.templates: the policy can never match: its tunnel accepts none of these templates. "
            "The device tunnel accepts device, the user tunnel user."
        ),
    ]


def test_grant_to_everybody_is_a_warning(plan_with: PlanWith) -> None:
    (found,) = policies.grants_name_groups(plan_with(people({"name": "all", "access": "grant"})))

    assert found.severity is Severity.WARNING
