"""Issue, list, show, revoke: the signer asked, the store kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evertunnel.control_plane import world
from evertunnel.errors import DocumentError, EngineUnavailable, Problem
from evertunnel.paths import RUN
from evertunnel.pki import custody, journal, records
from evertunnel.pki.requests import Issued
from evertunnel.pki.signer_client import SignerClient
from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.store import Store
from evertunnel.values import HostName, ObjectId, PrincipalName, Secret, Serial

SIGNER = RUN / "signer" / "signer.sock"
HOST_KEY_BITS = 3072


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A certificate with its key, made for one bundle."""

    certificate: str
    key: Secret


def issue(template: str, principal: PrincipalName, request: str, names: tuple[str, ...] = ()) -> str:
    """Has a certificate issued, keeps it on record, and gives it in PEM."""
    chosen = _template(template)
    with _signer() as signer:
        issued = signer.issue(chosen, principal, request, names)
    _keep(issued)
    return issued.pem


def for_host(template: str, host: HostName) -> KeyPair:
    """A new key and certificate for a host; the key is in the answer and nowhere else."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=HOST_KEY_BITS)
    # The template and the plan say whose it is.
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    certificate = issue(template, host, request.public_bytes(Encoding.PEM).decode())
    return KeyPair(certificate=certificate, key=Secret(pem))


def listed(search: str = "", after: Serial | None = None, limit: int | None = None) -> tuple[records.Row, ...]:
    """The certificates on record, newest first; see `records.listed`."""
    store = _recovered()
    with store.transaction() as connection:
        return records.listed(connection, search, after, limit)


def of(principal: PrincipalName) -> tuple[records.Row, ...]:
    """All certificates of one principal, oldest first."""
    store = _recovered()
    with store.transaction() as connection:
        return records.find_by_principal(connection, principal)


def find(serial: Serial) -> records.Row:
    """The certificate with this serial number."""
    store = _recovered()
    with store.transaction() as connection:
        return records.get(connection, serial)


def revoke(serial: Serial, reason: str) -> records.Row:
    """Revokes, on record first, because that is what decides; then publishes a CRL that says so."""
    store = _recovered()
    with store.transaction() as connection:
        records.revoke(connection, serial, reason, world.act())
        row = records.get(connection, serial)
    try:
        with _signer() as signer:
            signer.sign_crl()
    except EngineUnavailable as error:
        # On record it is revoked, which is what decides; the signer publishes the CRL by itself when it is back.
        error.add_note(f"{serial} is revoked all the same, and refused from now on; the CRL follows with the signer")
        raise
    return row


def authorities() -> tuple[str, str]:
    """Root and issuing certificate in PEM."""
    root, issuing = custody.authorities(custody.Places())
    return _pem(root), _pem(issuing)


def trust() -> Trust:
    """The same, as what clients pin."""
    root, issuing = authorities()
    return Trust(root=root, issuing=issuing)


def policy(plan: Plan, template: str) -> ObjectId:
    """The policy OID that a template stamps."""
    return TEMPLATES[_template(template)].policy(plan.certificates.policy_arc)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _recovered() -> Store:
    """The store, with what a process that died between signer and store left in the signer's journal alone."""
    store = world.store()
    with store.transaction() as connection:
        journal.recover(connection, custody.Places().journal, world.act())
    return store


def _keep(issued: Issued) -> None:
    with world.store().transaction() as connection:
        records.keep(connection, issued, world.act())


@contextmanager
def _signer() -> Iterator[SignerClient]:
    try:
        yield SignerClient(socket=SIGNER)
    except EngineUnavailable as error:
        raise EngineUnavailable(
            "the signer does not answer on this host. Certificates are made where the authority is, once it is"
            f" applied: evertunnel ca create, then evertunnel apply ({error})"
        ) from None


def _template(name: str) -> TemplateName:
    try:
        return TemplateName(name)
    except ValueError:
        known = ", ".join(each.value for each in TemplateName)
        raise DocumentError(
            "request", [Problem(path="template", what=f"no template {name!r}", mend=f"Choose one of {known}")]
        ) from None
