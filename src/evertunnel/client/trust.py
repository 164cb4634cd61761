"""Whether a profile's certificate, the key here and the authorities belong together. Pure."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from evertunnel.errors import DocumentError, Problem
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.tunnel import TunnelProfile
from evertunnel.profiles.user import UserProfile

SHORT = {NameOID.ORGANIZATION_NAME: "O", NameOID.COMMON_NAME: "CN", NameOID.SERIAL_NUMBER: "serialNumber"}
AGAIN = "Take the profile unchanged from where it was made, or have a new one made"


def check(profile: DeviceProfile, key: rsa.RSAPrivateKey, now: datetime) -> None:
    """Raises a DocumentError with all that does not fit."""
    _check("device profile", profile, profile.fqdn, key, now)


def check_user(profile: UserProfile, key: rsa.RSAPrivateKey, now: datetime) -> None:
    """The same for a person's."""
    _check("user profile", profile, profile.user, key, now)


def identity(certificate_pem: str) -> str:
    """The certificate's subject as strongSwan writes it, most significant part first."""
    subject = x509.load_pem_x509_certificate(certificate_pem.encode()).subject
    return ", ".join(f"{SHORT.get(part.oid, part.oid.dotted_string)}={part.value!s}" for part in subject)


def _check(document: str, profile: TunnelProfile, name: str, key: rsa.RSAPrivateKey, now: datetime) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(profile.certificate.encode())
        authorities = tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in profile.authorities)
    except ValueError as error:
        problem = Problem(path="certificate or authorities", what=f"not a certificate in PEM ({error})", mend=AGAIN)
        raise DocumentError(document, [problem]) from None
    problems = [
        *_own(name, certificate, key),
        *_chain((*authorities, certificate)),
        *_dates((*authorities, certificate), now),
    ]
    if problems:
        raise DocumentError(document, problems)


def _own(name: str, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> Iterator[Problem]:
    if certificate.public_key() != key.public_key():
        mend = "The certificate was made for another request; have a profile made from the request of this device"
        yield Problem(path="certificate", what=f"it does not belong to the key of {name} here", mend=mend)
    names = [str(part.value) for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [name]:
        yield Problem(path="certificate", what=f"it names {', '.join(names) or 'nobody'}, not {name}", mend=AGAIN)


def _chain(chain: tuple[x509.Certificate, ...]) -> Iterator[Problem]:
    """The root stands first and signed itself; each certificate is signed by the one before it."""
    for issuer, issued in zip((chain[0], *chain), chain, strict=False):
        if not _is_signed(issued, issuer):
            what = f"{issued.subject.rfc4514_string()} is not signed by {issuer.subject.rfc4514_string()}"
            yield Problem(path="authorities", what=what, mend=AGAIN)


def _is_signed(issued: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False


def _dates(chain: tuple[x509.Certificate, ...], now: datetime) -> Iterator[Problem]:
    for each in chain:
        if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            what = (
                f"{each.subject.rfc4514_string()} is valid from {each.not_valid_before_utc:%Y-%m-%d %H:%M}"
                f" to {each.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M} here"
            )
            yield Problem(path="certificate or authorities", what=what, mend="Check this device's clock, or renew")
