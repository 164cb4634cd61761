"""Deliveries of profiles: built from a plan and the authority's certificates, and written to a folder."""

import grp
import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from evertunnel.control_plane import certificates
from evertunnel.drivers.host.files import File, Files
from evertunnel.errors import DocumentError, EvertunnelError, NotFound, Problem, Refused
from evertunnel.plan.model import Plan
from evertunnel.profiles import android, apple, apple_signing, linux, strongswan
from evertunnel.profiles.delivery import Build, Delivery, Trust
from evertunnel.profiles.identity import Identity
from evertunnel.profiles.windows import group_policy, intune, powershell, sccm, xml

# What is the same for everybody, and what may be made for one person.
FOR_ALL: Mapping[str, Build] = {
    "powershell": powershell.build,
    "sccm": sccm.build,
    "intune": intune.build,
    "group-policy": group_policy.build,
    "xml": xml.build,
}
FOR_ONE = {"apple": apple.build, "android": android.build, "linux": linux.build, "strongswan": strongswan.build}
WAYS = (*FOR_ALL, *FOR_ONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs configuration profiles: a certificate and its key."""

    certificate: x509.Certificate
    key: apple_signing.SigningKey


def build(way: str, plan: Plan, trust: Trust, identity: Identity | None, signer: Signer | None) -> Delivery:
    """The delivery; Refused where the way cannot do what is asked beside the plan."""
    if way in FOR_ALL:
        if identity is not None:
            raise Refused(f"{way}: its files are the same for everybody; leave out --user and --pkcs12")
        made = FOR_ALL[way](plan, trust)
    else:
        made = FOR_ONE[way](plan, trust, identity)
    if signer is None:
        return made
    if way != "apple":
        raise Refused(f"{way}: only Apple's configuration profiles are signed; leave out --sign")
    return replace(
        made, documents=tuple(replace(each, content=_signed(each.content, signer)) for each in made.documents)
    )


def trust(root: Path | None, issuing: Path | None) -> Trust:
    """The authority's certificates: those named, else those of the authority on this host."""
    if root is not None and issuing is not None:
        made = Trust(root=_certificate(root), issuing=_certificate(issuing))
        _require_chain(made, root, issuing)
        return made
    try:
        return certificates.trust()
    except (OSError, EvertunnelError) as error:
        raise NotFound(
            f"no authority on this host ({error}); name its certificates with --root FILE and --issuing FILE, or run"
            " this as root where the authority is"
        ) from None


def signer(certificate: Path, key: Path) -> Signer:
    """Who signs, from two PEM files; DocumentError where they are not a pair."""
    read = x509.load_pem_x509_certificate(_certificate(certificate).encode())
    try:
        made = load_pem_private_key(_bytes(key), password=None)
    except (TypeError, ValueError):
        raise _wrong(key, "no private key in PEM, or one behind a passphrase", "Name the key without one") from None
    if not isinstance(made, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise _wrong(key, "neither an RSA key nor one of an elliptic curve", "Name another key")
    if made.public_key() != read.public_key():
        raise _wrong(key, f"not the key of {certificate}", "Name the two that belong together")
    return Signer(certificate=read, key=made)


def write(delivery: Delivery, folder: Path) -> tuple[Path, ...]:
    """Writes the files; a folder that holds anything else is refused, so that nothing old is taken for new."""
    wanted = {folder / document.path: document for document in delivery.documents}
    # A link may lead anywhere, and what is behind one to a folder is not seen here.
    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    others = sorted(path for path in found if path not in wanted)
    if others:
        raise Refused(f"{folder}: holds other files ({others[0].relative_to(folder)}); name a folder that is empty")
    owner, group = account(os.geteuid(), os.getegid())
    for path, document in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if document.secret else 0o644
        # Some are no text (a signature): the driver gives the very octets back.
        content = document.content.decode(errors="surrogateescape")
        place = path.absolute()
        Files().write(File(path=place, content=content, mode=mode, owner=owner, group=group, secret=document.secret))
    return tuple(wanted)


def account(user: int, group: int) -> tuple[str, str]:
    """The names of a user and a group; Refused where they have none, as in many containers."""
    try:
        return pwd.getpwuid(user).pw_name, grp.getgrgid(group).gr_name
    except KeyError:
        raise Refused(f"user {user} and group {group} need names on this host; run this as somebody who has") from None


def _require_chain(made: Trust, root: Path, issuing: Path) -> None:
    """Clients pin what they are given: with the two in each other's place nobody would be believed."""
    first, second = (x509.load_pem_x509_certificate(pem.encode()) for pem in (made.root, made.issuing))
    for certificate, path, what in (
        (first, root, "no root: it has not signed itself"),
        (second, issuing, f"not issued by the root in {root}"),
    ):
        try:
            certificate.verify_directly_issued_by(first)
        except (InvalidSignature, TypeError, ValueError):
            raise _wrong(path, what, "Name the root with --root and the issuing authority with --issuing") from None
    if first == second:
        raise _wrong(issuing, "the root again", "Name the issuing authority's certificate with --issuing")


def _signed(content: bytes, signer: Signer) -> bytes:
    return apple_signing.sign(content, signer.certificate, signer.key)


def _certificate(path: Path) -> str:
    try:
        text = _bytes(path).decode()
        x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        raise _wrong(path, "no certificate in PEM", "Name a file that begins with BEGIN CERTIFICATE") from None
    return text


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what, mend = error.strerror or str(error), "Name a file that exists and that you may read."
        raise DocumentError(str(path), [Problem(path="", what=what, mend=mend)]) from None


def _wrong(path: Path, what: str, mend: str) -> DocumentError:
    return DocumentError(str(path), [Problem(path="(whole file)", what=what, mend=f"{mend}.")])
