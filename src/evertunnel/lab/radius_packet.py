"""How RADIUS is asked: by radclient, and octet by octet where that adds a Message-Authenticator unasked."""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping

# Two tries: at its last radclient 3.2.7 waits no longer than until the clock's second turns, and ends with status 0.
RADCLIENT = ("radclient", "-x", "-r", "2")
ACCESS_REQUEST = 1
USER_NAME, SERVICE_TYPE, VENDOR_SPECIFIC, MESSAGE_AUTHENTICATOR = 1, 6, 26, 80
AUTHORIZE_ONLY = 17
HEADER = 20


def authorize_only(identity: str, vendor: int, ours: Mapping[int, str], secret: str | None) -> bytes:
    """An Authorize-Only request (RFC 2865 3) with attributes of ours by number; without a secret, unauthenticated."""
    attributes = _attribute(USER_NAME, identity.encode())
    attributes += _attribute(SERVICE_TYPE, struct.pack(">I", AUTHORIZE_ONLY))
    for number, text in ours.items():
        attributes += _attribute(VENDOR_SPECIFIC, struct.pack(">I", vendor) + _attribute(number, text.encode()))
    if secret is None:
        return _packet(attributes, secrets.token_bytes(16))
    # RFC 3579 3.2: computed over the packet with sixteen zeros in its own place.
    authenticator = secrets.token_bytes(16)
    whole = _packet(attributes + _attribute(MESSAGE_AUTHENTICATOR, bytes(16)), authenticator)
    return whole[:-16] + hmac.new(secret.encode(), whole, hashlib.md5).digest()


def _packet(attributes: bytes, authenticator: bytes) -> bytes:
    head = struct.pack(">BBH", ACCESS_REQUEST, secrets.randbelow(256), HEADER + len(attributes))
    return head + authenticator + attributes


def _attribute(number: int, value: bytes) -> bytes:
    return bytes([number, len(value) + 2]) + value
