from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import names
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
SPLIT = "<NativeProfile><RoutingPolicyType>SplitTunnel</RoutingPolicyType></NativeProfile>"
ROUTED = SPLIT.replace("</Native", "<DisableClassBasedDefaultRoute>true</DisableClassBasedDefaultRoute></Native") + (
    "<Route><Address>10.0.0.0</Address><PrefixSize>24</PrefixSize></Route>"
)
TRUSTED = "<TrustedNetworkDetection>corp.contoso.com</TrustedNetworkDetection>"
ALWAYS = "<AlwaysOn>true</AlwaysOn>"


def resolved(name: str, inside: str = "<DnsServers>10.0.0.53</DnsServers>") -> str:
    return f"<DomainNameInformation><DomainName>{name}</DomainName>{inside}</DomainNameInformation>"


RULE = resolved(".corp.contoso.com")

# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (
        names.rule_has_a_name,
        f"{RULE}<DomainNameInformation><DnsServers>10.0.0.53</DnsServers></DomainNameInformation>",
        ["DomainNameInformation[2]"],
        RULE,
    ),
    (names.name_is_a_scope, resolved("*.corp.contoso.com"), ["DomainNameInformation/DomainName"], RULE + resolved(".")),
    (
        names.names_differ,
        RULE + resolved(".CORP.contoso.com"),
        ["DomainNameInformation[2]"],
        RULE + resolved("corp.contoso.com"),
    ),
    (
        names.suffix_has_its_dot,
        TRUSTED + resolved("corp.contoso.com"),
        ["DomainNameInformation/DomainName"],
        TRUSTED + RULE,
    ),
    (
        names.rule_does_something,
        resolved(".corp.contoso.com", ""),
        ["DomainNameInformation"],
        resolved(".corp.contoso.com", "<AutoTrigger>true</AutoTrigger>"),
    ),
    (
        names.rule_has_one_proxy,
        resolved(".corp.contoso.com", "<WebProxyServers>10.0.0.80,10.0.0.81</WebProxyServers>"),
        ["DomainNameInformation/WebProxyServers"],
        resolved(".corp.contoso.com", "<WebProxyServers>10.0.0.80:8080</WebProxyServers>"),
    ),
    (names.names_know_the_inside, ALWAYS + RULE, ["DomainNameInformation"], ALWAYS + TRUSTED + RULE),
    (names.any_name_in_a_split_tunnel, SPLIT + resolved("."), ["DomainNameInformation"], SPLIT + RULE),
    (
        names.servers_are_routed,
        ROUTED + resolved(".corp.contoso.com", "<DnsServers>10.0.0.53,10.0.1.53</DnsServers>"),
        ["DomainNameInformation/DnsServers"],
        ROUTED + resolved(".corp.contoso.com", "<DnsServers>10.0.0.53,203.0.113.53</DnsServers>"),
    ),
    (
        names.servers_are_routed,
        ROUTED + resolved(".corp.contoso.com", "<DnsServers>fd00::53</DnsServers>"),
        ["DomainNameInformation/DnsServers"],
        SPLIT + resolved(".corp.contoso.com", "<DnsServers>fd00::53</DnsServers>"),
    ),
    (
        names.persistent_rule_stays,
        RULE.replace("</DnsServers>", "</DnsServers><Persistent>true</Persistent>"),
        ["DomainNameInformation/Persistent"],
        RULE,
    ),
    (
        names.suffixes_are_names,
        "<DnsSuffix>.corp.contoso.com</DnsSuffix><TrustedNetworkDetection>*.contoso.com</TrustedNetworkDetection>",
        ["DnsSuffix", "TrustedNetworkDetection"],
        f"<DnsSuffix>corp.contoso.com,contoso.com.</DnsSuffix>{TRUSTED}",
    ),
    (
        names.one_tunnel_registers,
        "<RegisterDNS>true</RegisterDNS>",
        ["RegisterDNS"],
        "<DeviceTunnel>true</DeviceTunnel><RegisterDNS>true</RegisterDNS>",
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
