from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import device_tunnel
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
IKEV2 = "<NativeProtocolType>IKEv2</NativeProtocolType>"
CERTIFICATE = "<Authentication><MachineMethod>Certificate</MachineMethod></Authentication>"
ROUTE = "<Route><Address>10.0.0.10</Address><PrefixSize>32</PrefixSize></Route>"
FILTER = "<TrafficFilter><RemoteAddressRanges>10.0.0.10</RemoteAddressRanges></TrafficFilter>"
INBOUND = "<TrafficFilter><Direction>Inbound</Direction></TrafficFilter>"
NAMES = "<DomainNameInformation><DomainName>.corp.contoso.com</DomainName></DomainNameInformation>"
TRIGGER = "<AppTrigger><App><Id>notepad.exe</Id></App></AppTrigger>"


def device(inside: str) -> str:
    return f"<DeviceTunnel>true</DeviceTunnel>{inside}"


def native(inside: str) -> str:
    return device(f"<NativeProfile>{inside}</NativeProfile>")


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (device_tunnel.always_on_is_said, device(""), ["DeviceTunnel"], device("<AlwaysOn>true</AlwaysOn>")),
    (
        device_tunnel.always_on_is_not_denied,
        device("<AlwaysOn>false</AlwaysOn>"),
        ["AlwaysOn"],
        device("<AlwaysOn>true</AlwaysOn>"),
    ),
    (
        device_tunnel.protocol_is_ikev2,
        native("<NativeProtocolType>Automatic</NativeProtocolType>"),
        ["NativeProfile/NativeProtocolType"],
        native(IKEV2),
    ),
    (device_tunnel.protocol_is_ikev2, native(""), ["NativeProfile/NativeProtocolType"], ""),
    (
        device_tunnel.machine_certificate_authenticates,
        native("<Authentication><MachineMethod>Eap</MachineMethod></Authentication>"),
        ["NativeProfile/Authentication/MachineMethod"],
        native(CERTIFICATE),
    ),
    (
        device_tunnel.no_user_authenticates,
        native("<Authentication><UserMethod>Eap</UserMethod></Authentication>"),
        ["NativeProfile/Authentication/UserMethod"],
        native(CERTIFICATE),
    ),
    (
        device_tunnel.device_tunnel_is_split,
        native("<RoutingPolicyType>ForceTunnel</RoutingPolicyType>"),
        ["NativeProfile/RoutingPolicyType"],
        native("<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"),
    ),
    (
        device_tunnel.split_is_said,
        native(""),
        ["NativeProfile/RoutingPolicyType"],
        native("<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"),
    ),
    (device_tunnel.device_tunnel_has_no_name_rules, device(NAMES), ["DomainNameInformation"], NAMES),
    (device_tunnel.device_tunnel_is_native, device("<PluginProfile/>"), ["PluginProfile"], "<PluginProfile/>"),
    (
        device_tunnel.routes_are_host_routes,
        device(f"{ROUTE}<Route><Address>10.0.0.0</Address><PrefixSize>8</PrefixSize></Route>"),
        ["Route[2]"],
        device(ROUTE),
    ),
    (
        device_tunnel.routes_are_host_routes,
        device("<Route><Address>2001:db8::</Address><PrefixSize>64</PrefixSize></Route>"),
        ["Route"],
        device("<Route><Address>2001:db8::10</Address><PrefixSize>128</PrefixSize></Route>"),
    ),
    (
        device_tunnel.class_route_is_off,
        native(""),
        ["NativeProfile/DisableClassBasedDefaultRoute"],
        native("<DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute>"),
    ),
    (
        device_tunnel.filters_let_manage_out_in,
        device(f"<RegisterDNS>true</RegisterDNS>{FILTER}"),
        ["TrafficFilter"],
        device(f"<RegisterDNS>true</RegisterDNS>{FILTER}{INBOUND}"),
    ),
    (
        device_tunnel.filters_let_manage_out_in,
        device(f"<RegisterDNS>true</RegisterDNS>{FILTER}"),
        ["TrafficFilter"],
        device(FILTER),
    ),
    (device_tunnel.nothing_waits_for_a_user, device(TRIGGER), ["AppTrigger"], TRIGGER),
    (
        device_tunnel.nothing_waits_for_a_user,
        device("<DeviceCompliance/>"),
        ["DeviceCompliance"],
        "<DeviceCompliance/>",
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []


def test_what_could_not_be_read_is_not_said_to_be_missing(found: Found) -> None:
    assert found(device_tunnel.protocol_is_ikev2, native("<NativeProtocolType>WireGuard</NativeProtocolType>")) == []
