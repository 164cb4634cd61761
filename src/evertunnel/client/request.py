"""The keys of the device and of people on it, and their certificate requests.

A key is made here, written 0600, and never leaves.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from evertunnel.client import places
from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.errors import EngineRejected
from evertunnel.values import Fqdn, HostName, Secret, UserName

KEY_BITS = 2048  # what Windows' TPM provider holds: the same on every kind of device


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A key and the request that it signed, both PEM."""

    key: Secret
    csr: str


def create(device: HostName, domain: Fqdn, files: places.Disk | None = None) -> str:
    """The request for this device as PEM. A key that is there already is used again: a live tunnel may depend on it."""
    name = Fqdn(f"{device}.{domain}")
    return _create(places.KEY, name, x509.SubjectAlternativeName([x509.DNSName(name)]), files or Files())


def create_for_user(user: UserName, files: places.Disk | None = None) -> str:
    """The request for a person on this device as PEM; their key is one of their own, used again likewise."""
    return _create(places.user_key(user), user, None, files or Files())


def make_request(name: str, names: x509.SubjectAlternativeName | None, key: Secret | None, path: Path) -> Request:
    """A request signed with the `key` that lay at `path`, or with a new one."""
    private = read_key(key, path) if key else rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    wanted = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        wanted = wanted.add_extension(names, critical=False)
    csr = wanted.sign(private, hashes.SHA256())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Request(key=Secret(pem), csr=csr.public_bytes(Encoding.PEM).decode())


def read_key(key: Secret, path: Path = places.KEY) -> rsa.RSAPrivateKey:
    """A key from its PEM text, which lay at `path`."""
    try:
        # This laptop made it. To see that its primes are prime takes 0.07 s whenever somebody signs in; a damaged key
        # shows all the same, by a request or a signature that nobody accepts.
        private = load_pem_private_key(key.reveal().encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError) as error:
        raise EngineRejected(f"{path} is not a private key; move it away and request a new certificate") from error
    if not isinstance(private, rsa.RSAPrivateKey):
        raise EngineRejected(f"{path} is not an RSA key; move it away and request a new certificate")
    return private


def _create(path: Path, name: str, names: x509.SubjectAlternativeName | None, files: places.Disk) -> str:
    existing = files.read(path)
    request = make_request(name, names, Secret(existing.content) if existing else None, path)
    if existing is None:
        for directory in reversed([parent for parent in path.parents if parent.is_relative_to(places.KEYS)]):
            files.make_directory(Directory(path=directory, mode=0o700))
        files.write(File(path=path, content=request.key.reveal(), mode=0o600, secret=True))
    return request.csr
