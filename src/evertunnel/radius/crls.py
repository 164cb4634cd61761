"""Hands the published CRLs to FreeRADIUS, which reads them again every so often but only in PEM, under its own names.

Only what is whole is handed on; FreeRADIUS itself checks whose signature is on it, and takes none that has run out.
"""

import base64
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from evertunnel.radius.model import Crl

SEQUENCE = 0x30
LONG_FORM = 0x80


def hand_on(crls: Iterable[Crl]) -> tuple[Path, ...]:
    """Writes anew what has changed, and says what; OSError or ValueError when a CRL cannot be read or written."""
    return tuple(crl.target for crl in crls if _handed(crl))


def to_pem(der: bytes) -> bytes:
    """A CRL as OpenSSL's directories have it; ValueError when octets are missing, or are too many."""
    if len(der) < 4 or der[0] != SEQUENCE or der[1] <= LONG_FORM:
        raise ValueError("not a CRL")
    size = der[1] - LONG_FORM
    if 2 + size + int.from_bytes(der[2 : 2 + size]) != len(der):
        raise ValueError("not a whole CRL")
    lines = base64.encodebytes(der).replace(b"\n", b"")
    body = b"\n".join(lines[start : start + 64] for start in range(0, len(lines), 64))
    return b"-----BEGIN X509 CRL-----\n" + body + b"\n-----END X509 CRL-----\n"


def _handed(crl: Crl) -> bool:
    try:
        pem = to_pem(crl.source.read_bytes())
    except ValueError as error:
        raise ValueError(f"{crl.source}: {error}") from None
    if crl.target.exists() and crl.target.read_bytes() == pem:
        return False
    handle, unready = tempfile.mkstemp(prefix=".crl.", dir=crl.target.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(pem)
        os.fchmod(stream.fileno(), 0o644)
    Path(unready).rename(crl.target)
    return True
