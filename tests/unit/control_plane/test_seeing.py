from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evertunnel.control_plane.seeing import shown
from evertunnel.pki.names import host_name

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("is_revoked", [True, False, None])
def test_certificate_is_read_with_names_times_and_usage(*, is_revoked: bool | None) -> None:
    names = x509.SubjectAlternativeName([host_name("vpn.contoso.com"), host_name("203.0.113.10")])
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])

    seen = shown(pem(names, usages), is_revoked=is_revoked)

    assert seen.names == ("vpn.contoso.com", "203.0.113.10")
    assert (seen.not_before, seen.not_after) == (BEGIN.timestamp(), BEGIN.timestamp() + 86_400)
    assert seen.is_for_servers
    assert seen.is_revoked is is_revoked


def test_certificate_without_names_and_usages_has_none() -> None:
    seen = shown(pem(), is_revoked=None)

    assert (seen.names, seen.is_for_servers) == ((), False)


def pem(*extensions: x509.ExtensionType) -> str:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
