"""What is asked of the certificate, whichever tunnel it is for."""

from collections.abc import Callable

from evertunnel.access.model import Certificate, Check, Facts
from evertunnel.access.words import Refusal, checked, moment


def revoked(facts: Facts, _now: float, mend: str) -> Check | None:
    """A revoked certificate opens nothing."""
    return of_certificate(
        facts,
        "revocation",
        observe=_revocation,
        met=lambda certificate: certificate.revoked is None,
        refusal=(289, "certificate-revoked", f"The certificate is revoked. {mend}"),
    )


def begun(facts: Facts, now: float) -> Check | None:
    """Nor one whose time has not come."""
    return of_certificate(
        facts,
        "begun",
        observe=lambda certificate: f"valid from {moment(certificate.not_before)}, the time is {moment(now)}",
        met=lambda certificate: certificate.not_before <= now,
        refusal=(288, "certificate-not-yet-valid", "The certificate is not valid yet. Check the clocks."),
    )


def running(facts: Facts, now: float, mend: str) -> Check | None:
    """Nor one whose time is over."""
    return of_certificate(
        facts,
        "not ended",
        observe=lambda certificate: f"valid until {moment(certificate.not_after)}, the time is {moment(now)}",
        # Less than a second left is no session: a Session-Timeout of 0 would mean no limit to some peers.
        met=lambda certificate: certificate.not_after - now >= 1,
        refusal=(288, "certificate-expired", f"The certificate has expired. {mend}"),
    )


def of_certificate(
    facts: Facts,
    name: str,
    *,
    observe: Callable[[Certificate], str],
    met: Callable[[Certificate], bool],
    refusal: Refusal,
) -> Check | None:
    """A check of the certificate; nothing where it is not known, because that has refused already."""
    if facts.certificate is None:
        return None
    return checked(name, observe(facts.certificate), met=met(facts.certificate), refusal=refusal)


def is_known(facts: Facts) -> bool:
    """Whether the certificate on record is the asked one."""
    return facts.certificate is not None and facts.certificate.serial == serial(facts.question.serial)


def serial(text: str) -> str:
    """The one spelling of a serial: charon writes leading zeros and capitals as the certificate has them."""
    return text.lower().lstrip("0")


def _revocation(certificate: Certificate) -> str:
    if certificate.revoked is None:
        return "not revoked"
    return f"revoked at {moment(certificate.revoked)} ({certificate.revoked_for or 'no reason given'})"
