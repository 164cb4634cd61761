"""A gateway's key and certificate, used again while they are good: a second apply on one host issues nothing."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from evertunnel import documents
from evertunnel.control_plane import certificates, world
from evertunnel.control_plane.certificates import KeyPair
from evertunnel.errors import NotFound
from evertunnel.gateway.model import Connections, State
from evertunnel.gateway.render import CONNECTIONS
from evertunnel.pki import custody
from evertunnel.pki.names import host_name
from evertunnel.pki.render import signer_settings
from evertunnel.plan.model import Plan
from evertunnel.values import HostName, Serial

RENEWED_AT = 1 / 3  # of its life left


def applied(state: State) -> KeyPair | None:
    """What a gateway's applied state holds."""
    for file in state.local.files:
        if file.path == CONNECTIONS:
            connections = documents.from_json(Connections, file.content, name=str(file.path))
            return KeyPair(certificate=connections.certificate, key=connections.key)
    return None


def fit(plan: Plan, host: HostName, keys: KeyPair) -> bool:
    """Whether a new certificate would say the same: names, authority, long enough to go, and not revoked."""
    certificate = x509.load_pem_x509_certificate(keys.certificate.encode())
    _, issuing = custody.authorities(custody.Places())
    names = signer_settings(plan).server_names[host]
    return is_good(certificate, names, issuing, world.now()) and not _is_revoked(certificate)


def is_good(certificate: x509.Certificate, names: tuple[str, ...], issuing: x509.Certificate, now: float) -> bool:
    """Whether the certificate has exactly these names, is this authority's, and has a third of its life left."""
    begin, end = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    try:
        certificate.verify_directly_issued_by(issuing)
        has = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return {*has} == {host_name(name) for name in names} and begin <= now and end - now >= (end - begin) * RENEWED_AT


def _is_revoked(certificate: x509.Certificate) -> bool:
    try:
        return certificates.find(Serial.of(certificate.serial_number)).revoked is not None
    except NotFound:
        return True  # another store's: this one could not revoke it
