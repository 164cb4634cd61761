from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evertunnel.errors import DocumentError, Refused
from evertunnel.pki import entitlement, issue
from evertunnel.pki.authority import NewAuthority
from evertunnel.pki.crl import Issuer
from evertunnel.pki.entitlement import Principal
from evertunnel.pki.settings import SignerSettings
from evertunnel.pki.templates import TemplateName
from evertunnel.values import GroupName, HostName, Serial

NOW = 1_800_000_000.0
Make = Callable[..., str]
ALL = frozenset(map(GroupName, ("VPN Devices", "VPN Servers", "NPS Servers", "VPN Users")))
GATEWAY_NAMES = "<DNSName(value='vpn.contoso.com')> <DNSName(value='vpn2.contoso.com')> <IPAddress(value=203.0.113.10)>"
CLIENT, SERVER, MAIL = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"


@pytest.mark.parametrize(
    ("template", "principal", "usages", "policy"),
    [
        (TemplateName.DEVICE, "laptop1", [CLIENT], "1.3.6.1.4.1.32473.1.1"),
        (TemplateName.VPN_SERVER, "gateway1", [SERVER, "1.3.6.1.5.5.8.2.2", CLIENT], "1.3.6.1.4.1.32473.1.2"),
        (TemplateName.NPS_SERVER, "core1", [SERVER, CLIENT], "1.3.6.1.4.1.32473.1.3"),
        (TemplateName.USER, "alice", [CLIENT, MAIL, "1.3.6.1.4.1.311.10.3.4"], "1.3.6.1.4.1.32473.1.4"),
        (TemplateName.MAIL, "alice", [MAIL], "1.3.6.1.4.1.32473.1.5"),
    ],
)
def test_each_template_stamps_its_usages_and_its_policy(
    sign: Callable[..., x509.Certificate], template: TemplateName, principal: str, usages: list[str], policy: str
) -> None:
    certificate = sign(template, principal)

    found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [usage.dotted_string for usage in found] == usages
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [each.policy_identifier.dotted_string for each in policies] == [policy]
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, False)


def test_subject_carries_organisation_name_and_serial_in_this_order(sign: Callable[..., x509.Certificate]) -> None:
    certificate = sign(TemplateName.DEVICE, "laptop1")

    assert [(part.rfc4514_attribute_name, part.value) for part in certificate.subject] == [
        ("O", "Contoso"),
        ("CN", "laptop1.corp.contoso.com"),
        ("2.5.4.5", "5f3a9c"),
    ]
    assert certificate.serial_number == 0x5F3A9C


@pytest.mark.parametrize(
    ("template", "principal", "names"),
    [
        (TemplateName.DEVICE, "laptop1", "<DNSName(value='laptop1.corp.contoso.com')>"),
        (TemplateName.VPN_SERVER, "gateway1", GATEWAY_NAMES),
        (TemplateName.NPS_SERVER, "core1", "<DNSName(value='core1.corp.contoso.com')>"),
        (TemplateName.MAIL, "alice", "<RFC822Name(value='alice@corp.contoso.com')>"),
    ],
)
def test_names_follow_the_templates_rule(
    sign: Callable[..., x509.Certificate], template: TemplateName, principal: str, names: str
) -> None:
    certificate = sign(template, principal)

    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert " ".join(map(repr, found)) == names


def test_user_certificate_carries_the_upn_as_windows_reads_it(sign: Callable[..., x509.Certificate]) -> None:
    certificate = sign(TemplateName.USER, "alice")

    (name,) = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert isinstance(name, x509.OtherName)
    assert name.type_id.dotted_string == "1.3.6.1.4.1.311.20.2.3"
    assert name.value == b"\x0c\x16alice@corp.contoso.com"


def test_validity_is_the_plans_and_ends_with_the_authority(
    sign: Callable[..., x509.Certificate], new: NewAuthority
) -> None:
    start = datetime.fromtimestamp(NOW, UTC)

    assert sign(TemplateName.DEVICE, "laptop1").not_valid_after_utc == start + timedelta(days=365)
    late = new.issuing.not_valid_after_utc.timestamp() - 3600
    assert sign(TemplateName.DEVICE, "laptop1", now=late).not_valid_after_utc == new.issuing.not_valid_after_utc
    with pytest.raises(Refused, match="has expired"):
        sign(TemplateName.DEVICE, "laptop1", now=late + 7200)


