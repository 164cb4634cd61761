"""Whether a profile's certificate, the key here and the authorities belong together. Pure."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

from evertunnel.client import certificates
from evertunnel.client.joining import Joined
from evertunnel.errors import DocumentError, Problem
from evertunnel.profiles import device, user
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import ObjectId

AGAIN = "Take profile and certificate unchanged from where they were made, or have new ones made"


def check(joined: Joined[DeviceProfile], key: rsa.RSAPrivateKey, now: datetime) -> None:
    """Raises a DocumentError with all that does not fit."""
    profile = joined.profile
    certificate, authorities = _read(device.NAME, profile.certificate, profile.authorities)
    is_named = certificates.common_names(certificate) == [profile.fqdn]
    _raise(
        device.NAME,
        *_own(profile.fqdn, certificate, key, is_named=is_named),
        *_template("device", certificate, joined.policy),
        *_chain((*authorities, certificate)),
        *_dates((*authorities, certificate), now),
    )


def check_user(joined: Joined[UserProfile], key: rsa.RSAPrivateKey, now: datetime) -> None:
    """The same for a person's."""
    profile = joined.profile
    certificate, authorities = _read(user.NAME, profile.certificate, profile.authorities)
    is_named = certificates.common_names(certificate) == [profile.user]
    _raise(
        user.NAME,
        *_own(
            profile.user, certificate, key, is_named=is_named or certificates.is_for_person(certificate, profile.user)
        ),
        *_template("user", certificate, joined.policy),
        *_chain((*authorities, certificate)),
        *_dates((*authorities, certificate), now),
    )


def _read(document: str, own: str, others: tuple[str, ...]) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    try:
        return certificates.read(own), tuple(certificates.read(pem) for pem in others)
    except DocumentError as error:
        what = error.problems[0].what
        raise DocumentError(document, [Problem(path="certificate or authorities", what=what, mend=AGAIN)]) from None


def _raise(document: str, *problems: Problem) -> None:
    if problems:
        raise DocumentError(document, problems)


def _own(name: str, certificate: x509.Certificate, key: rsa.RSAPrivateKey, *, is_named: bool) -> Iterator[Problem]:
    if certificate.public_key() != key.public_key():
        mend = "The certificate was made for another request; have one made from the request of this device"
        yield Problem(path="certificate", what=f"it does not belong to the key of {name} here", mend=mend)
    if not is_named:
        names = ", ".join(certificates.common_names(certificate)) or "nobody"
        yield Problem(path="certificate", what=f"it names {names}, not {name}", mend=AGAIN)


def _template(template: str, certificate: x509.Certificate, policy: ObjectId | None) -> Iterator[Problem]:
    """What the gateway and RADIUS would refuse it for; of a whole profile the signer has seen to it."""
    if policy is None:
        return
    mend = f"Have one issued by the template {template}"
    if not certificates.has_policy(certificate, policy):
        yield Problem(path="certificate", what=f"it lacks the policy {policy} of the template {template}", mend=mend)
    if not certificates.is_for_clients(certificate):
        yield Problem(path="certificate", what="it is not for client authentication", mend=mend)


def _chain(chain: tuple[x509.Certificate, ...]) -> Iterator[Problem]:
    """The root stands first and signed itself; each certificate is signed by the one before it."""
    for issuer, issued in zip((chain[0], *chain), chain, strict=False):
        if not _is_signed(issued, issuer):
            what = f"{issued.subject.rfc4514_string()} is not signed by {issuer.subject.rfc4514_string()}"
            yield Problem(path="authorities", what=what, mend=AGAIN)


def _is_signed(issued: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        issued.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False


def _dates(chain: tuple[x509.Certificate, ...], now: datetime) -> Iterator[Problem]:
    for each in chain:
        if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
            what = (
                f"{each.subject.rfc4514_string()} is valid from {each.not_valid_before_utc:%Y-%m-%d %H:%M}"
                f" to {each.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, and it is {now:%Y-%m-%d %H:%M} here"
            )
            yield Problem(path="certificate or authorities", what=what, mend="Check this device's clock, or renew")
