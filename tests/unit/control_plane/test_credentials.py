from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from evertunnel.cli.files import read_plan
from evertunnel.control_plane.credentials import is_good, needed, of_gateway, of_radius
from evertunnel.drivers.host.values import File
from evertunnel.gateway.model import State
from evertunnel.pki.names import host_name
from evertunnel.plan.tunnels import UserTunnel
from evertunnel.radius.model import SERVER_CERTIFICATE, SERVER_KEY
from evertunnel.radius.model import State as RadiusState
from evertunnel.reconcile.local import Local
from evertunnel.values import HostName

PLAN = read_plan(Path(__file__).parents[3] / "examples" / "contoso.toml")
NAMES = ("vpn.contoso.com", "203.0.113.10")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400.0


def certificate(names: tuple[str, ...], key: rsa.RSAPrivateKey, issuer: str) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(issuer if not names else "vpn.contoso.com"))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=300))
    )
    if names:
        san = x509.SubjectAlternativeName([host_name(name) for name in names])
        builder = builder.add_extension(san, critical=False)
    return builder.sign(key, hashes.SHA256())


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@pytest.fixture(scope="module")
def issuing(key: rsa.RSAPrivateKey) -> x509.Certificate:
    return certificate((), key, "Contoso Issuing CA")


@pytest.mark.parametrize(("days", "good"), [(0, True), (199, True), (201, False), (400, False), (-1, False)])
def test_a_certificate_is_good_until_a_third_of_its_life_is_left(
    key: rsa.RSAPrivateKey, issuing: x509.Certificate, days: int, *, good: bool
) -> None:
    mine = certificate(NAMES, key, "Contoso Issuing CA")

    assert is_good(mine, NAMES, issuing, BEGIN.timestamp() + days * DAY) is good


@pytest.mark.parametrize("names", [("vpn.contoso.com",), (*NAMES, "vpn2.contoso.com"), ("other.contoso.com",)])
def test_other_names_need_another_certificate(
    key: rsa.RSAPrivateKey, issuing: x509.Certificate, names: tuple[str, ...]
) -> None:
    assert not is_good(certificate(NAMES, key, "Contoso Issuing CA"), names, issuing, BEGIN.timestamp())


def test_another_authoritys_certificate_is_not_used(key: rsa.RSAPrivateKey, issuing: x509.Certificate) -> None:
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2048)

    for mine in (certificate(NAMES, key, "Other CA"), certificate(NAMES, other, "Contoso Issuing CA"), issuing):
        assert not is_good(mine, NAMES, issuing, BEGIN.timestamp())


def test_a_state_without_connections_has_no_key() -> None:
    assert of_gateway(State()) is None
    assert of_gateway(None) is None


def test_radius_host_keeps_its_own_certificate_without_the_authoritys() -> None:
    own, issuing = (f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n" for name in ("own", "issuing"))
    files = (File(path=SERVER_CERTIFICATE, content=own + issuing), File(path=SERVER_KEY, content="key", secret=True))

    held = of_radius(RadiusState(local=Local(files=files)))

    assert held is not None
    assert (held.certificate, held.key.reveal()) == (own, "key")
    assert of_radius(RadiusState()) is None


@pytest.mark.parametrize(
    ("host", "user_tunnel", "expected"),
    [
        ("gateway1", True, ("vpn-server",)),
        ("core1", True, ("nps-server",)),
        ("core1", False, ()),
        ("edge1", True, ()),
    ],
)
def test_certificates_follow_the_roles(host: str, user_tunnel: bool, expected: tuple[str, ...]) -> None:  # noqa: FBT001 (an example)
    tunnel = UserTunnel(pool="devices", reach="management") if user_tunnel else None

    assert needed(replace(PLAN, user_tunnel=tunnel), HostName(host)) == expected
