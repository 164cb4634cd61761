from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import eap
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.vpnv2.eap import (
    COMMON,
    EapHostConfig,
    EapMethod,
    EapTls,
    EapTtls,
    MsChapV2,
    OtherEap,
    Peap,
    PeapExtensions,
    Phase2,
    ServerValidation,
    TtlsMsChapV2,
    TtlsServerValidation,
)
from evertunnel.profiles.vpnv2.model import Authentication, NativeProfile, VpnProfile
from evertunnel.profiles.vpnv2.values import Text, Thumbprint
from evertunnel.profiles.vpnv2.write import write

Found = Callable[[Rule, str], list[str]]
OUTER = "Config/Eap/EapType"
INNER = "Config/Eap/EapType/Eap/EapType"
ROOT = Thumbprint("3f" * 20)
NAMES = Text("radius1.corp.contoso.com")
GOOD = ServerValidation(no_prompt=True, server_names=NAMES, roots=(ROOT,))
ASKS = ServerValidation(no_prompt=False, server_names=NAMES, roots=(ROOT,))
NAMELESS = ServerValidation(no_prompt=True, roots=(ROOT,))
ROOTLESS = ServerValidation(no_prompt=True, server_names=NAMES)
TLS = EapTls(server=GOOD, validate_server=True, check_server_name=True)
BLIND = EapTls(server=GOOD, validate_server=False)
CHECKS = PeapExtensions(validate_server=True, check_server_name=True)
PEAP = Peap(server=GOOD, inner=TLS, crypto_binding=True, extensions=CHECKS)
PASSWORD_INSIDE = EapTtls(
    server=TtlsServerValidation(server_names=NAMES, roots=(ROOT,), no_prompt=True),
    inside=Phase2(mschapv2=TtlsMsChapV2(windows_credentials=True)),
)

# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, EapMethod | OtherEap, list[str], EapMethod]] = [
    (eap.some_layer_knows_its_server, BLIND, [OUTER], TLS),
    (eap.some_layer_knows_its_server, Peap(server=None, inner=EapTls()), [OUTER], Peap(server=GOOD, inner=EapTls())),
    (eap.each_layer_knows_its_server, Peap(inner=TLS), [OUTER], PEAP),
    (eap.each_layer_knows_its_server, Peap(server=GOOD, inner=BLIND, extensions=CHECKS), [INNER], PEAP),
    (eap.server_has_a_root, EapTls(server=ROOTLESS), [f"{OUTER}/ServerValidation"], EapTls(server=GOOD)),
    (eap.server_has_a_name, EapTls(server=NAMELESS), [f"{OUTER}/ServerValidation/ServerNames"], EapTls(server=GOOD)),
    (
        eap.names_are_compared,
        EapTls(server=GOOD, check_server_name=False),
        [f"{OUTER}/ServerValidation/ServerNames"],
        TLS,
    ),
    (
        eap.nobody_is_asked,
        EapTls(server=ASKS),
        [f"{OUTER}/ServerValidation/DisableUserPromptForServerValidation"],
        EapTls(server=ASKS, validate_server=False),
    ),
    (
        eap.nobody_is_asked,
        EapTtls(server=TtlsServerValidation(no_prompt=False)),
        ["Config/EapTtls/ServerValidation/DisablePrompt"],
        PASSWORD_INSIDE,
    ),
    (eap.peap_binds_its_inside, Peap(inner=TLS, crypto_binding=False), [f"{OUTER}/RequireCryptoBinding"], PEAP),
    (eap.no_password_inside, MsChapV2(), [OUTER], TLS),
    (eap.no_password_inside, Peap(inner=MsChapV2()), [INNER], PEAP),
    (
        eap.no_password_inside,
        PASSWORD_INSIDE,
        ["Config/EapTtls"],
        EapTtls(inside=Phase2(eap=EapHostConfig(method=TLS))),
    ),
    (eap.inner_method_is_demanded, Peap(inner=TLS, inner_optional=True), [f"{OUTER}/InnerEapOptional"], PEAP),
    (eap.peap_has_an_inside, Peap(server=GOOD), [OUTER], PEAP),
    (eap.method_is_known_here, OtherEap(number=18), [OUTER], TLS),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: EapMethod | OtherEap, paths: list[str], right: EapMethod
) -> None:
    assert [path.partition("EapHostConfig/")[2] for path in found(rule, profile(wrong))] == paths
    assert found(rule, profile(right)) == []


def test_a_method_inside_ttls_is_looked_into(found: Found) -> None:
    inside = profile(EapTtls(inside=Phase2(eap=EapHostConfig(method=MsChapV2()))))

    (path,) = found(eap.no_password_inside, inside)

    assert path.endswith("Config/EapTtls/Phase2Authentication/EapHostConfig/Config/Eap/EapType")


def test_a_root_that_could_not_be_read_is_not_said_to_be_missing(found: Found) -> None:
    text = profile(TLS).replace(ROOT.pairs, "our root")

    assert COMMON in text
    assert found(eap.server_has_a_root, text) == []


def profile(method: EapMethod | OtherEap) -> str:
    authentication = Authentication(eap=EapHostConfig(method=method))
    text = write(VpnProfile(native=NativeProfile(authentication=authentication)))
    return text.removeprefix("<VPNProfile>\n").removesuffix("</VPNProfile>\n")
