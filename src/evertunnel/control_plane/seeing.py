"""What this host has to say of the causes of an error: the evidence of `verify`, and the certificates that it shows."""

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from evertunnel.control_plane import certificates, credentials, hosts, world
from evertunnel.control_plane.bundles import Bundle
from evertunnel.control_plane.certificates import KeyPair
from evertunnel.errors import EvertunnelError
from evertunnel.explain.seen import Seen, Shown
from evertunnel.values import Serial


def look(bundle: Bundle) -> Seen:
    """What there is to be seen on this host."""
    has_records = bundle.pki is not None
    return Seen(
        host=bundle.host,
        at=world.now(),
        evidence=hosts.verify(bundle),
        gateway=_shown(credentials.of_gateway(bundle.gateway), has_records=has_records),
        radius=_shown(credentials.of_radius(bundle.radius), has_records=has_records),
        public_name=bundle.public.name if bundle.public else None,
    )


def shown(pem: str, *, is_revoked: bool | None) -> Shown:
    """What a certificate shows of itself."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return Shown(
        names=_names(certificate),
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        is_for_servers=ExtendedKeyUsageOID.SERVER_AUTH in _usages(certificate),
        is_revoked=is_revoked,
    )


def _shown(held: KeyPair | None, *, has_records: bool) -> Shown | None:
    if held is None:
        return None
    return shown(held.certificate, is_revoked=_is_revoked(held.certificate) if has_records else None)


def _is_revoked(pem: str) -> bool | None:
    """By the records on this host; None where they cannot be read or do not have it."""
    serial = Serial(f"{x509.load_pem_x509_certificate(pem.encode()).serial_number:x}")
    try:
        return certificates.find(serial).revoked is not None
    except EvertunnelError:
        return None


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress)))


def _usages(certificate: x509.Certificate) -> tuple[x509.ObjectIdentifier, ...]:
    try:
        return tuple(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return ()
