"""Certificates, good and wrong, of an authority of the test's own."""

import datetime as dt
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier

ARC = "1.3.6.1.4.1.32473.1"
ANY_POLICY = "2.5.29.32.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private.decode()

    @property
    def subject(self) -> str:
        parts = {NameOID.ORGANIZATION_NAME: "O", NameOID.COMMON_NAME: "CN", NameOID.SERIAL_NUMBER: "serialNumber"}
        return ", ".join(f"{parts[each.oid]}={each.value!s}" for each in self.certificate.subject)


def name_of(common: str, serial: int | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if serial is not None:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{serial:x}"))
    return x509.Name(parts)


@dataclass(kw_only=True)
class Authority:
    """A root and an issuing authority, and what they signed."""

    root: Issued = field(init=False)
    issuing: Issued = field(init=False)
    prefix: str = "Contoso"

    def __post_init__(self) -> None:
        self.root = self._ca(f"{self.prefix} Root CA", None)
        self.issuing = self._ca(f"{self.prefix} Issuing CA", self.root)

    def leaf(self, common: str, *, template: int = 1, days: int = 30, with_serial: bool = True, age: int = 1) -> Issued:
        key, serial = ec.generate_private_key(ec.SECP256R1()), x509.random_serial_number()
        subject = name_of(common, serial if with_serial else None)
        builder = self._builder(subject, key, self.issuing, serial=serial, age=age, days=days)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(common)]), critical=False)
        builder = builder.add_extension(_policies(f"{ARC}.{template}"), critical=False)
        return Issued(certificate=builder.sign(self.issuing.key, hashes.SHA256()), key=key)

    def crl(self, issuer: Issued, *revoked: Issued, number: int = 1) -> bytes:
        now = dt.datetime.now(dt.UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
        builder = builder.last_update(now - dt.timedelta(minutes=1)).next_update(now + dt.timedelta(days=1))
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(aki, critical=False)
        for each in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(each.certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(now - dt.timedelta(minutes=1)).build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _ca(self, common: str, issuer: Issued | None) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name_of(common), key, issuer, serial=x509.random_serial_number(), age=1, days=30)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True).add_extension(_policies(ANY_POLICY), critical=False)
        return Issued(certificate=builder.sign(issuer.key if issuer else key, hashes.SHA256()), key=key)

    @staticmethod
    def _builder(
        subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: Issued | None, *, serial: int, age: int, days: int
    ) -> x509.CertificateBuilder:
        begin = dt.datetime.now(dt.UTC) - dt.timedelta(days=age)
        signer = issuer.key if issuer else key
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(begin)
            .not_valid_after(begin + dt.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(aki, critical=False)
        )


def _policies(oid: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier(oid), None)])