def test_request_may_say_what_it_will_get(sign: Callable[..., x509.Certificate], request_with: Make) -> None:
    wishes = (
        x509.SubjectAlternativeName([x509.DNSName("laptop1.corp.contoso.com")]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]),
        x509.BasicConstraints(ca=False, path_length=None),
    )

    assert sign(TemplateName.DEVICE, "laptop1", request_with(*wishes, common_name="LAPTOP1.corp.contoso.com"))


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (x509.SubjectAlternativeName([x509.DNSName("laptop2.corp.contoso.com")]), "wants the name laptop2"),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), "wants the usage 1.3.6.1.5.5.7.3.1"),
        (x509.BasicConstraints(ca=True, path_length=None), "wants to be a certification authority"),
        (x509.OCSPNoCheck(), "which no template gives"),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), "1.2.3.4"),
    ],
)
def test_request_for_anything_else_is_refused(
    sign: Callable[..., x509.Certificate], request_with: Make, wish: x509.ExtensionType, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        sign(TemplateName.DEVICE, "laptop1", request_with(wish))
    assert sign(TemplateName.DEVICE, "laptop1", request_with())


def test_request_in_another_name_is_refused(sign: Callable[..., x509.Certificate], request_with: Make) -> None:
    with pytest.raises(Refused, match=r"is for laptop2\.corp\.contoso\.com"):
        sign(TemplateName.DEVICE, "laptop1", request_with(common_name="laptop2.corp.contoso.com"))


def test_request_with_the_authoritys_own_key_is_refused(
    sign: Callable[..., x509.Certificate], new: NewAuthority
) -> None:
    with pytest.raises(Refused, match="authority's own key"):
        sign(TemplateName.DEVICE, "laptop1", _request(new.issuing_key))


def test_keys_of_other_kinds_and_sizes_are_wrong(device_key: rsa.RSAPrivateKey) -> None:
    assert issue.read_request(_request(device_key))
    with pytest.raises(DocumentError, match="has 1024 bits"):
        issue.read_request(_request(rsa.generate_private_key(65_537, 1024)))  # noqa: S505 (weak on purpose)
    with pytest.raises(DocumentError, match="not RSA"):
        issue.read_request(_request(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(DocumentError, match="unusual exponent"):
        issue.read_request(_request(rsa.generate_private_key(3, 2048)))


def test_broken_signature_and_weak_digest_are_wrong(request_with: Make) -> None:
    good = x509.load_pem_x509_csr(request_with().encode()).public_bytes(Encoding.DER)
    broken = x509.load_der_x509_csr(good[:-1] + bytes([good[-1] ^ 1])).public_bytes(Encoding.PEM).decode()

    with pytest.raises(DocumentError, match="signature is wrong"):
        issue.read_request(broken)
    with pytest.raises(DocumentError, match="weak digest"):
        issue.read_request(request_with(digest=hashes.SHA224()))


@pytest.mark.parametrize(
    "text",
    ["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "é\0", "x" * 20_000],
)
def test_what_is_no_request_is_wrong(text: str) -> None:
    with pytest.raises(DocumentError, match="certificate request: csr: "):
        issue.read_request(text)


@pytest.fixture
def sign(settings: SignerSettings, new: NewAuthority, request_with: Make) -> Callable[..., x509.Certificate]:
    def make(template: TemplateName, principal: str, csr: str = "", now: float = NOW) -> x509.Certificate:
        who = Principal(name=HostName(principal), enabled=True, groups=ALL)
        order = entitlement.decide(settings, template, who, (), Serial("5f3a9c"))
        issuer = Issuer(certificate=new.issuing, key=new.issuing_key)
        return issue.build(issue.read_request(csr or request_with()), order, issuer, now)

    return make


def _request(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()
