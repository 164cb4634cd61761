"""Where the authority's things lie: only the signer reads the issuing key, and only it publishes."""

import os
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InternalError, InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from evertunnel.drivers.host.files import Files
from evertunnel.drivers.host.values import File
from evertunnel.errors import EngineRejected, NotFound, Refused
from evertunnel.pki.authority import NewAuthority
from evertunnel.pki.crl import Issuer
from evertunnel.pki.places import PUBLISHER, SIGNER, Places
from evertunnel.reconcile.local import AccountsDriver

__all__ = [
    "PUBLISHER",
    "SIGNER",
    "Places",
    "authorities",
    "install",
    "load_issuer",
    "publish",
    "published_crl",
]


def install(new: NewAuthority, places: Places, accounts: AccountsDriver) -> None:
    """Puts a new authority in its places, without the root's key; refused where there is one already."""
    key_file = places.keys / "issuing.key"
    if key_file.exists():
        raise Refused(
            f"{key_file}: there is an authority on this host already. Replacing it would cut off every device."
        )
    files = Files()
    accounts.make(places.owner)
    for directory in places.directories():
        files.make_directory(directory)
    _publish_all(new, places)
    key = new.issuing_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.write(_kept(places.keys / "root.crt", _pem(new.root), 0o644, places))
    files.write(_kept(places.keys / "issuing.crt", _pem(new.issuing), 0o644, places))
    # The key comes last: it is what makes the authority be there.
    files.write(_kept(key_file, key, 0o600, places))


def publish(directory: Path, name: str, der: bytes) -> None:
    """Replaces one published file; readers see the old one or the new one."""
    try:
        handle, unready = tempfile.mkstemp(prefix=f".{name}.", dir=directory)
        with os.fdopen(handle, "wb") as stream:
            stream.write(der)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        Path(unready).rename(directory / name)
    except OSError as error:
        raise EngineRejected(f"{directory / name}: cannot be published ({error})") from error


def load_issuer(places: Places) -> Issuer:
    """The issuing authority with its key; only the signer calls this."""
    try:
        # To see that its primes are prime takes 0.2 s; that it is the certificate's key, a signature shows at once.
        pem = (places.keys / "issuing.key").read_bytes()
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        certificate = x509.load_pem_x509_certificate((places.keys / "issuing.crt").read_bytes())
    except FileNotFoundError as error:
        raise NotFound(
            f"{error.filename}: there is no authority on this host. Make it with: evertunnel ca create"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise EngineRejected(f"{places.keys}: the authority cannot be read ({type(error).__name__})") from None
    if not isinstance(key, rsa.RSAPrivateKey) or not _signs_for(key, certificate):
        raise EngineRejected(f"{places.keys}: issuing.key is not the key of issuing.crt. Restore both from one backup.")
    return Issuer(certificate=certificate, key=key)


def authorities(places: Places) -> tuple[x509.Certificate, x509.Certificate]:
    """The certificates of root and issuing authority, which anybody may read."""
    root, issuing = (_read(places.published / f"{name}.crt") for name in ("root", "issuing"))
    return x509.load_der_x509_certificate(root), x509.load_der_x509_certificate(issuing)


def published_crl(directory: Path, name: str) -> x509.CertificateRevocationList | None:
    """The published CRL of `root` or `issuing`; one that cannot be read counts as none, so that it is replaced."""
    try:
        return x509.load_der_x509_crl((directory / f"{name}.crl").read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _signs_for(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> bool:
    """Whether what the key signs holds by the certificate's own public key."""
    public, algorithm = certificate.public_key(), hashes.SHA256()
    if not isinstance(public, rsa.RSAPublicKey) or key.public_key() != public:
        return False
    try:
        public.verify(key.sign(b"", padding.PKCS1v15(), algorithm), b"", padding.PKCS1v15(), algorithm)
    except (InvalidSignature, InternalError, ValueError):
        return False
    return True


def _publish_all(new: NewAuthority, places: Places) -> None:
    contents = {
        "root.crt": new.root.public_bytes(Encoding.DER),
        "issuing.crt": new.issuing.public_bytes(Encoding.DER),
        "root.crl": new.root_crl.public_bytes(Encoding.DER),
        "issuing.crl": new.issuing_crl.public_bytes(Encoding.DER),
    }
    for name, der in contents.items():
        publish(places.published, name, der)


def _kept(path: Path, content: bytes, mode: int, places: Places) -> File:
    owner = places.owner
    return File(path=path, content=content.decode(), mode=mode, owner=owner.name, group=owner.group, secret=True)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"{path}: there is no authority on this host. Make it with: evertunnel ca create") from None
