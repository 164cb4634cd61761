"""The signature of a configuration profile: CMS around the whole of it, as Apple devices show it as verified."""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def sign(
    content: bytes, certificate: x509.Certificate, key: SigningKey, chain: tuple[x509.Certificate, ...] = ()
) -> bytes:
    """The profile with its signature in DER; `chain` are the authorities above the certificate, but for the root."""
    if certificate.public_key() != key.public_key():
        raise ValueError("the key is not the certificate's; give the two that belong together")
    builder = PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, SHA256())
    for authority in chain:
        builder = builder.add_certificate(authority)
    # Binary: as text, every line would get another end.
    return builder.sign(Encoding.DER, [PKCS7Options.Binary])
