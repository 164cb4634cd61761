"""Keys and certificates of hosts, used again while they are good: a second apply on one host issues nothing."""

from typing import TypeAlias

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
from evertunnel.plan.hosts import Role
from evertunnel.plan.model import Plan
from evertunnel.radius import model as radius
from evertunnel.values import HostName, Secret, Serial

RENEWED_AT = 1 / 3  # of its life left
VPN_SERVER, NPS_SERVER = "vpn-server", "nps-server"

END = "-----END CERTIFICATE-----\n"

Held: TypeAlias = dict[str, KeyPair]  # by template


def needed(plan: Plan, host: HostName) -> tuple[str, ...]:
    """The templates of which a host must hold a certificate."""
    roles = plan.hosts[host].roles
    gateway = (VPN_SERVER,) if Role.GATEWAY in roles else ()
    return (*gateway, NPS_SERVER) if Role.RADIUS in roles and plan.user_tunnel else gateway


def of_gateway(state: State | None) -> KeyPair | None:
    """What a gateway's applied state holds."""
    for file in state.local.files if state else ():
        if file.path == CONNECTIONS:
            connections = documents.from_json(Connections, file.content, name=str(file.path))
            return KeyPair(certificate=connections.certificate, key=connections.key)
    return None


def of_radius(state: radius.State | None) -> KeyPair | None:
    """What the applied state of FreeRADIUS holds."""
    texts = {file.path: file.content for file in state.local.files} if state else {}
    try:
        chain, key = texts[radius.SERVER_CERTIFICATE], Secret(texts[radius.SERVER_KEY])
    except KeyError:
        return None
    return KeyPair(certificate=chain[: chain.index(END) + len(END)], key=key)


def fit(plan: Plan, host: HostName, template: str, held: Held) -> bool:
    """Whether a new certificate would say the same: names, authority, long enough to go, and not revoked."""
    if template not in held:
        return False
    certificate = x509.load_pem_x509_certificate(held[template].certificate.encode())
    _, issuing = custody.authorities(custody.Places())
    names = signer_settings(plan).server_names[host] if template == VPN_SERVER else (_own_name(plan, host),)
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


def _own_name(plan: Plan, host: HostName) -> str:
    return f"{host}.{plan.organisation.domain}"


def _is_revoked(certificate: x509.Certificate) -> bool:
    try:
        return certificates.find(Serial.of(certificate.serial_number)).revoked is not None
    except NotFound:
        return True  # another store's: this one could not revoke it
