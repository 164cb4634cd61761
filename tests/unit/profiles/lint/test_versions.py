from typing import Protocol

import pytest

from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint import versions
from evertunnel.profiles.lint.rule import Rule

ROUTE = "<Route><Address>10.0.0.0</Address><PrefixSize>8</PrefixSize><ExclusionRoute>true</ExclusionRoute></Route>"
FORCE = "<NativeProfile><RoutingPolicyType>ForceTunnel</RoutingPolicyType></NativeProfile>"
GCM = "<CipherTransformConstants>GCMAES128</CipherTransformConstants>"
GCM_IKE = "<EncryptionMethod>AES_GCM_256</EncryptionMethod>"
AZURE = "<DeviceTunnel>true</DeviceTunnel><NativeProfile><Servers>gateway.vpn.azure.com</Servers></NativeProfile>"


class Found(Protocol):
    def __call__(self, rule: Rule, inside: str, *, windows: Windows | None = None) -> list[str]: ...


def suite(inside: str) -> str:
    return f"<NativeProfile><CryptographySuite>{inside}</CryptographySuite></NativeProfile>"


# The rule, a profile, where it finds fault with it for a Windows that is too old, that Windows, and one that will do.
CASES: list[tuple[Rule, str, list[str], Windows, Windows]] = [
    (
        versions.connection_is_known,
        "<DeviceTunnel>true</DeviceTunnel>",
        ["DeviceTunnel"],
        Windows.W10_1703,
        Windows.W10_1709,
    ),
    (
        versions.connection_is_known,
        "<TrafficFilter/><TrafficFilter><Direction>Inbound</Direction></TrafficFilter>",
        ["TrafficFilter[2]/Direction"],
        Windows.W10_1903,
        Windows.W10_2004,
    ),
    (
        versions.connection_is_known,
        "<NativeProfile><ProtocolList/></NativeProfile>",
        ["NativeProfile/ProtocolList"],
        Windows.W10_22H2,
        Windows.W11_21H2,
    ),
    (
        versions.comfort_is_known,
        "<DisableDisconnectButton>true</DisableDisconnectButton>",
        ["DisableDisconnectButton"],
        Windows.W11_21H2,
        Windows.W11_22H2,
    ),
    (
        versions.comfort_is_known,
        "<IPv4InterfaceMetric>3</IPv4InterfaceMetric>",
        ["IPv4InterfaceMetric"],
        Windows.W11_23H2,
        Windows.W11_24H2,
    ),
    (
        versions.sstp_is_known,
        "<NativeProfile><NativeProtocolType>SSTP</NativeProtocolType></NativeProfile>",
        ["NativeProfile/NativeProtocolType"],
        Windows.W10_22H2,
        Windows.W11_21H2,
    ),
    (
        versions.exclusions_work_in_a_force_tunnel,
        FORCE + ROUTE,
        ["Route/ExclusionRoute"],
        Windows.W10_1809,
        Windows.W10_1903,
    ),
    (
        versions.combined_mode_is_known,
        suite(GCM),
        ["NativeProfile/CryptographySuite"],
        Windows.W10_1709,
        Windows.W10_1803,
    ),
    (
        versions.combined_mode_is_known,
        suite(GCM_IKE),
        ["NativeProfile/CryptographySuite"],
        Windows.W10_1709,
        Windows.W10_1803,
    ),
    (versions.azure_takes_device_tunnels, AZURE, ["NativeProfile/Servers"], Windows.W10_1803, Windows.W10_1809),
]


@pytest.mark.parametrize(("rule", "inside", "paths", "old", "new"), CASES)
def test_what_an_old_windows_lacks_is_told_for_that_one_alone(
    found: Found, rule: Rule, inside: str, paths: list[str], old: Windows, new: Windows
) -> None:
    assert found(rule, inside, windows=old) == paths
    assert found(rule, inside, windows=new) == []
    assert found(rule, inside) == []


def test_aes_cbc_is_as_old_as_the_suite(found: Found) -> None:
    cbc = suite("<CipherTransformConstants>AES128</CipherTransformConstants>")

    assert found(versions.combined_mode_is_known, cbc, windows=Windows.W10_1607) == []
