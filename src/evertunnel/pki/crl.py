"""Certificate revocation lists: when one is due, and how it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from evertunnel.errors import DocumentError, Problem
from evertunnel.values import Serial

BACKDATE = timedelta(minutes=10)


class Reason(Enum):
    """Why a certificate was revoked, in the words of RFC 5280 5.3.1 (those that end a certificate for good)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"

    def __str__(self) -> str:
        return self.value


def reason_named(text: str) -> Reason:
    """The reason of this name, written as the standard does or with underscores.

    >>> reason_named("key_compromise") is reason_named("keyCompromise") is Reason.KEY_COMPROMISE
    True
    """
    for reason in Reason:
        if text in (reason.value, reason.name.lower()):
            return reason
    known = ", ".join(reason.value for reason in Reason)
    problem = Problem(path="reason", what=f"no reason {text!r}", mend=f"Choose one of {known}")
    raise DocumentError("request", [problem])


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """A revoked certificate as a CRL lists it."""

    serial: Serial
    at: float
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One issue of a CRL; numbers only grow."""

    number: int
    now: float
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An authority's certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


def build(revoked: Sequence[Revoked], issue: Issue, issuer: Issuer) -> x509.CertificateRevocationList:
    """Makes and signs a CRL."""
    own = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    now = _moment(issue.now)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        # Never before the authority itself: checkers with a clock a little behind take the CRL, too.
        .last_update(max(now - BACKDATE, issuer.certificate.not_valid_before_utc))
        .next_update(now + timedelta(seconds=issue.seconds))
        .add_extension(x509.CRLNumber(issue.number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
    )
    for entry in sorted(revoked, key=lambda entry: entry.serial.number):
        builder = builder.add_revoked_certificate(_entry(entry))
    return builder.sign(issuer.key, hashes.SHA256())


def due(current: x509.CertificateRevocationList, now: float) -> bool:
    """Whether it is time for the next issue: half its life is over, or it is from the future (a clock went back)."""
    start, end = current.last_update_utc, current.next_update_utc
    if end is None:
        return True
    return not start <= _moment(now) < start + (end - start) / 2


def next_number(current: x509.CertificateRevocationList | None, now: float) -> int:
    """The next issue's number: above the last one, and above a lost one, which came from an earlier clock."""
    if current is None:
        return int(now)
    last = current.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return max(last + 1, int(now))


def _entry(entry: Revoked) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(entry.serial.number).revocation_date(_moment(entry.at))
    # RFC 5280 5.3.1: "unspecified" is said by leaving the extension out.
    if entry.reason is not Reason.UNSPECIFIED:
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(entry.reason.value)), critical=False)
    return builder.build()


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), tz=UTC)
