"""The file names under which OpenSSL finds an authority's CRL in a directory (`openssl rehash` gives the same)."""

import hashlib
import re

from cryptography import x509
from cryptography.x509.oid import ObjectIdentifier

UTF8_STRING, SEQUENCE, SET, OBJECT = 0x0C, 0x30, 0x31, 0x06
BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def crl_name(authority: str) -> str:
    """The name for the CRL that this authority (PEM) signs."""
    return f"{subject_hash(x509.load_pem_x509_certificate(authority.encode()).subject):08x}.r0"


def subject_hash(name: x509.Name) -> int:
    """OpenSSL's X509_NAME_hash: of the name with all text in UTF-8, ASCII in lower case, blanks made one."""
    parts = b"".join(_element(SET, b"".join(map(_attribute, rdn))) for rdn in name.rdns)
    return int.from_bytes(hashlib.sha1(parts, usedforsecurity=False).digest()[:4], "little")


def _attribute(part: x509.NameAttribute[str | bytes]) -> bytes:
    text = part.value.decode("latin-1") if isinstance(part.value, bytes) else part.value
    canonical = BLANKS.sub(" ", text).strip(" ")
    lower = "".join(letter.lower() if letter.isascii() else letter for letter in canonical)
    return _element(SEQUENCE, _object(part.oid) + _element(UTF8_STRING, lower.encode()))


def _object(oid: ObjectIdentifier) -> bytes:
    """The DER of an object identifier, as it stands in a name that holds nothing else."""
    name = x509.Name([x509.NameAttribute(oid, "AA")]).public_bytes()
    found = name.index(bytes([OBJECT]))
    return name[found : found + 2 + name[found + 1]]


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(octets)]) + octets + content
