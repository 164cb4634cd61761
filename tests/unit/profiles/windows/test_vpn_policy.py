import base64
from dataclasses import replace
from ipaddress import ip_address
from typing import cast

import pytest

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.plan.windows import Windows
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.vpnv2.model import (
    AppTrigger,
    CryptographySuite,
    DeviceCompliance,
    Direction,
    DomainName,
    ManualProxy,
    NativeProfile,
    PfsGroup,
    Proxy,
    Route,
    Routing,
    Sso,
    TrafficFilter,
    VpnProfile,
)
from evertunnel.profiles.vpnv2.values import AddressRange, PortRange, Server, Text, Thumbprint
from evertunnel.profiles.windows.tunnels import WindowsTunnel, tunnels
from evertunnel.profiles.windows.vpn_policy import vpn_policy, without_field


def test_the_device_tunnel_authenticates_by_certificate_and_the_user_by_eap(plan: Plan, trust: Trust) -> None:
    device, user = (vpn_policy(each, "name", "description") for each in tunnels(plan, trust))

    assert (device["profileTarget"], device["enableDeviceTunnel"]) == ("device", True)
    assert device["authenticationMethod"] == "certificate"
    assert "eapXml" not in device
    assert (user["profileTarget"], user["enableDeviceTunnel"]) == ("user", False)
    assert user["authenticationMethod"] == "customEapXml"
    assert base64.b64decode(str(user["eapXml"])).startswith(b"<EapHostConfig ")


def test_a_profile_without_anything_is_a_policy_without_anything() -> None:
    policy = vpn_policy(tunnel(VpnProfile()), "name", "description")

    assert policy["servers"] == []
    assert policy["cryptographySuite"] is None
    assert policy["proxyServer"] is None
    assert policy["enableConditionalAccess"] is False
    assert without_field(tunnel(VpnProfile())) == ()


def test_the_first_server_is_the_default() -> None:
    native = NativeProfile(servers=(Server("vpn.contoso.com", "Europe"), Server("vpn2.contoso.com")))

    servers = items(tunnel(VpnProfile(native=native)), "servers")

    assert [(each["description"], each["address"], each["isDefaultServer"]) for each in servers] == [
        ("Europe", "vpn.contoso.com", True),
        ("vpn2.contoso.com", "vpn2.contoso.com", False),
    ]


def test_a_filter_is_a_rule() -> None:
    rule = TrafficFilter(
        app=Text("C:\\Windows\\System32\\mstsc.exe"),
        protocol=6,
        remote_ports=(PortRange.read("3389"), PortRange.read("5000-5010")),
        remote_addresses=(AddressRange.read("10.0.0.0/24"), AddressRange.read("fd00::/8")),
        routing=Routing.FORCE,
        direction=Direction.INBOUND,
    )

    (written,) = items(tunnel(VpnProfile(filters=(rule,))), "trafficRules")

    assert (written["name"], written["protocols"], written["appType"]) == ("Rule 1", 6, "desktop")
    assert (written["routingPolicyType"], written["vpnTrafficDirection"]) == ("forceTunnel", "inbound")
    assert written["localPortRanges"] == []
    assert written["remotePortRanges"] == [
        {"@odata.type": "microsoft.graph.numberRange", "lowerNumber": 3389, "upperNumber": 3389},
        {"@odata.type": "microsoft.graph.numberRange", "lowerNumber": 5000, "upperNumber": 5010},
    ]
    assert written["remoteAddressRanges"] == [
        {"@odata.type": "microsoft.graph.iPv4Range", "lowerAddress": "10.0.0.0", "upperAddress": "10.0.0.255"},
    ]
    assert missing(VpnProfile(filters=(rule,))) == ["user_tunnel.profile.filters"]
    assert missing(VpnProfile(filters=(replace(rule, remote_addresses=()),))) == []


def test_a_filter_that_says_little_is_outbound_and_of_no_app() -> None:
    (written,) = items(tunnel(VpnProfile(filters=(TrafficFilter(protocol=1),))), "trafficRules")

    assert (written["appType"], written["routingPolicyType"]) == ("none", "none")
    assert written["vpnTrafficDirection"] == "outbound"


@pytest.mark.parametrize(
    ("app", "kind"),
    [
        ("C:\\Program Files\\App\\app.exe", "desktop"),
        ("%ProgramFiles%/App/app.exe", "desktop"),
        ("SYSTEM", "desktop"),
        ("Contoso.App_8wekyb3d8bbwe", "universal"),
    ],
)
def test_an_app_is_named_by_path_or_by_package(app: str, kind: str) -> None:
    (written,) = items(tunnel(VpnProfile(app_triggers=(AppTrigger(app=Text(app)),))), "associatedApps")

    assert (written["identifier"], written["appType"]) == (app, kind)


