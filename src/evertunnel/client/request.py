"""The device's key and its certificate request. The key is made here, written 0600, and never leaves."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from evertunnel.client import places
from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.errors import EngineRejected
from evertunnel.values import Fqdn, HostName, Secret

KEY_BITS = 2048  # what Windows' TPM provider holds: the same on every kind of device


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A key and the request that it signed, both PEM."""

    key: Secret
    csr: str


def create(device: HostName, domain: Fqdn, files: places.Disk | None = None) -> str:
    """The request for this device as PEM. A key that is there already is used again: a live tunnel may depend on it."""
    files = files or Files()
    existing = files.read(places.KEY)
    request = make_request(device, domain, Secret(existing.content) if existing else None)
    if existing is None:
        files.make_directory(Directory(path=places.KEYS, mode=0o700))
        files.write(File(path=places.KEY, content=request.key.reveal(), mode=0o600, secret=True))
    return request.csr


def make_request(device: HostName, domain: Fqdn, key: Secret | None = None) -> Request:
    """A request signed with `key`, or with a new one."""
    private = read_key(key) if key else rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = Fqdn(f"{device}.{domain}")
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Request(key=Secret(pem), csr=csr.public_bytes(Encoding.PEM).decode())


def read_key(key: Secret) -> rsa.RSAPrivateKey:
    """The device's key from its PEM text."""
    try:
        private = load_pem_private_key(key.reveal().encode(), None)
    except (ValueError, TypeError) as error:
        raise EngineRejected(
            f"{places.KEY} is not a private key; move it away and request a new certificate"
        ) from error
    if not isinstance(private, rsa.RSAPrivateKey):
        raise EngineRejected(f"{places.KEY} is not an RSA key; move it away and request a new certificate")
    return private
