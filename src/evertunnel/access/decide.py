"""Allow or refuse a device tunnel.

Every requirement is a function of its own in CHECKS, each looks at all it can, and all must pass. A check whose facts
are missing gives nothing, because the check that misses them has refused already.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from evertunnel.access.model import Certificate, Check, Computer, Decision, Facts, Limits, Policy, Posture, Reason

TEMPLATE = "device"
SESSION_LIMIT = 2**31 - 1  # Session-Timeout is a 32-bit number (RFC 2865 5.27); some peers read it as signed

# charon writes a name in the order of the certificate, our authority writes these two last, and the organisation
# before them may hold any text: so the pair is read from the end.
IDENTITY = re.compile(r"(?:.*, )?CN=(?P<name>[A-Za-z0-9.-]+), serialNumber=(?P<serial>[0-9A-Fa-f]+)", re.DOTALL)

Refusal: TypeAlias = tuple[int, str, str]  # what becomes a Reason where a check is not met


def decide(policy: Policy, facts: Facts, now: float) -> Decision:
    """The answer to a question; refused unless everything that is required is known and good."""
    checks = tuple(made for check in CHECKS if (made := check(policy, facts, now)) is not None)
    certificate, computer = facts.certificate, facts.computer
    device = computer.name if computer else None
    if certificate is None or computer is None or not all(check.passed for check in checks):
        return Decision(allow=False, checks=checks, device=device)
    limits = Limits(session_seconds=int(min(certificate.not_after - now, SESSION_LIMIT)))
    return Decision(allow=True, checks=checks, device=device, reach=policy.reach, limits=limits)


def about(policy: Policy, facts: Facts) -> str:
    """The device that a decision is filed under: the known one, else the one that the identity claims to be."""
    if facts.certificate is not None:
        return facts.certificate.principal
    claimed = IDENTITY.fullmatch(facts.question.identity)
    return claimed["name"].lower().removesuffix(f".{policy.domain}") if claimed else ""


def _tunnel(_policy: Policy, facts: Facts, _now: float) -> Check:
    asked = facts.question.tunnel
    return _check(
        "tunnel",
        f"asked for {asked!r}",
        met=asked == "device",
        refusal=(48, "no-policy", "No network policy covers this kind of tunnel. Connect the device tunnel."),
    )


def _certificate(_policy: Policy, facts: Facts, _now: float) -> Check:
    known = facts.certificate is not None and facts.certificate.serial == _serial(facts.question.serial)
    return _check(
        "certificate",
        f"serial {facts.question.serial!r} is {'known' if known else 'not known'}",
        met=known,
        refusal=(285, "certificate-unknown", "This authority issued no such certificate. Enrol the device."),
    )


def _template(_policy: Policy, facts: Facts, _now: float) -> Check | None:
    return _of_certificate(
        facts,
        "template",
        observe=lambda certificate: f"template {certificate.template!r}",
        met=lambda certificate: certificate.template == TEMPLATE,
        refusal=(283, "wrong-template", "The certificate is not a device's. Enrol with the device template."),
    )


def _revoked(_policy: Policy, facts: Facts, _now: float) -> Check | None:
    return _of_certificate(
        facts,
        "revocation",
        observe=_revocation,
        met=lambda certificate: certificate.revoked is None,
        refusal=(289, "certificate-revoked", "The certificate is revoked. Enrol the device anew if it is trusted."),
    )


def _begun(_policy: Policy, facts: Facts, now: float) -> Check | None:
    return _of_certificate(
        facts,
        "begun",
        observe=lambda certificate: f"valid from {_moment(certificate.not_before)}, the time is {_moment(now)}",
        met=lambda certificate: certificate.not_before <= now,
        refusal=(288, "certificate-not-yet-valid", "The certificate is not valid yet. Check the clocks."),
    )


def _running(_policy: Policy, facts: Facts, now: float) -> Check | None:
    return _of_certificate(
        facts,
        "not ended",
        observe=lambda certificate: f"valid until {_moment(certificate.not_after)}, the time is {_moment(now)}",
        # Less than a second left is no session: a Session-Timeout of 0 would mean no limit to some peers.
        met=lambda certificate: certificate.not_after - now >= 1,
        refusal=(288, "certificate-expired", "The certificate has expired. Enrol the device anew."),
    )


def _computer(_policy: Policy, facts: Facts, _now: float) -> Check | None:
    computer = facts.computer
    return _of_certificate(
        facts,
        "directory",
        observe=lambda certificate: f"{certificate.principal!r} is {'known' if computer else 'not known'}",
        met=lambda certificate: computer is not None and computer.name == certificate.principal,
        refusal=(8, "unknown-device", "The directory does not know the device. Add it."),
    )


def _same(_policy: Policy, facts: Facts, _now: float) -> Check | None:
    # A name that was removed and given again is another device's: the former one's certificate is not its.
    issued = facts.certificate.issued if facts.certificate else 0.0
    return _of_computer(
        facts,
        "same device",
        observe=lambda computer: f"added at {_moment(computer.added)}, the certificate is of {_moment(issued)}",
        met=lambda computer: issued >= computer.added,
        refusal=(8, "former-device", "The certificate is older than the device's entry. Enrol the device anew."),
    )


def _kind(_policy: Policy, facts: Facts, _now: float) -> Check | None:
    return _of_computer(
        facts,
        "kind",
        observe=lambda computer: f"a {computer.kind}",
        met=lambda computer: computer.kind == "device",
        refusal=(65, "not-a-device", "The computer is not a device. Only devices may connect."),
    )


def _enabled(_policy: Policy, facts: Facts, _now: float) -> Check | None:
    return _of_computer(
        facts,
        "enabled",
        observe=lambda computer: "enabled" if computer.enabled else "disabled",
        met=lambda computer: computer.enabled,
        refusal=(34, "device-disabled", "The device is disabled. Enable it in the directory."),
    )


def _identity(policy: Policy, facts: Facts, _now: float) -> Check | None:
    return _of_computer(
        facts,
        "identity",
        observe=lambda computer: f"{facts.question.identity!r} for {computer.name}.{policy.domain}",
        met=lambda computer: _names(facts, f"{computer.name}.{policy.domain}"),
        refusal=(16, "identity-mismatch", "The identity does not belong to the certificate. Check the client."),
    )


def _groups(policy: Policy, facts: Facts, _now: float) -> Check | None:
    wanted = ", ".join(policy.groups)
    return _of_computer(
        facts,
        "groups",
        observe=lambda _: f"member of {', '.join(sorted(facts.groups)) or 'no group'}; one of {wanted} is needed",
        met=lambda _: not set(policy.groups).isdisjoint(facts.groups),
        refusal=(48, "not-in-group", f"The device is in no admitted group. Add it to one of: {wanted}."),
    )


def _posture(_policy: Policy, facts: Facts, _now: float) -> Check:
    return _check(
        "posture",
        facts.posture.value,
        met=facts.posture is not Posture.NOT_COMPLIANT,
        refusal=(65, "not-compliant", "The device is reported as not compliant. Mend it, then report again."),
    )


CHECKS: tuple[Callable[[Policy, Facts, float], Check | None], ...] = (
    _tunnel,
    _certificate,
    _template,
    _revoked,
    _begun,
    _running,
    _computer,
    _same,
    _kind,
    _enabled,
    _identity,
    _groups,
    _posture,
)


def _of_certificate(
    facts: Facts,
    name: str,
    *,
    observe: Callable[[Certificate], str],
    met: Callable[[Certificate], bool],
    refusal: Refusal,
) -> Check | None:
    if facts.certificate is None:
        return None
    return _check(name, observe(facts.certificate), met=met(facts.certificate), refusal=refusal)


def _of_computer(
    facts: Facts, name: str, *, observe: Callable[[Computer], str], met: Callable[[Computer], bool], refusal: Refusal
) -> Check | None:
    if facts.computer is None:
        return None
    return _check(name, observe(facts.computer), met=met(facts.computer), refusal=refusal)


def _check(name: str, observed: str, *, met: bool, refusal: Refusal) -> Check:
    if met:
        return Check(name=name, observed=observed)
    code, word, sentence = refusal
    return Check(name=name, observed=observed, reason=Reason(code=code, name=word, sentence=sentence))


def _revocation(certificate: Certificate) -> str:
    if certificate.revoked is None:
        return "not revoked"
    return f"revoked at {_moment(certificate.revoked)} ({certificate.revoked_for or 'no reason given'})"


def _names(facts: Facts, fqdn: str) -> bool:
    claimed = IDENTITY.fullmatch(facts.question.identity)
    if claimed is None:
        return False
    return claimed["name"].lower() == fqdn and _serial(claimed["serial"]) == _serial(facts.question.serial)


def _serial(text: str) -> str:
    """The one spelling of a serial: charon writes leading zeros and capitals as the certificate has them."""
    return text.lower().lstrip("0")


def _moment(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f}"  # beyond the calendar