def test_a_name_rule_is_a_dns_rule() -> None:
    rule = DomainName(name=Text(".corp.contoso.com"), dns_servers=(ip_address("10.0.0.53"),), auto_trigger=True)

    (written,) = items(tunnel(VpnProfile(names=(rule,))), "dnsRules")

    assert (written["name"], written["servers"]) == (".corp.contoso.com", ["10.0.0.53"])
    assert (written["autoTrigger"], written["persistent"]) == (True, False)


@pytest.mark.parametrize(
    ("server", "address", "port"),
    [("proxy.corp.contoso.com:8080", "proxy.corp.contoso.com", 8080), ("proxy.corp.contoso.com", None, None)],
)
def test_a_proxy_is_an_address_and_a_port(server: str, address: str | None, port: int | None) -> None:
    profile = VpnProfile(proxy=Proxy(manual=ManualProxy(server=Text(server))), bypass_for_local=True)

    written = cast("dict[str, object]", vpn_policy(tunnel(profile), "name", "description")["proxyServer"])

    assert written["address"] == (address or server)
    assert written["port"] == port
    assert written["bypassProxyServerForLocalAddress"] is True


def test_a_proxy_by_script_has_no_address() -> None:
    profile = VpnProfile(proxy=Proxy(auto_config_url=Text("http://proxy.corp.contoso.com/proxy.pac")))

    written = cast("dict[str, object]", vpn_policy(tunnel(profile), "name", "description")["proxyServer"])

    assert written["automaticConfigurationScriptUrl"] == "http://proxy.corp.contoso.com/proxy.pac"
    assert (written["address"], written["port"]) == (None, None)


def test_conditional_access_names_the_other_certificate() -> None:
    sso = Sso(enabled=True, eku=Text("1.3.6.1.5.5.7.3.2"), issuer_hashes=(Thumbprint("a" * 40), Thumbprint("b" * 40)))

    policy = vpn_policy(tunnel(VpnProfile(compliance=DeviceCompliance(enabled=True, sso=sso))), "name", "description")
    alone = vpn_policy(tunnel(VpnProfile(compliance=DeviceCompliance(enabled=True))), "name", "description")

    assert policy["enableConditionalAccess"] is True
    assert policy["enableSingleSignOnWithAlternateCertificate"] is True
    assert policy["singleSignOnIssuerHash"] == f"{'a' * 40};{'b' * 40}"
    assert alone["enableSingleSignOnWithAlternateCertificate"] is False
    assert alone["singleSignOnEku"] is None


def test_what_graph_has_no_word_for_is_left_out_of_the_suite() -> None:
    suite = CryptographySuite(pfs_group=PfsGroup.NONE)

    policy = vpn_policy(tunnel(VpnProfile(native=NativeProfile(cryptography=suite))), "name", "description")

    assert policy["cryptographySuite"] == {"@odata.type": "microsoft.graph.cryptographySuite"}


@pytest.mark.parametrize(
    ("path", "profile"),
    [
        ("profile.exclude_routes", VpnProfile(routes=(Route(exclusion=True),))),
        ("profile.route_metric", VpnProfile(routes=(Route(metric=5),))),
        ("profile.lockdown", VpnProfile(lockdown=True)),
        ("profile.interface_metric", VpnProfile(ipv4_metric=5)),
        ("profile.interface_metric", VpnProfile(ipv6_metric=5)),
        ("profile.outage_seconds", VpnProfile(network_outage_seconds=0)),
        ("profile.private_network", VpnProfile(private_network=False)),
        ("profile.use_vpn_credentials", VpnProfile(use_ras_credentials=False)),
        ("profile.no_edit_button", VpnProfile(no_advanced_button=True)),
        ("profile.no_disconnect_button", VpnProfile(no_disconnect_button=True)),
        ("routes", VpnProfile(native=NativeProfile(no_class_route=True))),
        ("profile", VpnProfile(native=NativeProfile(cryptography=CryptographySuite(pfs_group=PfsGroup.NONE)))),
    ],
)
def test_what_the_policy_has_no_field_for_is_said(path: str, profile: VpnProfile) -> None:
    assert missing(profile) == [f"user_tunnel.{path}"]


def test_an_exclusion_is_no_route() -> None:
    inside = Route(address=ip_address("10.0.0.0"), prefix=24)
    outside = Route(address=ip_address("192.0.2.0"), prefix=24, exclusion=True)

    written = items(tunnel(VpnProfile(routes=(inside, outside))), "routes")

    assert [(each["destinationPrefix"], each["prefixSize"]) for each in written] == [("10.0.0.0", 24)]


def tunnel(profile: VpnProfile) -> WindowsTunnel:
    return WindowsTunnel(kind=Tunnel.USER, name="Contoso VPN", profile=profile, release=Windows.W10_22H2)


def missing(profile: VpnProfile) -> list[str]:
    return [each.path for each in without_field(tunnel(profile))]


def items(chosen: WindowsTunnel, name: str) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", vpn_policy(chosen, "name", "description")[name])
