import datetime
from pathlib import Path
from typing import Protocol

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from evertunnel.plan.load import load
from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.lint import plan
from evertunnel.profiles.lint.finding import Severity
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.rules import check
from evertunnel.profiles.vpnv2.compose import Pins, device_profile, user_profile
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.write import write

TEXT = (Path(__file__).parents[4] / "examples" / "contoso.toml").read_text(encoding="utf-8")
CONTOSO = load(TEXT, name="contoso.toml")
DEVICES = load((Path(__file__).parents[3] / "plans" / "devices.toml").read_text(encoding="utf-8"), name="devices.toml")
SPLIT = "<RoutingPolicyType>SplitTunnel</RoutingPolicyType>"
IKEV2 = "<NativeProtocolType>IKEv2</NativeProtocolType>"
ENHANCED = {
    "AuthenticationTransformConstants": "GCMAES128",
    "CipherTransformConstants": "GCMAES128",
    "PfsGroup": "ECP256",
    "DHGroup": "Group14",
    "IntegrityCheckMethod": "SHA256",
    "EncryptionMethod": "AES_GCM_128",
}
BLOCK = (
    '<Eap><Configuration><EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">13</Type>'
    '</EapMethod><Config><Eap xmlns="{p}BaseEapConnectionPropertiesV1"><Type>13</Type>'
    '<EapType xmlns="{p}EapTlsConnectionPropertiesV1"><ServerValidation><ServerNames>NAMES</ServerNames>'
    "</ServerValidation></EapType></Eap></Config></EapHostConfig></Configuration></Eap>"
).format(p="http://www.microsoft.com/provisioning/")
PASSWORD = BLOCK.replace(">13<", ">26<").replace("EapTlsConn", "MsChapV2Conn")


class Found(Protocol):
    def __call__(self, rule: Rule, inside: str, *, plan: Plan | None = None) -> list[str]: ...


def native(inside: str) -> str:
    return f"<NativeProfile>{inside}</NativeProfile>"


def device(inside: str) -> str:
    return f"<DeviceTunnel>true</DeviceTunnel>{native(SPLIT)}{inside}"


def route(address: str, prefix: int) -> str:
    return f"<Route><Address>{address}</Address><PrefixSize>{prefix}</PrefixSize></Route>"


def suite(other: dict[str, str]) -> str:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in (ENHANCED | other).items())
    return native(f"{IKEV2}<CryptographySuite>{inside}</CryptographySuite>")


def user(block: str) -> str:
    return native(f"{SPLIT}<Authentication><UserMethod>Eap</UserMethod>{block}</Authentication>")


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (
        plan.gateway_is_the_plans,
        native("<Servers>vpn2.contoso.com,VPN.contoso.com</Servers>"),
        ["NativeProfile/Servers"],
        native("<Servers>VPN.contoso.com.;Europe</Servers>"),
    ),
    (plan.suites_agree, native(IKEV2), ["NativeProfile/CryptographySuite"], suite({})),
    (plan.suites_agree, suite({"DHGroup": "ECP384"}), ["NativeProfile/CryptographySuite"], suite({})),
    (plan.suites_agree, suite({"PfsGroup": "PFS2048"}), ["NativeProfile/CryptographySuite"], suite({})),
    (
        plan.routes_reach_what_may_be_reached,
        device(route("10.0.1.0", 24)),
        ["Route"],
        device(route("10.0.0.0", 24)),
    ),
    (
        plan.routes_end_where_the_gateway_does,
        device(route("10.0.0.10", 32) + route("172.16.0.0", 12)),
        ["Route[2]"],
        device(route("10.0.0.10", 32)),
    ),
    (
        plan.radius_server_is_the_plans,
        user(BLOCK.replace("NAMES", "CORE1.corp.contoso.com")),
        ["ServerNames"],
        user(BLOCK.replace("NAMES", "radius.contoso.com;core1.corp.contoso.com")),
    ),
    (
        plan.radius_server_is_the_plans,
        user(BLOCK.replace("NAMES", "radius.contoso.com")),
        ["ServerNames"],
        user(BLOCK.replace("NAMES", r"core\d+\.corp\.contoso\.com")),
    ),
    (plan.method_is_the_plans, user(PASSWORD), ["EapType"], user(BLOCK)),
    (
        plan.protocol_is_the_plans,
        native("<NativeProtocolType>SSTP</NativeProtocolType>"),
        ["NativeProfile/NativeProtocolType"],
        native("<NativeProtocolType>Automatic</NativeProtocolType>"),
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_what_does_not_fit_the_plan_is_told_with_a_plan_alone(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert [path[-len(expected) :] for path, expected in zip(found(rule, wrong, plan=CONTOSO), paths, strict=True)] == (
        paths
    )
    assert found(rule, right, plan=CONTOSO) == []
    assert found(rule, wrong) == []


def test_a_user_tunnel_must_be_planned(found: Found) -> None:
    assert found(plan.tunnel_is_planned, user(BLOCK), plan=DEVICES) == ["NativeProfile/Authentication"]
    assert found(plan.tunnel_is_planned, user(BLOCK), plan=CONTOSO) == []


def test_an_old_suite_is_not_the_plans(found: Found) -> None:
    standard = load(TEXT.replace('"enhanced"', '"standard"'), name="plan")

    assert found(plan.suites_agree, suite({}), plan=standard) == ["NativeProfile/CryptographySuite"] * 2


def test_windows_own_proposals_will_do_where_the_plan_has_them(found: Found) -> None:
    own = 'proposals = "custom"\nike_proposals = ["aes256-sha256-modp1024"]\nesp_proposals = ["aes256-sha1"]'
    weak = load('exceptions = ["weak-proposals"]\n' + TEXT.replace('proposals = "enhanced"', own), name="plan")

    assert found(plan.suites_agree, native(IKEV2), plan=weak) == []


def test_the_profiles_that_the_plan_asks_for_fit_it() -> None:
    trust = Trust(root=certificate("Contoso Root CA"), issuing=certificate("Contoso Issuing CA"))
    profiles = (device_profile(CONTOSO), user_profile(CONTOSO, Pins.of(trust)))

    found = [finding for each in profiles if each for finding in check(read(write(each)), against=CONTOSO)]

    assert [finding for finding in found if finding.severity is not Severity.NOTE] == []


def certificate(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, start, start.replace(year=2036))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
