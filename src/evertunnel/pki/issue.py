"""Checks a certificate request and builds the certificate; who may have it, entitlement.py has decided before.

The public key is all that is taken from a request. Names, usages and validity come from the directory, the template
and the plan; a request that asks for anything else is refused, because its sender would not get what it believes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from evertunnel.errors import DocumentError, Problem, Refused
from evertunnel.pki import names
from evertunnel.pki.authority import BACKDATE, authority_key_identifier
from evertunnel.pki.crl import Issuer
from evertunnel.pki.templates import Template
from evertunnel.values import Fqdn, ObjectId, Serial, Sid

SMALLEST_KEY = 2048
LARGEST_KEY = 8192
LARGEST_REQUEST = 16_384
# What the library raises on bytes that are no request; some of these are no ValueErrors.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """All that a certificate will say beside its public key."""

    template: Template
    policy: ObjectId
    organisation: str
    common_name: str
    names: tuple[x509.GeneralName, ...]
    serial: Serial
    days: int
    publication_name: Fqdn
    sid: Sid | None = None


def read_request(text: str) -> x509.CertificateSigningRequest:
    """A PEM certificate request whose signature, key and digest are good; hostile bytes are a DocumentError."""
    if len(text) > LARGEST_REQUEST:
        raise _wrong(f"larger than {LARGEST_REQUEST} characters", "Send one PEM certificate request")
    try:
        request = x509.load_pem_x509_csr(text.encode())
        key, digest, is_signed = request.public_key(), request.signature_hash_algorithm, request.is_signature_valid
        # What is wrong inside an extension shows when it is first read.
        list(request.extensions)
        list(request.subject)
    except UNREADABLE as error:
        raise _wrong(f"not a certificate request ({error})", "Send a PKCS#10 request in PEM") from None
    _check_key(key)
    if not isinstance(digest, DIGESTS):
        raise _wrong("signed with a weak digest", "Sign the request with SHA-256")
    if not is_signed:
        raise _wrong(
            "its signature is wrong: the sender does not hold the key", "Sign the request with the key that it names"
        )
    return request


def build(request: x509.CertificateSigningRequest, order: Order, issuer: Issuer, now: float) -> x509.Certificate:
    """Makes and signs the certificate."""
    refuse_other_wishes(request, order)
    if request.public_key() == issuer.certificate.public_key():
        raise Refused("The request holds the authority's own key. Make a new key.")
    start = datetime.fromtimestamp(int(now), tz=UTC)
    until = min(start + timedelta(days=order.days), issuer.certificate.not_valid_after_utc)
    if until <= start:
        raise Refused("The issuing authority has expired. Make a new one.")
    builder = _extended(_named(request, order), order)
    if order.sid is not None:
        builder = builder.add_extension(names.security_identifier(order.sid), critical=False)
    return (
        builder.issuer_name(issuer.certificate.subject)
        .not_valid_before(max(start - BACKDATE, issuer.certificate.not_valid_before_utc))
        .not_valid_after(until)
        .add_extension(authority_key_identifier(issuer.certificate), critical=False)
        .sign(issuer.key, hashes.SHA256())
    )


def refuse_other_wishes(request: x509.CertificateSigningRequest, order: Order) -> None:
    """Refuses a request that names or wants what this certificate will not have."""
    reasons = [
        f"The request is for {part.value!s}, the certificate would be for {order.common_name}. "
        "Use that name or leave the subject empty."
        for part in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if str(part.value).lower() != order.common_name.lower()
    ]
    for extension in request.extensions:
        check = EXTENSIONS.get(extension.oid)
        if check is None:
            name = f"{extension.oid._name} ({extension.oid.dotted_string})"  # noqa: SLF001 (the library gives the name nowhere else)
            reasons.append(f"The request wants the extension {name}, which no template gives. Leave it out.")
        else:
            reasons.extend(check(extension.value, order))
    if reasons:
        raise Refused(*reasons)


def _wanted_names(value: x509.ExtensionType, order: Order) -> list[str]:
    if not isinstance(value, x509.SubjectAlternativeName):
        return ["The request's subject alternative name cannot be read. Leave it out."]
    return [
        f"The request wants the name {name.value!s}, which this certificate does not carry. Leave it out."
        for name in value
        if name not in order.names
    ]


def _wanted_usages(value: x509.ExtensionType, order: Order) -> list[str]:
    if not isinstance(value, x509.ExtendedKeyUsage):
        return ["The request's extended key usage cannot be read. Leave it out."]
    return [
        f"The request wants the usage {usage.dotted_string}, which the template {order.template.name} does not give. "
        "Leave it out."
        for usage in value
        if usage not in order.template.usages
    ]


def _wanted_constraints(value: x509.ExtensionType, _: Order) -> list[str]:
    if isinstance(value, x509.BasicConstraints) and not value.ca:
        return []
    return ["The request wants to be a certification authority. No template gives that."]


def _given_by_template(_: x509.ExtensionType, __: Order) -> list[str]:
    return []


EXTENSIONS: dict[x509.ObjectIdentifier, Callable[[x509.ExtensionType, Order], list[str]]] = {
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME: _wanted_names,
    ExtensionOID.EXTENDED_KEY_USAGE: _wanted_usages,
    ExtensionOID.BASIC_CONSTRAINTS: _wanted_constraints,
    ExtensionOID.KEY_USAGE: _given_by_template,
    ExtensionOID.SUBJECT_KEY_IDENTIFIER: _given_by_template,
}


def _named(request: x509.CertificateSigningRequest, order: Order) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(names.subject(order.organisation, order.common_name, order.serial))
        .public_key(request.public_key())
        .serial_number(order.serial.number)
        .add_extension(x509.SubjectAlternativeName(order.names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False)
    )


def _extended(builder: x509.CertificateBuilder, order: Order) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(order.template.usages), critical=False)
        .add_extension(names.policies([order.policy]), critical=False)
        .add_extension(names.revocation_list(order.publication_name, "issuing"), critical=False)
        .add_extension(names.issuer_certificate(order.publication_name, "issuing"), critical=False)
    )


def _check_key(key: object) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise _wrong("its key is not RSA", "Make an RSA key of 2048 or 3072 bits")
    if not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
        raise _wrong(f"its RSA key has {key.key_size} bits", "Make an RSA key of 2048 or 3072 bits")
    if key.public_numbers().e != 65_537:
        raise _wrong("its RSA key has an unusual exponent", "Make an RSA key with the exponent 65537")


def _wrong(what: str, mend: str) -> DocumentError:
    return DocumentError("certificate request", [Problem(path="csr", what=what, mend=mend)])
