from collections.abc import Callable

import pytest

from evertunnel.profiles.lint import selection
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.vpnv2.eap import (
    CertificateStore,
    CredentialsSource,
    EapHostConfig,
    EapTls,
    EkuFilter,
    EkuInList,
    EkuMap,
    EkuMapping,
    Filtering,
    IssuerFilter,
    TlsExtensions,
)
from evertunnel.profiles.vpnv2.model import Authentication, DeviceCompliance, NativeProfile, Sso, VpnProfile
from evertunnel.profiles.vpnv2.values import Text, Thumbprint
from evertunnel.profiles.vpnv2.write import write
from evertunnel.values import ObjectId

Found = Callable[[Rule, str], list[str]]
ENTRA = EkuMap(name=Text("AAD Conditional Access"), oid=ObjectId(selection.CONDITIONAL_ACCESS))
OURS = EkuMap(name=Text("Contoso VPN"), oid=ObjectId("1.3.6.1.4.1.311.42.1.15"))
ON, OFF = DeviceCompliance(enabled=True), DeviceCompliance(enabled=False, sso=Sso(enabled=True))
ISSUED = Filtering(issuers=IssuerFilter(enabled=True, hashes=(Thumbprint("3f" * 20),)))


def wanted(*maps: EkuMap, names: tuple[str, ...]) -> Filtering:
    listed = EkuFilter(enabled=True, ekus=tuple(EkuInList(names=(Text(name),)) for name in names))
    return Filtering(mapping=EkuMapping(maps=maps) if maps else None, client_auth=listed)


def tls(filtering: Filtering | None = None, compliance: DeviceCompliance | None = None, *, simple: bool = True) -> str:
    method = EapTls(
        source=CredentialsSource(store=CertificateStore(simple=simple)),
        extensions=TlsExtensions(filtering=filtering) if filtering else None,
    )
    native = NativeProfile(authentication=Authentication(eap=EapHostConfig(method=method)))
    text = write(VpnProfile(native=native, compliance=compliance))
    return text.removeprefix("<VPNProfile>\n").removesuffix("</VPNProfile>\n")


FOR_ENTRA = wanted(ENTRA, names=("AAD Conditional Access",))
FOR_US = wanted(OURS, names=("Contoso VPN",))
FILTER = "TLSExtensions/FilteringInfo"

# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (selection.one_certificate_is_meant, tls(), [""], tls(FOR_US)),
    (selection.one_certificate_is_meant, tls(), [""], tls(ISSUED)),
    (
        selection.certificate_is_not_asked_for,
        tls(simple=False),
        ["CredentialsSource/CertificateStore/SimpleCertSelection"],
        tls(),
    ),
    (
        selection.usages_have_name_and_number,
        tls(Filtering(mapping=EkuMapping(maps=(ENTRA, EkuMap(name=Text("Nothing")))))),
        [f"{FILTER}/EKUMapping/EKUMap[2]"],
        tls(FOR_ENTRA),
    ),
    (selection.usages_are_mapped, tls(wanted(OURS, names=("VPN",))), [f"{FILTER}/ClientAuthEKUList"], tls(FOR_US)),
    (
        selection.issuer_filter_names_issuers,
        tls(Filtering(issuers=IssuerFilter(enabled=True))),
        [f"{FILTER}/CAHashList"],
        tls(ISSUED),
    ),
    (selection.compliance_shows_its_certificate, tls(None, ON), [""], tls(FOR_ENTRA, ON)),
    (selection.compliance_shows_its_certificate, tls(ISSUED, ON), [""], tls(None, OFF)),
    (selection.filter_lets_compliance_pass, tls(FOR_US, ON), [f"{FILTER}/ClientAuthEKUList"], tls(FOR_ENTRA, ON)),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert [path.partition("EapType")[2].removeprefix("/") for path in found(rule, wrong)] == paths
    assert found(rule, right) == []


def test_single_sign_on_without_conditional_access_does_nothing(found: Found) -> None:
    on = DeviceCompliance(enabled=True, sso=Sso(enabled=True))

    assert found(selection.single_sign_on_belongs_to_compliance, tls(None, OFF)) == ["DeviceCompliance/Sso"]
    assert found(selection.single_sign_on_belongs_to_compliance, tls(None, on)) == []
