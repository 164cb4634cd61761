"""Names inside certificates: subjects, subject alternative names, and the URLs of what is published."""

import re
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv4Address

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier

from evertunnel.errors import Refused
from evertunnel.values import Fqdn, Serial, Sid

UPN = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
# [MS-WCCE] 2.2.2.7.7.4: the certificate of an account says which one, so that a name that is given anew does not fit.
SECURITY_EXTENSION = ObjectIdentifier("1.3.6.1.4.1.311.25.2")
OBJECT_SID = ObjectIdentifier("1.3.6.1.4.1.311.25.2.1")
# X.520 gives organisation and common name 64 characters; charon reads a comma or an equals sign as the DN's own.
LONGEST_PART = 64
UTF8_STRING, OCTET_STRING = 0x0C, 0x04  # tags (X.690 8.1.2)
PART = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff,=+<>;\"\\/#]{1,64}")


def subject(organisation: str, common_name: str, serial: Serial | None = None) -> x509.Name:
    """The subject, one attribute per RDN; end certificates carry their own serial, authorities do not."""
    attributes = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, _part("organisation", organisation)),
        x509.NameAttribute(NameOID.COMMON_NAME, _part("common name", common_name)),
    ]
    if serial is not None:
        attributes.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(attributes)


def in_words(name: x509.Name) -> str:
    """A subject as strongSwan shows it.

    >>> in_words(subject("Contoso", "laptop1.corp.contoso.com", Serial("5f3a9c")))
    'O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c'
    """
    short = {NameOID.ORGANIZATION_NAME: "O", NameOID.COMMON_NAME: "CN", NameOID.SERIAL_NUMBER: "serialNumber"}
    return ", ".join(f"{short.get(part.oid, part.oid.dotted_string)}={part.value!s}" for part in name)


def host_name(text: str) -> x509.GeneralName:
    """A DNS name or an IPv4 address as a subject alternative name."""
    try:
        return x509.IPAddress(IPv4Address(text))
    except AddressValueError:
        pass
    try:
        return x509.DNSName(Fqdn(text))
    except ValueError as error:
        raise Refused(str(error)) from None


def upn(text: str) -> x509.GeneralName:
    """A user principal name, as Active Directory writes it into a certificate."""
    return x509.OtherName(UPN, _der(UTF8_STRING, text))


def security_identifier(sid: Sid) -> x509.UnrecognizedExtension:
    """The account's SID, as Active Directory writes it into a certificate: general names, of which one is it."""
    name = x509.OtherName(OBJECT_SID, _der(OCTET_STRING, sid))
    return x509.UnrecognizedExtension(SECURITY_EXTENSION, x509.SubjectAlternativeName([name]).public_bytes())


def revocation_list(publication_name: Fqdn, authority: str) -> x509.CRLDistributionPoints:
    """Where the CRL of `authority` (root or issuing) is served."""
    url = x509.UniformResourceIdentifier(f"http://{publication_name}/{authority}.crl")
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint(full_name=[url], relative_name=None, reasons=None, crl_issuer=None)]
    )


def issuer_certificate(publication_name: Fqdn, authority: str) -> x509.AuthorityInformationAccess:
    """Where the certificate of `authority` (root or issuing) is served."""
    url = x509.UniformResourceIdentifier(f"http://{publication_name}/{authority}.crt")
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url)])


def policies(oids: Sequence[str]) -> x509.CertificatePolicies:
    """Certificate policies without qualifiers."""
    return x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), None) for oid in oids])


def _der(tag: int, text: str) -> bytes:
    encoded = text.encode()
    if len(encoded) > 255:
        raise Refused(f"{text!r} is too long for a certificate's name.")
    # A long-form length where the short one does not reach (X.690 8.1.3).
    length = bytes([len(encoded)]) if len(encoded) < 0x80 else bytes([0x81, len(encoded)])
    return bytes([tag]) + length + encoded


def _part(what: str, text: str) -> str:
    # The limit is checked in octets, too: that is how the library counts.
    if not PART.fullmatch(text) or text != text.strip() or len(text.encode()) > LONGEST_PART:
        raise Refused(
            f"{text!r} cannot be a certificate's {what}: use 1 to 64 characters without , = + < > ; # \" / \\."
        )
    return text
