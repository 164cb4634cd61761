from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import authentication
from evertunnel.profiles.lint.rule import Rule

Found = Callable[[Rule, str], list[str]]
BLOCK = (
    '<Eap><Configuration><EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">13</Type>'
    '</EapMethod><Config><Eap xmlns="{p}BaseEapConnectionPropertiesV1"><Type>13</Type>'
    '<EapType xmlns="{p}EapTlsConnectionPropertiesV1" /></Eap></Config></EapHostConfig></Configuration></Eap>'
).format(p="http://www.microsoft.com/provisioning/")
IKEV2 = "<NativeProtocolType>IKEv2</NativeProtocolType>"
L2TP = "<NativeProtocolType>L2TP</NativeProtocolType>"
SSTP = "<NativeProtocolType>SSTP</NativeProtocolType>"
AUTOMATIC = "<NativeProtocolType>Automatic</NativeProtocolType>"
KEY = "<L2tpPsk>correct horse</L2tpPsk>"
EAP = "<UserMethod>Eap</UserMethod>"
PASSWORD = "<UserMethod>MSChapv2</UserMethod>"
CERTIFICATE = "<MachineMethod>Certificate</MachineMethod>"
PRESHARED = "<MachineMethod>PresharedKey</MachineMethod>"
COMPLIANT = "<DeviceCompliance><Enabled>true</Enabled></DeviceCompliance>"
HERE = "NativeProfile/Authentication"


def native(protocol: str, *methods: str) -> str:
    return f"<NativeProfile>{protocol}<Authentication>{''.join(methods)}</Authentication></NativeProfile>"


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (authentication.somebody_authenticates, native(IKEV2), [HERE], native(IKEV2, CERTIFICATE)),
    (authentication.somebody_authenticates, "<NativeProfile/>", [HERE], native(IKEV2, EAP)),
    (authentication.eap_is_configured, native(IKEV2, EAP), [f"{HERE}/Eap"], native(IKEV2, EAP, BLOCK)),
    (authentication.eap_is_used, native(IKEV2, BLOCK), [f"{HERE}/Eap"], native(IKEV2, EAP, BLOCK)),
    (authentication.no_bare_password_in_ikev2, native(IKEV2, PASSWORD), [f"{HERE}/UserMethod"], native(SSTP, PASSWORD)),
    (authentication.no_bare_password, native(SSTP, PASSWORD), [f"{HERE}/UserMethod"], native(SSTP, EAP, BLOCK)),
    (
        authentication.profile_is_not_the_broken_one,
        native(AUTOMATIC, "<UserMethod>Mschapv2</UserMethod>"),
        ["NativeProfile"],
        f"<AlwaysOn>true</AlwaysOn>{native(AUTOMATIC, PASSWORD)}",
    ),
    (
        authentication.machine_certificate_needs_ikev2,
        native(AUTOMATIC, CERTIFICATE),
        [f"{HERE}/MachineMethod"],
        native(IKEV2, CERTIFICATE),
    ),
    (
        authentication.user_or_machine,
        native(IKEV2, EAP, CERTIFICATE),
        [f"{HERE}/MachineMethod"],
        native(IKEV2, EAP, "<MachineMethod>Eap</MachineMethod>"),
    ),
    (
        authentication.user_or_machine,
        native(IKEV2, PASSWORD, PRESHARED),
        [f"{HERE}/MachineMethod"],
        native(L2TP, PASSWORD, PRESHARED),
    ),
    (
        authentication.preshared_key_is_there,
        native(IKEV2, PRESHARED),
        [f"{HERE}/MachineMethod"],
        native(L2TP + KEY, PRESHARED),
    ),
    (
        authentication.preshared_key_is_there,
        native(L2TP, PRESHARED),
        ["NativeProfile/L2tpPsk"],
        native(L2TP + KEY, PRESHARED),
    ),
    (authentication.key_is_used, native(IKEV2 + KEY), ["NativeProfile/L2tpPsk"], native(L2TP + KEY)),
    (authentication.key_is_no_secret, native(L2TP + KEY), ["NativeProfile/L2tpPsk"], native(IKEV2 + KEY)),
    (
        authentication.machine_tunnel_is_a_device_tunnel,
        native(IKEV2, CERTIFICATE),
        [f"{HERE}/MachineMethod"],
        f"<DeviceTunnel>true</DeviceTunnel>{native(IKEV2, CERTIFICATE)}",
    ),
    (
        authentication.compliance_has_eap,
        COMPLIANT + native(IKEV2, EAP),
        ["DeviceCompliance"],
        COMPLIANT + native(IKEV2, EAP, BLOCK),
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []
