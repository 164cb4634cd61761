from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import filters
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
EDGE = "<App><Id>Microsoft.MicrosoftEdge_8wekyb3d8bbwe</Id></App>"


def filtered(inside: str) -> str:
    return f"<TrafficFilter>{inside}</TrafficFilter>"


def remote(addresses: str) -> str:
    return f"<RemoteAddressRanges>{addresses}</RemoteAddressRanges>"


PORTS = "<RemotePortRanges>443</RemotePortRanges>"
LOCAL = "<LocalAddressRanges>10.99.0.0/24</LocalAddressRanges>"

# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (
        filters.ports_need_tcp_or_udp,
        filtered(EDGE) + filtered(f"<Protocol>1</Protocol>{PORTS}"),
        ["TrafficFilter[2]/RemotePortRanges"],
        filtered(f"<Protocol>17</Protocol>{PORTS}"),
    ),
    (
        filters.routing_needs_an_app,
        filtered("<RoutingPolicyType>ForceTunnel</RoutingPolicyType>"),
        ["TrafficFilter/RoutingPolicyType"],
        filtered(f"{EDGE}<RoutingPolicyType>ForceTunnel</RoutingPolicyType>"),
    ),
    (filters.filter_says_something, filtered(""), ["TrafficFilter"], filtered(EDGE)),
    (filters.filters_close_the_rest, filtered(EDGE) + filtered(EDGE), ["TrafficFilter"], ""),
    (
        filters.local_and_remote_addresses,
        filtered(LOCAL + remote("10.0.0.10")),
        ["TrafficFilter/LocalAddressRanges"],
        filtered(LOCAL) + filtered(remote("10.0.0.10")),
    ),
    (
        filters.claims_are_reserved,
        filtered("<Claims>O:SYG:SYD:(A;;CC;;;AU)</Claims>"),
        ["TrafficFilter/Claims"],
        filtered(EDGE),
    ),
    (
        filters.addresses_are_ipv4,
        filtered(remote("10.0.0.10,2001:db8::/32")),
        ["TrafficFilter/RemoteAddressRanges"],
        filtered(remote("10.0.0.10")),
    ),
    (
        filters.apps_are_named,
        filtered("<App><Id>Microsoft Edge</Id></App>") + "<AppTrigger><App><Id>Edge</Id></App></AppTrigger>",
        ["AppTrigger/App/Id", "TrafficFilter/App/Id"],
        filtered("<App><Id>SYSTEM</Id></App>")
        + filtered(r"<App><Id>%ProgramFiles%\Contoso\app.exe</Id></App>")
        + r"<AppTrigger><App><Id>C:\Windows\notepad.exe</Id></App></AppTrigger>"
        + f"<AppTrigger>{EDGE}</AppTrigger>",
    ),
    (filters.trigger_names_an_app, "<AppTrigger/>", ["AppTrigger"], f"<AppTrigger>{EDGE}</AppTrigger>"),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
