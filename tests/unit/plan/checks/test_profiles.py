from collections.abc import Callable, Iterator, Mapping

import pytest

from evertunnel.plan.checks import profiles
from evertunnel.plan.findings import Finding
from evertunnel.plan.model import Plan

Rule = Callable[[Plan], Iterator[Finding]]
PlanWith = Callable[[Mapping[str, object]], Plan]
Changes = dict[str, object]

D, U = "device_tunnel.profile", "user_tunnel.profile"
USERS: Changes = {
    "user_tunnel.pool": "devices",
    "user_tunnel.reach": "management",
    "user_tunnel.groups": ["VPN Users"],
}
TRIGGER = [{"name": ".corp.contoso.com", "trigger": True}]
PORTS_OF_TCP = {"protocol": "tcp", "remote_ports": ["80", "100-120"]}
PAC = "http://proxy.corp.contoso.com/proxy.pac"
THUMBPRINT = "3f0788e8ac0032e4063f30f8db7425e12e5b84d1"
NEWEST = "11-24H2"


def users(**settings: object) -> Changes:
    return {**USERS, **{f"{U}.{name}": value for name, value in settings.items()}}


def devices(**settings: object) -> Changes:
    return {f"{D}.{name}": value for name, value in settings.items()}


def servers(scep: str, acme: str) -> Changes:
    return {"clients.scep_url": scep, "clients.acme_url": acme}


def filters(path: str, *each: Mapping[str, object]) -> Changes:
    return {f"{path}.filters": list(each)}


