from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from evertunnel.control_plane.credentials import applied, is_good
from evertunnel.gateway.model import State
from evertunnel.pki.names import host_name

NAMES = ("vpn.contoso.com", "203.0.113.10")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400.0


def certificate(names: tuple[str, ...], key: rsa.RSAPrivateKey, issuer: str) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(issuer if not names else "vpn.contoso.com"))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=300))
    )
    if names:
        san = x509.SubjectAlternativeName([host_name(name) for name in names])
        builder = builder.add_extension(san, critical=False)
    return builder.sign(key, hashes.SHA256())


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@pytest.fixture(scope="module")
def issuing(key: rsa.RSAPrivateKey) -> x509.Certificate:
    return certificate((), key, "Contoso Issuing CA")


@pytest.mark.parametrize(("days", "good"), [(0, True), (199, True), (201, False), (400, False), (-1, False)])
def test_a_certificate_is_good_until_a_third_of_its_life_is_left(
    key: rsa.RSAPrivateKey, issuing: x509.Certificate, days: int, *, good: bool
) -> None:
    mine = certificate(NAMES, key, "Contoso Issuing CA")

    assert is_good(mine, NAMES, issuing, BEGIN.timestamp() + days * DAY) is good


@pytest.mark.parametrize("names", [("vpn.contoso.com",), (*NAMES, "vpn2.contoso.com"), ("other.contoso.com",)])
def test_other_names_need_another_certificate(
    key: rsa.RSAPrivateKey, issuing: x509.Certificate, names: tuple[str, ...]
) -> None:
    assert not is_good(certificate(NAMES, key, "Contoso Issuing CA"), names, issuing, BEGIN.timestamp())


def test_another_authoritys_certificate_is_not_used(key: rsa.RSAPrivateKey, issuing: x509.Certificate) -> None:
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2048)

    for mine in (certificate(NAMES, key, "Other CA"), certificate(NAMES, other, "Contoso Issuing CA"), issuing):
        assert not is_good(mine, NAMES, issuing, BEGIN.timestamp())


def test_a_state_without_connections_has_no_key() -> None:
    assert applied(State()) is None
