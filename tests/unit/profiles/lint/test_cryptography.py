from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import cryptography
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
SUITE = "NativeProfile/CryptographySuite"
IKEV2 = "<NativeProtocolType>IKEv2</NativeProtocolType>"
SSTP = "<NativeProtocolType>SSTP</NativeProtocolType>"
PPTP = "<NativeProtocolType>PPTP</NativeProtocolType>"
AUTOMATIC = "<NativeProtocolType>Automatic</NativeProtocolType>"
STANDARD = {
    "AuthenticationTransformConstants": "SHA256128",
    "CipherTransformConstants": "AES128",
    "PfsGroup": "PFS2048",
    "DHGroup": "Group14",
    "IntegrityCheckMethod": "SHA256",
    "EncryptionMethod": "AES128",
}
ENHANCED = {
    "AuthenticationTransformConstants": "GCMAES128",
    "CipherTransformConstants": "GCMAES128",
    "PfsGroup": "ECP256",
    "EncryptionMethod": "AES_GCM_128",
}


def suite(**other: str) -> str:
    values = STANDARD | other
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in values.items() if value)
    return native(f"{IKEV2}<CryptographySuite>{inside}</CryptographySuite>")


def native(inside: str) -> str:
    return f"<NativeProfile>{inside}</NativeProfile>"


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    *(
        (cryptography.nothing_is_broken, suite(**{name: value}), [f"{SUITE}/{name}"], suite())
        for name, value in (
            ("AuthenticationTransformConstants", "MD596"),
            ("CipherTransformConstants", "DES"),
            ("CipherTransformConstants", "DES3"),
            ("PfsGroup", "PFS1"),
            ("PfsGroup", "PFS2"),
            ("DHGroup", "Group1"),
            ("DHGroup", "Group2"),
            ("IntegrityCheckMethod", "MD5"),
            ("EncryptionMethod", "DES"),
            ("EncryptionMethod", "DES3"),
        )
    ),
    *(
        (cryptography.nothing_is_old, suite(**{name: value}), [f"{SUITE}/{name}"], suite(**ENHANCED))
        for name, value in (
            ("AuthenticationTransformConstants", "SHA196"),
            ("PfsGroup", "PFS24"),
            ("DHGroup", "Group24"),
            ("DHGroup", "None"),
            ("IntegrityCheckMethod", "SHA196"),
        )
    ),
    (cryptography.suite_is_said, native(IKEV2), [SUITE], suite()),
    (cryptography.suite_is_said, native(AUTOMATIC), [SUITE], native(SSTP)),
    (cryptography.suite_is_whole, suite(PfsGroup="", DHGroup=""), [SUITE], suite()),
    (cryptography.suite_is_whole, suite(DHGroup=""), [SUITE], suite(DHGroup="Group99")),
    (
        cryptography.combined_mode_is_combined,
        suite(CipherTransformConstants="GCMAES256"),
        [f"{SUITE}/AuthenticationTransformConstants"],
        suite(**ENHANCED),
    ),
    (
        cryptography.combined_mode_is_combined,
        suite(**(ENHANCED | {"CipherTransformConstants": "GCMAES256"})),
        [f"{SUITE}/AuthenticationTransformConstants"],
        suite(),
    ),
    (cryptography.suite_is_used, suite().replace("IKEv2", "SSTP"), [SUITE], suite().replace("IKEv2", "L2TP")),
    (cryptography.keys_are_forgotten, suite(PfsGroup="None"), [f"{SUITE}/PfsGroup"], suite()),
    (cryptography.no_pptp, native(PPTP), ["NativeProfile/NativeProtocolType"], native(AUTOMATIC)),
    (
        cryptography.no_pptp,
        native(
            "<NativeProtocolType>ProtocolList</NativeProtocolType><ProtocolList><NativeProtocol><Type>Pptp</Type>"
            "</NativeProtocol></ProtocolList>"
        ),
        ["NativeProfile/NativeProtocolType"],
        native(IKEV2),
    ),
    (cryptography.automatic_is_not_relied_on, native(AUTOMATIC), ["NativeProfile/NativeProtocolType"], native(IKEV2)),
    (
        cryptography.encryption_is_demanded,
        "<DataEncryption>None</DataEncryption>",
        ["DataEncryption"],
        "<DataEncryption>Max</DataEncryption>",
    ),
    (
        cryptography.encryption_is_no_option,
        "<DataEncryption>Optional</DataEncryption>",
        ["DataEncryption"],
        "<DataEncryption>Require</DataEncryption>",
    ),
    (
        cryptography.messages_are_fragmented,
        "<DisableIKEv2Fragmentation>true</DisableIKEv2Fragmentation>",
        ["DisableIKEv2Fragmentation"],
        "<DisableIKEv2Fragmentation>false</DisableIKEv2Fragmentation>",
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