# The rule, a plan that it finds fault with (what differs from Contoso's), where, and the same plan mended.
CASES: list[tuple[Rule, Changes, list[str], Changes]] = [
    (profiles.device_profile_says_what_windows_allows, devices(force_tunnel=True), [f"{D}.force_tunnel"], {}),
    (profiles.device_profile_says_what_windows_allows, devices(name_rules=TRIGGER), [f"{D}.name_rules"], {}),
    (profiles.device_profile_says_what_windows_allows, devices(app_triggers=["a.exe"]), [f"{D}.app_triggers"], {}),
    (profiles.device_profile_says_what_windows_allows, devices(proxy={"pac": PAC}), [f"{D}.proxy"], {}),
    (profiles.device_profile_says_what_windows_allows, devices(compliance={}), [f"{D}.compliance"], {}),
    (profiles.device_profile_says_what_windows_allows, devices(always_on=False), [f"{D}.always_on"], {}),
    (
        profiles.device_profile_says_what_windows_allows,
        {"clients.windows": "10-1703"},
        ["clients.windows"],
        {"clients.windows": "10-1709"},
    ),
    (profiles.lockdown_is_alone, users(lockdown=True), [f"{U}.lockdown"], USERS),
    (profiles.lockdown_is_alone, {**USERS, **devices(lockdown=True)}, [f"{D}.lockdown"], devices(lockdown=True)),
    (profiles.forced_traffic_has_somewhere_to_go, users(force_tunnel=True), [f"{U}.force_tunnel"], USERS),
    (profiles.forced_traffic_has_somewhere_to_go, devices(lockdown=True), [f"{D}.lockdown"], {}),
    (profiles.names_tell_the_tunnels_apart, devices(name="A/B"), [f"{D}.name"], devices(name="A B")),
    *(
        (profiles.names_tell_the_tunnels_apart, devices(name=name), [f"{D}.name"], devices(name="VPN \u00e4"))
        for name in ("V" * 257, "", " ", " VPN", "V:N", "V|N", 'V"N', "V\nN", "V \u202eN")
    ),
    (
        profiles.texts_can_be_seen,
        {
            **users(app_triggers=["a.exe", "b\n.exe"], proxy={"pac": "http://pac.contoso.com/\t"}),
            **filters(D, {"app": "S\x00"}),
        },
        [f"{D}.filters[0].app", f"{U}.app_triggers[1]", f"{U}.proxy.pac"],
        {**users(app_triggers=["a.exe"], proxy={"pac": PAC}), **filters(D, {"app": "SYSTEM"})},
    ),
    (
        profiles.texts_can_be_seen,
        {**users(app_triggers=["a.exe", ""], proxy={"pac": " "}), **filters(D, {"app": ""})},
        [f"{D}.filters[0].app", f"{U}.app_triggers[1]", f"{U}.proxy.pac"],
        {**users(app_triggers=["a.exe"], proxy={"pac": PAC}), **filters(D, {"protocol": "tcp"})},
    ),
    (
        profiles.names_tell_the_tunnels_apart,
        {**users(name="VPN"), **devices(name="VPN")},
        [f"{U}.name"],
        {**users(name="VPN"), **devices(name="Device VPN")},
    ),
    (
        profiles.names_tell_the_tunnels_apart,
        users(name="Contoso device tunnel"),  # which the other one gets of itself
        [f"{U}.name"],
        {**users(name="Contoso device tunnel"), **devices(name="Contoso")},
    ),
    (
        profiles.names_tell_the_tunnels_apart,
        {"organisation.name": "Contoso / Fabrikam"},
        [f"{D}.name"],
        {"organisation.name": "Contoso / Fabrikam", **devices(name="Contoso")},
    ),
    (
        profiles.names_tell_the_tunnels_apart,  # Windows knows no upper and lower case in them
        {**users(name="VPN"), **devices(name="vpn")},
        [f"{U}.name"],
        {**users(name="VPN"), **devices(name="V" * 256)},
    ),
    (
        profiles.one_tunnel_registers_in_dns,
        {**users(register_dns=True), **devices(register_dns=True)},
        [f"{U}.register_dns"],
        {**USERS, **devices(register_dns=True)},
    ),
    (
        profiles.oldest_windows_takes_what_is_said,
        devices(no_edit_button=True, outage_seconds=0, private_network=False),
        [f"{D}.no_edit_button", f"{D}.outage_seconds", f"{D}.private_network"],
        {**devices(no_edit_button=True, outage_seconds=0, private_network=False), "clients.windows": NEWEST},
    ),
    (
        profiles.excluded_routes_pass_a_force_tunnel,
        {**users(force_tunnel=True, exclude_routes=["198.51.100.0/24"]), "clients.windows": "10-1709"},
        [f"{U}.exclude_routes"],
        {**users(force_tunnel=True, exclude_routes=["198.51.100.0/24"]), "clients.windows": "10-1803"},
    ),
    (
        profiles.user_tunnel_is_started_by_something,
        users(always_on=False),
        [f"{U}.always_on"],
        users(always_on=False, name_rules=TRIGGER),
    ),
    (profiles.filters_say_what_they_filter, filters(D, {}), [f"{D}.filters[0]"], filters(D, {"app": "SYSTEM"})),
    (
        profiles.filters_say_what_they_filter,
        filters(D, {"protocol": "icmp", "remote_ports": ["80"]}),
        [f"{D}.filters[0].protocol"],
        filters(D, PORTS_OF_TCP),
    ),
    (
        profiles.filters_say_what_they_filter,
        filters(D, {"protocol": "tcp", "remote_ports": ["80", "120-100", "65536", "x", "²"]}),
        [f"{D}.filters[0].remote_ports[{index}]" for index in range(1, 5)],
        filters(D, PORTS_OF_TCP),
    ),
    (
        profiles.filters_say_what_they_filter,
        filters(D, {**PORTS_OF_TCP, "force_tunnel": True}),
        [f"{D}.filters[0].force_tunnel"],
        filters(D, {**PORTS_OF_TCP, "force_tunnel": True, "app": "SYSTEM"}),
    ),
    (
        profiles.filters_say_what_they_filter,
        {**filters(D, {"protocol": "icmp", "inbound": True}), "clients.windows": "10-1903"},
        [f"{D}.filters[0].inbound"],
        filters(D, {"protocol": "icmp", "inbound": True}),
    ),
    (
        profiles.manage_out_passes_the_filters,
        filters(D, PORTS_OF_TCP),
        [f"{D}.filters"],
        filters(D, PORTS_OF_TCP, {"protocol": "tcp", "local_ports": ["5985"], "inbound": True}),
    ),
    (
        profiles.name_rules_are_names,
        users(name_rules=[{"name": "a b"}, {"name": ".."}, {"name": ".a;~."}, {"name": ".", "proxy": " "}]),
        [*(f"{U}.name_rules[{index}].name" for index in range(3)), f"{U}.name_rules[3].proxy"],
        users(name_rules=[{"name": "."}, {"name": ".corp.contoso.com"}, {"name": "a.contoso.com", "proxy": "p:80"}]),
    ),
    (
        profiles.name_rules_are_names,
        users(name_rules=[{"name": ".", "proxy": f"p:{port}"} for port in (0, 65536)]),
        [f"{U}.name_rules[{index}].proxy" for index in range(2)],
        users(name_rules=[{"name": ".", "proxy": f"p:{port}"} for port in (1, 65535)]),
    ),
    (
        profiles.proxy_is_used,
        users(force_tunnel=True, proxy={"server": "p:65536"}),
        [f"{U}.proxy.server"],
        users(force_tunnel=True, proxy={"server": "p:65535"}),
    ),
    (
        profiles.proxy_is_used,
        users(force_tunnel=True, proxy={"bypass_for_local": True}),
        [f"{U}.proxy", f"{U}.proxy.bypass_for_local"],
        users(force_tunnel=True, proxy={"bypass_for_local": True, "server": "p:80"}),
    ),
    *(
        (
            profiles.proxy_is_used,
            users(force_tunnel=True, proxy={"server": server}),
            [f"{U}.proxy.server"],
            users(force_tunnel=True, proxy={"server": "proxy.corp.contoso.com:8080"}),
        )
        for server in ("proxy.corp.contoso.com", "proxy:8080\nx", "a b:1")
    ),
    (profiles.proxy_is_used, users(proxy={"pac": PAC}), [f"{U}.proxy"], users(force_tunnel=True, proxy={"pac": PAC})),
    (
        profiles.compliance_names_issuers,
        users(compliance={"sso_issuers": [THUMBPRINT, THUMBPRINT[1:]]}),
        [f"{U}.compliance.sso_issuers[1]"],
        users(compliance={"sso_issuers": [THUMBPRINT]}),
    ),
    *(
        (
            profiles.enrolment_servers_are_addresses,
            servers(wrong, wrong),
            ["clients.scep_url", "clients.acme_url"],
            servers("http://scep.contoso.com/scep", "https://acme.contoso.com:8443/a?b=1"),
        )
        for wrong in ("scep.contoso.com", "ftp://a.b/", "https://a b/", "https://a.b/\n")
    ),
    (
        profiles.enrolment_servers_are_addresses,
        servers("http://scep.contoso.com/", "http://acme.contoso.com/"),
        ["clients.acme_url"],
        servers("http://scep.contoso.com/", "https://acme.contoso.com/"),
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "mended"), CASES)
def test_rule_finds_what_is_wrong_and_nothing_once_it_is_mended(
    plan_with: PlanWith, rule: Rule, wrong: Changes, paths: list[str], mended: Changes
) -> None:
    assert [finding.path for finding in rule(plan_with(wrong))] == paths
    assert list(rule(plan_with(mended))) == []


def test_every_rule_is_tried() -> None:
    assert {rule for rule, *_ in CASES} == set(profiles.RULES)
