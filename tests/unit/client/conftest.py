"""A small authority with one device and one person, made once: keys are slow."""

import datetime as dt
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.tunnel import Probe
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Fqdn, HostName, Secret, UserName

ALICE = UserName("alice@corp.contoso.com")
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What there is of one device and one person on it after their enrolment, and a stranger's key and root."""

    profile: DeviceProfile
    key: Secret
    user_profile: UserProfile
    user_key: Secret
    other_key: Secret
    strange_root: str


@pytest.fixture(scope="session")
def enrolled() -> Enrolled:
    root_key, issuing_key, device_key, user_key, other_key = (rsa.generate_private_key(65537, 2048) for _ in range(5))
    root = certificate("Contoso Root CA", root_key, None, root_key, is_ca=True)
    strange = certificate("Contoso Root CA", other_key, None, other_key, is_ca=True)
    issuing = certificate("Contoso Issuing CA", issuing_key, root, root_key, is_ca=True)
    device = certificate("laptop1.corp.contoso.com", device_key, issuing, issuing_key, is_ca=False)
    profile = DeviceProfile(
        device=HostName("laptop1"),
        domain=Fqdn("corp.contoso.com"),
        gateway=Fqdn("vpn.contoso.com"),
        ike_proposals=("aes128gcm16-prfsha256-modp2048",),
        esp_proposals=("aes128gcm16-ecp256",),
        authorities=(pem(root), pem(issuing)),
        certificate=pem(device),
        pool=IPv4Network("10.99.0.0/24"),
        routes=(IPv4Network("10.0.0.10/32"),),
        probes=(Probe(address=IPv4Address("10.0.0.10"), port=80),),
    )
    person = certificate(ALICE, user_key, issuing, issuing_key, is_ca=False)
    user_profile = UserProfile(
        user=ALICE,
        gateway=profile.gateway,
        aaa_name=Fqdn("core1.corp.contoso.com"),
        ike_proposals=profile.ike_proposals,
        esp_proposals=profile.esp_proposals,
        authorities=profile.authorities,
        certificate=pem(person),
        pools=(IPv4Network("10.98.0.0/24"),),
        routes=(IPv4Network("10.0.0.10/32"), IPv4Network("10.0.5.0/24")),
        probes=(Probe(address=IPv4Address("10.0.0.10"), port=80),),
    )
    return Enrolled(
        profile=profile,
        key=secret(device_key),
        user_profile=user_profile,
        user_key=secret(user_key),
        other_key=secret(other_key),
        strange_root=pem(strange),
    )


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def profile(enrolled: Enrolled) -> DeviceProfile:
    return enrolled.profile


@pytest.fixture
def key(enrolled: Enrolled) -> Secret:
    return enrolled.key


@pytest.fixture
def user_profile(enrolled: Enrolled) -> UserProfile:
    return enrolled.user_profile


@pytest.fixture
def user_key(enrolled: Enrolled) -> Secret:
    return enrolled.user_key


@pytest.fixture
def other_key(enrolled: Enrolled) -> Secret:
    return enrolled.other_key


@pytest.fixture
def strange_root(enrolled: Enrolled) -> str:
    return enrolled.strange_root


def certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: x509.Certificate | None, issuer_key: rsa.RSAPrivateKey, *, is_ca: bool
) -> x509.Certificate:
    parts = [(NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, name)]
    parts += [] if is_ca else [(NameOID.SERIAL_NUMBER, "5f3a9c")]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(0x5F3A9C)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def secret(key: rsa.RSAPrivateKey) -> Secret:
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return Secret(key.private_bytes(encoding, shape, serialization.NoEncryption()).decode())
