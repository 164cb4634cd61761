"""One authority and one key for all tests of this folder: making RSA keys takes its time."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from evertunnel.pki import authority
from evertunnel.pki.authority import AuthoritySettings, Keys, NewAuthority
from evertunnel.pki.settings import SignerSettings, TemplateRules
from evertunnel.pki.templates import TemplateName
from evertunnel.values import Fqdn, GroupName, HostName, ObjectId, Serial

NOW = 1_800_000_000.0


@pytest.fixture(scope="session")
def authority_settings() -> AuthoritySettings:
    return AuthoritySettings(
        organisation="Contoso",
        root_name="Contoso Root CA",
        issuing_name="Contoso Issuing CA",
        publication_name=Fqdn("pki.corp.contoso.com"),
        root_years=20,
        issuing_years=10,
        root_crl_days=365,
        crl_hours=168,
    )


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys(
        root=authority.generate_key(2048),
        issuing=authority.generate_key(2048),
        root_serial=Serial("a1"),
        issuing_serial=Serial("b2"),
    )


@pytest.fixture(scope="session")
def new(authority_settings: AuthoritySettings, keys: Keys) -> NewAuthority:
    return authority.create(authority_settings, keys, NOW)


@pytest.fixture(scope="session")
def device_key() -> rsa.RSAPrivateKey:
    return authority.generate_key(2048)


@pytest.fixture(scope="session")
def request_with(device_key: rsa.RSAPrivateKey) -> Callable[..., str]:
    def make(*extensions: x509.ExtensionType, common_name: str = "", digest: hashes.HashAlgorithm | None = None) -> str:
        attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        signed = builder.sign(device_key, digest or hashes.SHA256())  # type: ignore[arg-type]  # any digest, weak ones too
        return signed.public_bytes(Encoding.PEM).decode()

    return make


@pytest.fixture(scope="session")
def settings() -> SignerSettings:
    groups = {
        TemplateName.DEVICE: "VPN Devices",
        TemplateName.VPN_SERVER: "VPN Servers",
        TemplateName.NPS_SERVER: "NPS Servers",
        TemplateName.USER: "VPN Users",
        TemplateName.MAIL: "VPN Users",
    }
    return SignerSettings(
        organisation="Contoso",
        domain=Fqdn("corp.contoso.com"),
        policy_arc=ObjectId("1.3.6.1.4.1.32473.1"),
        publication_name=Fqdn("pki.corp.contoso.com"),
        crl_hours=168,
        templates={name: TemplateRules(days=365, groups=(GroupName(group),)) for name, group in groups.items()},
        server_names={HostName("gateway1"): ("vpn.contoso.com", "vpn2.contoso.com", "203.0.113.10")},
    )
