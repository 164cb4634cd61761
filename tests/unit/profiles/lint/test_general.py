from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import general
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
SERVERS = "<Servers>vpn.contoso.com</Servers>"
FAMILY = "<PluginPackageFamilyName>Contoso.Vpn_8wekyb3d8bbwe</PluginPackageFamilyName>"
URLS = "<ServerUrlList>https://vpn.contoso.com/login;vpn2.contoso.com</ServerUrlList>"
MANUAL = "<Manual><Server>proxy.corp.contoso.com:8080</Server></Manual>"
SCRIPT = "<AutoConfigUrl>http://proxy.corp.contoso.com/proxy.pac</AutoConfigUrl>"
TRIGGER = "<AppTrigger><App><Id>SYSTEM</Id></App></AppTrigger>"
SPLIT = "<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"
LIST = "<NativeProtocolType>ProtocolList</NativeProtocolType>"


def native(inside: str) -> str:
    return f"<NativeProfile>{inside}</NativeProfile>"


def plugin(inside: str) -> str:
    return f"<PluginProfile>{inside}</PluginProfile>"


def proxy(inside: str) -> str:
    return f"<Proxy>{inside}</Proxy>"


def listed(*protocols: str) -> str:
    members = "".join(f"<NativeProtocol><Type>{each}</Type></NativeProtocol>" for each in protocols)
    return native(f"{LIST}<ProtocolList>{members}<RetryTimeInHours>24</RetryTimeInHours></ProtocolList>")


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (general.one_client_connects, native("") + plugin(""), ["PluginProfile"], native("")),
    (general.some_client_connects, "<AlwaysOn>true</AlwaysOn>", ["VPNProfile"], plugin("")),
    (general.there_is_a_server, native(""), ["NativeProfile/Servers"], native(SERVERS)),
    (
        general.app_is_complete,
        plugin(""),
        ["PluginProfile/ServerUrlList", "PluginProfile/PluginPackageFamilyName"],
        plugin(URLS + FAMILY),
    ),
    (
        general.servers_are_names,
        native("<Servers>vpn..contoso.com,192.0.2.1,vpn.contoso.com.;Europe</Servers>"),
        ["NativeProfile/Servers"],
        native("<Servers>192.0.2.1,vpn.contoso.com.;Europe,2001:db8::1</Servers>"),
    ),
    (
        general.servers_of_apps_are_names,
        plugin("<ServerUrlList>https://vpn..contoso.com;https://[vpn;vpn.contoso.com</ServerUrlList>"),
        ["PluginProfile/ServerUrlList", "PluginProfile/ServerUrlList"],
        plugin(URLS),
    ),
    (
        general.name_has_no_slash,
        "<ProfileName>Contoso/VPN</ProfileName>",
        ["ProfileName"],
        "<ProfileName>Contoso AlwaysOn VPN</ProfileName>",
    ),
    (general.something_starts_it, native(SERVERS), ["VPNProfile"], native(SERVERS) + TRIGGER),
    (general.something_starts_it, native(SERVERS), ["VPNProfile"], "<AlwaysOn>true</AlwaysOn>"),
    (
        general.always_on_is_ticked,
        "<AlwaysOn>true</AlwaysOn><AlwaysOnActive>false</AlwaysOnActive>",
        ["AlwaysOnActive"],
        "<AlwaysOn>true</AlwaysOn><AlwaysOnActive>true</AlwaysOnActive>",
    ),
    (
        general.proxy_is_used,
        native(SPLIT) + proxy(SCRIPT),
        ["Proxy"],
        native("<RoutingPolicyType>ForceTunnel</RoutingPolicyType>") + proxy(SCRIPT),
    ),
    (general.proxy_is_one, proxy(SCRIPT + MANUAL), ["Proxy"], proxy(MANUAL)),
    (
        general.bypass_has_a_proxy,
        f"<ByPassForLocal>true</ByPassForLocal>{proxy(SCRIPT)}",
        ["ByPassForLocal"],
        f"<ByPassForLocal>true</ByPassForLocal>{proxy(MANUAL)}",
    ),
    (
        general.script_has_a_url,
        proxy("<AutoConfigUrl>proxy.corp.contoso.com</AutoConfigUrl>"),
        ["Proxy/AutoConfigUrl"],
        proxy(SCRIPT),
    ),
    (general.reserved_is_left_out, "<APNBinding><UserName>a</UserName></APNBinding>", ["APNBinding"], ""),
    (general.list_and_type_agree, native(LIST), ["NativeProfile/ProtocolList"], listed("Ikev2")),
    (
        general.list_and_type_agree,
        listed("Ikev2").replace(LIST, ""),
        ["NativeProfile/ProtocolList"],
        listed("Ikev2"),
    ),
    (general.list_has_protocols, listed(), ["NativeProfile/ProtocolList"], listed("Ikev2", "Sstp", "L2tp")),
    (general.list_has_protocols, listed("Sstp", "Sstp"), ["NativeProfile/ProtocolList"], listed("Sstp")),
    (general.list_has_protocols, listed("Automatic"), ["NativeProfile/ProtocolList"], listed("Ikev2")),
    (
        general.protection_triggers_by_itself,
        f"<EdpModeId>corp.contoso.com</EdpModeId>{TRIGGER}",
        ["EdpModeId"],
        "<EdpModeId>corp.contoso.com</EdpModeId>",
    ),
    (
        general.app_has_a_family_name,
        plugin("<PluginPackageFamilyName>Contoso VPN</PluginPackageFamilyName>"),
        ["PluginProfile/PluginPackageFamilyName"],
        plugin(FAMILY),
    ),
    (
        general.server_has_a_name,
        native("<Servers>203.0.113.10</Servers>"),
        ["NativeProfile/Servers"],
        native(SERVERS),
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
