"""A small authority with one device and one person, made once: keys are slow."""

import datetime as dt
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from evertunnel.profiles.device import CommonDeviceProfile, DeviceProfile
from evertunnel.profiles.tunnel import Probe
from evertunnel.profiles.user import CommonUserProfile, UserProfile
from evertunnel.values import Fqdn, HostName, ObjectId, Secret, UserName

ALICE = UserName("alice@corp.contoso.com")
DEVICES, USERS = ObjectId("1.3.6.1.4.1.32473.1.1"), ObjectId("1.3.6.1.4.1.32473.1.4")
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An authority, and what its certificates say unless a test says otherwise."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    def issue(
        self,
        name: str,
        key: Secret,
        policy: ObjectId | None = DEVICES,
        usage: ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
        upn: bytes = b"",
    ) -> str:
        """A certificate in PEM for a key in PEM."""
        private = serialization.load_pem_private_key(key.reveal().encode(), None)
        assert isinstance(private, rsa.RSAPrivateKey)
        return pem(certificate(name, private, self, policy=policy, usage=usage, upn=upn))


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """What there is of one device and one person on it after their enrolment, and a stranger's key and root."""

    common: CommonDeviceProfile
    profile: DeviceProfile
    key: Secret
    common_user: CommonUserProfile
    user_profile: UserProfile
    user_key: Secret
    other_key: Secret
    strange_root: str
    issuer: Issuer
    strange_issuer: Issuer


@pytest.fixture(scope="session")
def enrolled() -> Enrolled:
    root_key, issuing_key, device_key, user_key, other_key = (rsa.generate_private_key(65537, 2048) for _ in range(5))
    root = certificate("Contoso Root CA", root_key, None, is_ca=True)
    strange = certificate("Contoso Root CA", other_key, None, is_ca=True)
    issuing = certificate("Contoso Issuing CA", issuing_key, Issuer(certificate=root, key=root_key), is_ca=True)
    issuer = Issuer(certificate=issuing, key=issuing_key)
    device = certificate("laptop1.corp.contoso.com", device_key, issuer, policy=DEVICES)
    common = CommonDeviceProfile(
        domain=Fqdn("corp.contoso.com"),
        gateway=Fqdn("vpn.contoso.com"),
        ike_proposals=("aes128gcm16-prfsha256-modp2048",),
        esp_proposals=("aes128gcm16-ecp256",),
        authorities=(pem(root), pem(issuing)),
        policy=DEVICES,
        pool=IPv4Network("10.99.0.0/24"),
        routes=(IPv4Network("10.0.0.10/32"),),
        probes=(Probe(address=IPv4Address("10.0.0.10"), port=80),),
    )
    person = certificate(ALICE, user_key, issuer, policy=USERS)
    common_user = CommonUserProfile(
        gateway=common.gateway,
        aaa_name=Fqdn("core1.corp.contoso.com"),
        ike_proposals=common.ike_proposals,
        esp_proposals=common.esp_proposals,
        authorities=common.authorities,
        policy=USERS,
        pools=(IPv4Network("10.98.0.0/24"),),
        routes=(IPv4Network("10.0.0.10/32"), IPv4Network("10.0.5.0/24")),
        probes=(Probe(address=IPv4Address("10.0.0.10"), port=80),),
    )
    return Enrolled(
        common=common,
        profile=common.of(HostName("laptop1"), pem(device)),
        key=secret(device_key),
        common_user=common_user,
        user_profile=common_user.of(ALICE, pem(person)),
        user_key=secret(user_key),
        other_key=secret(other_key),
        strange_root=pem(strange),
        issuer=issuer,
        strange_issuer=Issuer(certificate=strange, key=other_key),
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
def common(enrolled: Enrolled) -> CommonDeviceProfile:
    return enrolled.common


@pytest.fixture
def common_user(enrolled: Enrolled) -> CommonUserProfile:
    return enrolled.common_user


@pytest.fixture
def issuer(enrolled: Enrolled) -> Issuer:
    return enrolled.issuer


@pytest.fixture
def strange_issuer(enrolled: Enrolled) -> Issuer:
    return enrolled.strange_issuer


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
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: Issuer | None,
    *,
    is_ca: bool = False,
    policy: ObjectId | None = None,
    usage: ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH,
    upn: bytes = b"",
) -> x509.Certificate:
    parts = [(NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, name)]
    parts += [] if is_ca else [(NameOID.SERIAL_NUMBER, "5f3a9c")]
    subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(0x5F3A9C)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if policy is not None:
        stamped = x509.PolicyInformation(ObjectIdentifier(policy), None)
        builder = builder.add_extension(x509.CertificatePolicies([stamped]), critical=False)
    if usage is not None and not is_ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if upn:
        name_of_user = x509.OtherName(ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), upn)
        builder = builder.add_extension(x509.SubjectAlternativeName([name_of_user]), critical=False)
    return builder.sign(issuer.key if issuer else key, hashes.SHA256())


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def secret(key: rsa.RSAPrivateKey) -> Secret:
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return Secret(key.private_bytes(encoding, shape, serialization.NoEncryption()).decode())
