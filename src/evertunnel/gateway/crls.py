"""Which offered CRL is taken: one that its authority signed, and no older than the one held."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from evertunnel.errors import EngineRejected


def taken(held: bytes | None, offered: bytes, authority: str) -> bytes | None:
    """The offered CRL as DER if it is newer than `held`, None if it is the same.

    EngineRejected says why where it is neither. `held` is taken as checked: it came through here.
    """
    crl = checked(offered, authority)
    der = crl.public_bytes(Encoding.DER)
    if held is None:
        return der
    if der == held:
        return None
    if number_of(crl) < number_of(_parsed(held)):
        raise EngineRejected(f"CRL number {number_of(crl)} is older than {number_of(_parsed(held))}, which is held")
    return der


def checked(data: bytes, authority: str) -> x509.CertificateRevocationList:
    """A whole CRL that this authority (PEM) signed, or EngineRejected."""
    try:
        return _checked(_parsed(data), authority)
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        # A CRL is parsed as it is looked at, so that damage shows in any line of the check.
        raise EngineRejected(f"not a CRL: {error}") from error


def _checked(crl: x509.CertificateRevocationList, authority: str) -> x509.CertificateRevocationList:
    signer = x509.load_pem_x509_certificate(authority.encode())
    key = signer.public_key()
    if crl.issuer != signer.subject:
        raise EngineRejected(f"the CRL is of {crl.issuer.rfc4514_string()}, not of {signer.subject.rfc4514_string()}")
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) or not crl.is_signature_valid(key):
        raise EngineRejected(f"the CRL's signature is not of {signer.subject.rfc4514_string()}")
    number_of(crl)
    # A delta, or one for some certificates only: in the place of the whole one it would bring revoked ones back.
    critical = [each.oid.dotted_string for each in crl.extensions if each.critical]
    if critical:
        raise EngineRejected(f"the CRL is not a whole one: it has the critical extensions {', '.join(critical)}")
    return crl


def number_of(crl: x509.CertificateRevocationList) -> int:
    """The CRL's number (RFC 5280 5.2.3), without which there is no older and newer."""
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound as error:
        raise EngineRejected("the CRL has no number") from error


def _parsed(data: bytes) -> x509.CertificateRevocationList:
    load = x509.load_pem_x509_crl if data.startswith(b"-----BEGIN") else x509.load_der_x509_crl
    try:
        return load(data)
    except (ValueError, x509.InvalidVersion) as error:
        raise EngineRejected(f"not a CRL: {error}") from error
