"""The two authorities: a root that signs once and goes off line, and the issuing authority under it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from evertunnel.errors import Refused
from evertunnel.pki import crl, names
from evertunnel.values import Fqdn, Secret, Serial

KEY_BITS = 3072
ANY_POLICY = "2.5.29.32.0"
# Devices whose clocks are a little behind must not find a new certificate not yet valid.
BACKDATE = timedelta(minutes=10)
YEAR = timedelta(days=365)
SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritySettings:
    """What the plan says of both authorities."""

    organisation: str
    root_name: str
    issuing_name: str
    publication_name: Fqdn
    root_years: int
    issuing_years: int
    root_crl_days: int
    crl_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys and serial numbers that a new pair of authorities is made with."""

    root: rsa.RSAPrivateKey
    issuing: rsa.RSAPrivateKey
    root_serial: Serial
    issuing_serial: Serial


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthority:
    """A new pair of authorities; the root's key is exported once and kept nowhere."""

    root_key: rsa.RSAPrivateKey
    root: x509.Certificate
    issuing_key: rsa.RSAPrivateKey
    issuing: x509.Certificate
    root_crl: x509.CertificateRevocationList
    issuing_crl: x509.CertificateRevocationList


def generate_keys() -> Keys:
    """Fresh keys; takes a second or so."""
    return Keys(
        root=generate_key(KEY_BITS),
        issuing=generate_key(KEY_BITS),
        root_serial=Serial.of(x509.random_serial_number()),
        issuing_serial=Serial.of(x509.random_serial_number()),
    )


def generate_key(bits: int) -> rsa.RSAPrivateKey:
    """A fresh RSA key with the usual exponent."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def create(settings: AuthoritySettings, keys: Keys, now: float) -> NewAuthority:
    """Makes both certificates and the first CRL of each."""
    root = _root(settings, keys, now)
    issuing = _issuing(settings, keys, root, now)
    return NewAuthority(
        root_key=keys.root,
        root=root,
        issuing_key=keys.issuing,
        issuing=issuing,
        root_crl=renew_root_crl(keys.root, root, revoked=(), number=1, days=settings.root_crl_days, now=now),
        issuing_crl=crl.build(
            (),
            crl.Issue(number=1, now=now, seconds=settings.crl_hours * 3600),
            crl.Issuer(certificate=issuing, key=keys.issuing),
        ),
    )


def renew_root_crl(
    key: rsa.RSAPrivateKey,
    root: x509.Certificate,
    *,
    revoked: tuple[crl.Revoked, ...],
    number: int,
    days: int,
    now: float,
) -> x509.CertificateRevocationList:
    """A new CRL of the root, by hand with the root's key; `revoked` holds issuing authorities."""
    if key.public_key() != root.public_key():
        raise Refused(
            "This is not the key of the root certificate. Use the file that was exported when the root was made."
        )
    return crl.build(
        revoked, crl.Issue(number=number, now=now, seconds=days * 86_400), crl.Issuer(certificate=root, key=key)
    )


def export_key(key: rsa.RSAPrivateKey, passphrase: Secret) -> bytes:
    """The root's key as an encrypted PKCS#8 file."""
    if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
        raise Refused(f"The passphrase is too short. Use at least {SHORTEST_PASSPHRASE} characters.")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.reveal().encode()))


def import_key(pem: bytes, passphrase: Secret) -> rsa.RSAPrivateKey:
    """The root's key from its exported file."""
    try:
        key = load_pem_private_key(pem, passphrase.reveal().encode())
    except (ValueError, TypeError):
        # The library's own words may name parts of the key.
        raise Refused("The key file does not open. Check the file and its passphrase.") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Refused("The key file holds no RSA key. Use the file that was exported when the root was made.")
    return key


def _root(settings: AuthoritySettings, keys: Keys, now: float) -> x509.Certificate:
    name = names.subject(settings.organisation, settings.root_name)
    return (
        _authority(name, keys.root, keys.root_serial, path_length=1)
        .issuer_name(name)
        .not_valid_before(_moment(now) - BACKDATE)
        .not_valid_after(_moment(now) + settings.root_years * YEAR)
        .sign(keys.root, hashes.SHA256())
    )


def _issuing(settings: AuthoritySettings, keys: Keys, root: x509.Certificate, now: float) -> x509.Certificate:
    name = names.subject(settings.organisation, settings.issuing_name)
    until = min(_moment(now) + settings.issuing_years * YEAR, root.not_valid_after_utc)
    return (
        _authority(name, keys.issuing, keys.issuing_serial, path_length=0)
        .issuer_name(root.subject)
        .not_valid_before(_moment(now) - BACKDATE)
        .not_valid_after(until)
        .add_extension(authority_key_identifier(root), critical=False)
        .add_extension(names.revocation_list(settings.publication_name, "root"), critical=False)
        .add_extension(names.issuer_certificate(settings.publication_name, "root"), critical=False)
        .sign(keys.root, hashes.SHA256())
    )


def _authority(name: x509.Name, key: rsa.RSAPrivateKey, serial: Serial, *, path_length: int) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(serial.number)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        # charon accepts a required policy only when every authority of the chain allows it, the root too.
        .add_extension(names.policies([ANY_POLICY]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Names the issuer's key by the issuer's own identifier."""
    own = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(int(now), tz=UTC)
