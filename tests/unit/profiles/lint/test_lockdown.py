from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import lockdown
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]


def locked(inside: str) -> str:
    return f"<LockDown>true</LockDown>{inside}"


def native(inside: str) -> str:
    return locked(f"<NativeProfile>{inside}</NativeProfile>")


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (
        lockdown.lockdown_is_force,
        native("<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"),
        ["NativeProfile/RoutingPolicyType"],
        native("<RoutingPolicyType>ForceTunnel</RoutingPolicyType>"),
    ),
    (
        lockdown.lockdown_is_ikev2,
        native("<NativeProtocolType>SSTP</NativeProtocolType>"),
        ["NativeProfile/NativeProtocolType"],
        native("<NativeProtocolType>IKEv2</NativeProtocolType>"),
    ),
    (lockdown.lockdown_is_native, locked("<PluginProfile/>"), ["PluginProfile"], "<PluginProfile/>"),
    (
        lockdown.lockdown_is_always_on,
        locked("<AlwaysOn>false</AlwaysOn>"),
        ["AlwaysOn"],
        locked("<AlwaysOn>true</AlwaysOn>"),
    ),
    (
        lockdown.lockdown_knows_no_trusted_network,
        locked("<TrustedNetworkDetection>corp.contoso.com</TrustedNetworkDetection>"),
        ["TrustedNetworkDetection"],
        "<TrustedNetworkDetection>corp.contoso.com</TrustedNetworkDetection>",
    ),
    (lockdown.lockdown_stands_alone, locked(""), ["LockDown"], "<LockDown>false</LockDown>"),
    (lockdown.lockdown_shuts_the_device, locked(""), ["LockDown"], "<LockDown>false</LockDown>"),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
