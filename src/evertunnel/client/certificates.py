"""What a certificate says: read whole, so that nothing in it surprises later. Pure."""

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from evertunnel.errors import DocumentError, Problem
from evertunnel.values import ObjectId, UserName

SHORT = {NameOID.ORGANIZATION_NAME: "O", NameOID.COMMON_NAME: "CN", NameOID.SERIAL_NUMBER: "serialNumber"}
UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
UTF8_STRING = 0x0C  # X.690 8.1.2; from 0x80 on, 8.1.3, the length's own octet follows 0x81
# What the library raises on bytes that are no certificate; some of these are no ValueErrors.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def read(pem: str) -> x509.Certificate:
    """The first certificate in a PEM text."""
    # A damaged one may have the library warn of what it will refuse one day; the reader could do nothing about it.
    with warnings.catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            # What is wrong inside shows when it is first read.
            list(certificate.extensions)
            list(certificate.subject)
            certificate.public_key()
        except UNREADABLE as error:
            mend = "Name a file that begins with BEGIN CERTIFICATE, as it was issued"
            raise wrong(f"not a certificate in PEM ({error})", mend) from None
    return certificate


def wrong(what: str, mend: str) -> DocumentError:
    """A certificate that cannot be what it was named as."""
    return DocumentError("certificate", [Problem(path="(whole file)", what=what, mend=f"{mend}.")])


def subject(certificate: x509.Certificate) -> str:
    """Its subject as strongSwan writes it, most significant part first."""
    return ", ".join(f"{SHORT.get(part.oid, part.oid.dotted_string)}={part.value!s}" for part in certificate.subject)


def common_names(certificate: x509.Certificate) -> list[str]:
    """Whom its subject names, in lower case; one, as a rule."""
    return [str(part.value).lower() for part in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def is_for_person(certificate: x509.Certificate, user: UserName) -> bool:
    """Whether it carries a user principal name; a long one does not fit into the subject."""
    octets = user.encode()
    length = bytes([len(octets)]) if len(octets) < 0x80 else bytes([0x81, len(octets)])
    principal = x509.OtherName(UPN, bytes([UTF8_STRING]) + length + octets)
    try:
        return principal in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False


def has_policy(certificate: x509.Certificate, policy: ObjectId) -> bool:
    """Whether it carries a certificate policy."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return False
    return any(each.policy_identifier.dotted_string == policy for each in found)


def is_for_clients(certificate: x509.Certificate) -> bool:
    """Whether its key is for who connects, and not for a server alone."""
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.CLIENT_AUTH in usages
