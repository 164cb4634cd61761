from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import together
from evertunnel.profiles.lint.set_rule import SetRule

FoundBeside = Callable[..., list[str]]
DEVICE = "<DeviceTunnel>true</DeviceTunnel>"
ALWAYS_ON = "<AlwaysOn>true</AlwaysOn>"
LOCKDOWN = "<LockDown>true</LockDown>"
REGISTERS = "<RegisterDNS>true</RegisterDNS>"


def native(inside: str, server: str = "vpn.contoso.com") -> str:
    return f"<NativeProfile><Servers>{server}</Servers>{inside}</NativeProfile>"


def routing(policy: str) -> str:
    return native(f"<RoutingPolicyType>{policy}</RoutingPolicyType>")


def suite(group: str, server: str = "vpn.contoso.com", protocol: str = "IKEv2") -> str:
    inside = f"<NativeProtocolType>{protocol}</NativeProtocolType><CryptographySuite>{group}</CryptographySuite>"
    return native(inside, server)


def name(text: str) -> str:
    return f"<ProfileName>{text}</ProfileName>"


def trusts(networks: str) -> str:
    return f"{ALWAYS_ON}<TrustedNetworkDetection>{networks}</TrustedNetworkDetection>"


GROUP_2, GROUP_14 = "<DHGroup>Group2</DHGroup>", "<DHGroup>Group14</DHGroup>"
BACKUP = native("", "backup.contoso.com")

# The rule, two profiles that it finds fault with, where, and the second mended.
CASES: list[tuple[SetRule, str, str, str, str]] = [
    (together.one_profile_is_always_on, ALWAYS_ON, ALWAYS_ON + BACKUP, "AlwaysOn", BACKUP),
    (
        together.device_tunnel_is_one,
        DEVICE + ALWAYS_ON,
        DEVICE + BACKUP,
        "DeviceTunnel",
        BACKUP,
    ),
    (together.one_of_both_registers, DEVICE + REGISTERS, REGISTERS, "RegisterDNS", ""),
    (together.nothing_is_beside_lockdown, "", LOCKDOWN, "LockDown", ALWAYS_ON),
    (together.nothing_is_beside_lockdown, LOCKDOWN, LOCKDOWN + BACKUP, "LockDown", LOCKDOWN),
    (
        together.no_device_tunnel_is_beside_force,
        DEVICE,
        routing("ForceTunnel"),
        "NativeProfile/RoutingPolicyType",
        routing("SplitTunnel"),
    ),
    (together.names_differ, name("Contoso"), name("Contoso") + BACKUP, "ProfileName", name("Backup")),
    (
        together.networks_are_trusted_by_both,
        DEVICE + trusts("corp.contoso.com"),
        trusts("contoso.com"),
        "TrustedNetworkDetection",
        trusts("CORP.contoso.com"),
    ),
    (
        together.suites_of_a_gateway_agree,
        suite(GROUP_14),
        DEVICE + suite(GROUP_2),
        "NativeProfile/CryptographySuite",
        DEVICE + suite(GROUP_14),
    ),
]


@pytest.mark.parametrize(("rule", "first", "second", "path", "mended"), CASES)
def test_a_rule_finds_its_fault_beside_another_profile_and_nothing_once_it_is_mended(
    found_beside: FoundBeside, rule: SetRule, first: str, second: str, path: str, mended: str
) -> None:
    assert found_beside(rule, first, second) == [f"2.xml: {path}"]
    assert found_beside(rule, first, mended) == []


@pytest.mark.parametrize(("rule", "first", "second", "path", "mended"), CASES)
def test_a_profile_alone_or_twice_is_no_fault(
    found_beside: FoundBeside, rule: SetRule, first: str, second: str, path: str, mended: str
) -> None:
    assert [found_beside(rule, each) for each in (first, second, mended)] == [[], [], []]
    assert found_beside(rule, second, second) == [], path


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        # It is made with "Connect automatically" off, so the other one connects.
        (
            together.one_profile_is_always_on,
            ALWAYS_ON,
            f"{ALWAYS_ON}<AlwaysOnActive>false</AlwaysOnActive>",
        ),
        # The machine's is beside the person's.
        (together.one_profile_is_always_on, ALWAYS_ON, DEVICE + ALWAYS_ON),
        # One replaces the other, which another rule says.
        (together.one_profile_is_always_on, name("Contoso") + ALWAYS_ON, name("Contoso") + ALWAYS_ON + BACKUP),
        (together.device_tunnel_is_one, DEVICE, LOCKDOWN + DEVICE),
        (together.one_of_both_registers, REGISTERS, REGISTERS + BACKUP),
        (together.one_of_both_registers, DEVICE + REGISTERS, f"{DEVICE}{REGISTERS}{BACKUP}"),
        (together.no_device_tunnel_is_beside_force, routing("SplitTunnel"), routing("ForceTunnel")),
        # The machine's names and the person's are in different trees.
        (together.names_differ, name("Contoso"), DEVICE + name("Contoso")),
        (together.names_differ, "", BACKUP),
        # A device tunnel may be up inside.
        (together.networks_are_trusted_by_both, DEVICE, trusts("corp.contoso.com")),
        (together.networks_are_trusted_by_both, DEVICE + trusts("corp.contoso.com"), ALWAYS_ON),
        # Nothing but a person connects it.
        (
            together.networks_are_trusted_by_both,
            DEVICE + trusts("corp.contoso.com"),
            trusts("contoso.com").replace("true", "false"),
        ),
        (together.suites_of_a_gateway_agree, suite(GROUP_14), suite(GROUP_2, "backup.contoso.com")),
        (together.suites_of_a_gateway_agree, suite(GROUP_14), suite(GROUP_2, protocol="SSTP")),
        # What one leaves out is told of it alone.
        (together.suites_of_a_gateway_agree, suite(GROUP_14), suite("<PfsGroup>ECP256</PfsGroup>")),
    ],
)
def test_what_goes_together_is_no_fault(found_beside: FoundBeside, rule: SetRule, first: str, second: str) -> None:
    assert found_beside(rule, first, second) == []
    assert found_beside(rule, second, first) == []


def test_servers_are_the_same_in_any_case_and_place(found_beside: FoundBeside) -> None:
    second = suite(GROUP_2, "backup.contoso.com,VPN.contoso.com;Europe")

    assert found_beside(together.suites_of_a_gateway_agree, suite(GROUP_14), second) != []


def test_each_after_the_first_is_told_once(found_beside: FoundBeside) -> None:
    profiles = [ALWAYS_ON, BACKUP, ALWAYS_ON + BACKUP, ALWAYS_ON + DEVICE, ALWAYS_ON + routing("SplitTunnel")]

    assert found_beside(together.one_profile_is_always_on, *profiles) == ["3.xml: AlwaysOn", "5.xml: AlwaysOn"]
