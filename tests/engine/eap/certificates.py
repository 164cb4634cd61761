"""An authority of the test's own, made by the product's own functions, and certificates by its templates."""

import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evertunnel.pki import authority, crl, issue, names
from evertunnel.pki.authority import AuthoritySettings, NewAuthority
from evertunnel.pki.issue import Order
from evertunnel.pki.templates import TEMPLATES, TemplateName
from evertunnel.values import Fqdn, ObjectId, Serial

DAY = 86_400.0
PUBLICATION = Fqdn("pki.corp.contoso.com")
ARC = ObjectId("1.3.6.1.4.1.32473.1")
SETTINGS = AuthoritySettings(
    organisation="Contoso",
    root_name="Contoso Root CA",
    issuing_name="Contoso Issuing CA",
    publication_name=PUBLICATION,
    root_years=10,
    issuing_years=5,
    root_crl_days=30,
    crl_hours=24,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A certificate with its key, in files of `directory`."""

    name: str
    template: TemplateName
    principal: str
    certificate: x509.Certificate
    directory: Path

    @property
    def serial(self) -> Serial:
        return Serial.of(self.certificate.serial_number)

    @property
    def chain_file(self) -> Path:
        return self.directory / f"{self.name}.crt"

    @property
    def key_file(self) -> Path:
        return self.directory / f"{self.name}.key"


@dataclass(kw_only=True)
class Authority:
    """Root and issuing authority, old enough for certificates that have expired."""

    directory: Path
    made: NewAuthority = field(init=False)
    number: int = 1

    def __post_init__(self) -> None:
        self.directory.mkdir()
        self.made = authority.create(SETTINGS, authority.generate_keys(), time.time() - 90 * DAY)
        self.root_file.write_text(_pem(self.made.root))

    @property
    def root_file(self) -> Path:
        return self.directory / "root.crt"

    @property
    def authorities(self) -> tuple[str, str]:
        return _pem(self.made.root), _pem(self.made.issuing)

    def publish(self, *revoked: Leaf) -> None:
        """New CRLs of both, into `directory`."""
        now, self.number = time.time(), self.number + 1
        root = authority.renew_root_crl(
            self.made.root_key, self.made.root, revoked=(), number=self.number, days=30, now=now
        )
        entries = [crl.Revoked(serial=leaf.serial, at=now - 60, reason=crl.Reason.UNSPECIFIED) for leaf in revoked]
        issuing = crl.build(entries, crl.Issue(number=self.number, now=now, seconds=86_400), self._issuer())
        for name, each in (("root", root), ("issuing", issuing)):
            (self.directory / f"{name}.crl").write_bytes(each.public_bytes(Encoding.DER))

    def leaf(self, name: str, template: TemplateName, principal: str, *, age_days: float = 0) -> Leaf:
        """A certificate of 30 days that was issued `age_days` ago."""
        key = authority.generate_key(2048)
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
        chosen = TEMPLATES[template]
        order = Order(
            template=chosen,
            policy=chosen.policy(ARC),
            organisation="Contoso",
            common_name=principal,
            names=(_general(template, principal),),
            serial=Serial.of(secrets.randbits(126) | 1 << 126),
            days=30,
            publication_name=PUBLICATION,
        )
        certificate = issue.build(request, order, self._issuer(), time.time() - age_days * DAY)
        made = Leaf(
            name=name, template=template, principal=principal, certificate=certificate, directory=self.directory
        )
        made.chain_file.write_text(_pem(certificate) + _pem(self.made.issuing))
        made.key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made

    def _issuer(self) -> crl.Issuer:
        return crl.Issuer(certificate=self.made.issuing, key=self.made.issuing_key)


def _general(template: TemplateName, principal: str) -> x509.GeneralName:
    match template:
        case TemplateName.USER:
            return names.upn(principal)
        case TemplateName.MAIL:
            return x509.RFC822Name(principal)
        case _:
            return names.host_name(principal)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
