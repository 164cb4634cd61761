"""Whether the device tunnel is asked for by a device that we know, under its own name, with its own certificate."""

import re
from collections.abc import Callable, Iterator

from evertunnel.access import certificates
from evertunnel.access.certificates import of_certificate
from evertunnel.access.model import Check, Computer, Facts, Policy
from evertunnel.access.words import Refusal, checked, moment
from evertunnel.plan.policies import Template

# charon writes a name in the order of the certificate, our authority writes these two last, and the organisation
# before them may hold any text: so the pair is read from the end.
IDENTITY = re.compile(r"(?:.*, )?CN=(?P<name>[A-Za-z0-9.-]+), serialNumber=(?P<serial>[0-9A-Fa-f]+)", re.DOTALL)

ENROL = "Enrol the device anew"


def checks(policy: Policy, facts: Facts, now: float) -> Iterator[Check | None]:
    """Every requirement, each on its own; None where the facts are missing that another one misses already."""
    yield _certificate(facts)
    yield _template(facts)
    yield certificates.revoked(facts, now, f"{ENROL} if it is trusted.")
    yield certificates.begun(facts, now)
    yield certificates.running(facts, now, f"{ENROL}.")
    yield _computer(facts)
    yield _same(facts)
    yield _kind(facts)
    yield _enabled(facts)
    yield _identity(policy, facts)


def claimed_name(policy: Policy, facts: Facts) -> str:
    """The device that an identity claims to be, if it is one of the organisation's."""
    claimed = IDENTITY.fullmatch(facts.question.identity)
    return claimed["name"].lower().removesuffix(f".{policy.domain}") if claimed else ""


def _certificate(facts: Facts) -> Check:
    known = certificates.is_known(facts)
    return checked(
        "certificate",
        f"serial {facts.question.serial!r} is {'known' if known else 'not known'}",
        met=known,
        refusal=(285, "certificate-unknown", "This authority issued no such certificate. Enrol the device."),
    )


def _template(facts: Facts) -> Check | None:
    return of_certificate(
        facts,
        "template",
        observe=lambda certificate: f"template {certificate.template!r}",
        met=lambda certificate: certificate.template == Template.DEVICE.value,
        refusal=(283, "wrong-template", "The certificate is not a device's. Enrol with the device template."),
    )


def _computer(facts: Facts) -> Check | None:
    computer = facts.computer
    return of_certificate(
        facts,
        "directory",
        observe=lambda certificate: f"{certificate.principal!r} is {'known' if computer else 'not known'}",
        met=lambda certificate: computer is not None and computer.name == certificate.principal,
        refusal=(8, "unknown-device", "The directory does not know the device. Add it."),
    )


def _same(facts: Facts) -> Check | None:
    # A name that was removed and given again is another device's: the former one's certificate is not its.
    issued = facts.certificate.issued if facts.certificate else 0.0
    return _of_computer(
        facts,
        "same device",
        observe=lambda computer: f"added at {moment(computer.added)}, the certificate is of {moment(issued)}",
        met=lambda computer: issued >= computer.added,
        refusal=(8, "former-device", "The certificate is older than the device's entry. Enrol the device anew."),
    )


def _kind(facts: Facts) -> Check | None:
    return _of_computer(
        facts,
        "kind",
        observe=lambda computer: f"a {computer.kind}",
        met=lambda computer: computer.kind == "device",
        refusal=(65, "not-a-device", "The computer is not a device. Only devices may connect."),
    )


def _enabled(facts: Facts) -> Check | None:
    return _of_computer(
        facts,
        "enabled",
        observe=lambda computer: "enabled" if computer.enabled else "disabled",
        met=lambda computer: computer.enabled,
        refusal=(34, "device-disabled", "The device is disabled. Enable it in the directory."),
    )


def _identity(policy: Policy, facts: Facts) -> Check | None:
    return _of_computer(
        facts,
        "identity",
        observe=lambda computer: f"{facts.question.identity!r} for {computer.name}.{policy.domain}",
        met=lambda computer: _names(facts, f"{computer.name}.{policy.domain}"),
        refusal=(16, "identity-mismatch", "The identity does not belong to the certificate. Check the client."),
    )


def _of_computer(
    facts: Facts, name: str, *, observe: Callable[[Computer], str], met: Callable[[Computer], bool], refusal: Refusal
) -> Check | None:
    if facts.computer is None:
        return None
    return checked(name, observe(facts.computer), met=met(facts.computer), refusal=refusal)


def _names(facts: Facts, fqdn: str) -> bool:
    claimed = IDENTITY.fullmatch(facts.question.identity)
    if claimed is None:
        return False
    same_serial = certificates.serial(claimed["serial"]) == certificates.serial(facts.question.serial)
    return claimed["name"].lower() == fqdn and same_serial
