"""Whether the user tunnel is asked for by a user whom we know, with their own certificate, under no other name."""

import re
from collections.abc import Callable, Iterator

from evertunnel.access import certificates
from evertunnel.access.certificates import of_certificate
from evertunnel.access.model import Check, Facts, Person, Policy
from evertunnel.access.words import Refusal, checked, moment
from evertunnel.plan.policies import Template
from evertunnel.plan.tunnels import Tunnel

EAP = "eap"
# In ASCII alone: elsewhere two letters can have one lower case.
NAME = re.compile(r"[!-?A-~]+@[A-Za-z0-9.-]+")


def checks(policy: Policy, facts: Facts, now: float) -> Iterator[Check | None]:
    """Every requirement, each on its own; None where the facts are missing that another one misses already."""
    yield _certificate(facts)
    yield _authentication(policy, facts)
    yield _template(facts)
    yield certificates.revoked(facts, now, "Have a new one issued if the user is trusted.")
    yield certificates.begun(facts, now)
    yield certificates.running(facts, now, "Renew it.")
    yield _person(facts)
    yield _same(facts)
    yield _enabled(facts)
    yield _identity(facts)
    yield _outer_identity(facts)


def claimed_name(facts: Facts) -> str:
    """The user that an identity claims to be."""
    return _name(facts.question.identity)


def _certificate(facts: Facts) -> Check:
    question, known = facts.question, certificates.is_known(facts)
    if question.phase != EAP and not question.serial:
        return checked(
            "certificate",
            "nobody was authenticated for this session",
            met=False,
            refusal=(16, "not-authenticated", "The session's user was not authenticated here. Connect again."),
        )
    return checked(
        "certificate",
        f"serial {question.serial!r} is {'known' if known else 'not known'}",
        met=known,
        refusal=(285, "certificate-unknown", "This authority issued no such certificate. Enrol the user."),
    )


def _authentication(policy: Policy, facts: Facts) -> Check:
    served = policy.served(Tunnel.USER)
    offered = tuple(each.value for each in served.eap_types) if served else ()
    return checked(
        "authentication",
        f"by {facts.question.eap_type!r}; offered are {', '.join(offered) or 'none'}",
        met=facts.question.eap_type in offered,
        refusal=(66, "eap-type-not-offered", "The user tunnel does not offer this EAP type. Check the client."),
    )


def _template(facts: Facts) -> Check | None:
    return of_certificate(
        facts,
        "template",
        observe=lambda certificate: f"template {certificate.template!r}",
        met=lambda certificate: certificate.template == Template.USER.value,
        refusal=(283, "wrong-template", "The certificate is not a VPN user's. Enrol with the user template."),
    )


def _person(facts: Facts) -> Check | None:
    person = facts.person
    return of_certificate(
        facts,
        "directory",
        observe=lambda certificate: f"{certificate.principal!r} is {'known' if person else 'not known'}",
        met=lambda certificate: person is not None and person.name == certificate.principal,
        refusal=(8, "unknown-user", "The directory does not know the user. Add them."),
    )


def _same(facts: Facts) -> Check | None:
    # A name that was removed and given again is another person's: the former one's certificate is not theirs.
    issued = facts.certificate.issued if facts.certificate else 0.0
    return _of_person(
        facts,
        "same user",
        observe=lambda person: f"added at {moment(person.added)}, the certificate is of {moment(issued)}",
        met=lambda person: issued >= person.added,
        refusal=(8, "former-user", "The certificate is older than the user's entry. Enrol the user anew."),
    )


def _enabled(facts: Facts) -> Check | None:
    return _of_person(
        facts,
        "enabled",
        observe=lambda person: "enabled" if person.enabled else "disabled",
        met=lambda person: person.enabled,
        refusal=(34, "user-disabled", "The user is disabled. Enable them in the directory."),
    )


def _identity(facts: Facts) -> Check | None:
    return _of_person(
        facts,
        "identity",
        observe=lambda person: f"{facts.question.identity!r} for {person.name}",
        met=lambda person: _name(facts.question.identity) == person.name,
        refusal=(16, "identity-mismatch", "The identity does not belong to the certificate. Check the client."),
    )


def _outer_identity(facts: Facts) -> Check | None:
    # Gateways and accounting go by the outer name: it may be no other than the one that was proved. An EAP exchange
    # always has one; later the gateway repeats it as the identity.
    question = facts.question
    outer = question.outer_name if question.outer_name or question.phase == EAP else question.identity
    return _of_person(
        facts,
        "outer identity",
        observe=lambda person: f"{outer!r} for {person.name}",
        met=lambda person: _name(outer) == person.name,
        refusal=(
            16,
            "outer-identity-mismatch",
            "The outer identity is not the user's own name. Switch identity privacy off in the client.",
        ),
    )


def _of_person(
    facts: Facts, name: str, *, observe: Callable[[Person], str], met: Callable[[Person], bool], refusal: Refusal
) -> Check | None:
    if facts.person is None:
        return None
    return checked(name, observe(facts.person), met=met(facts.person), refusal=refusal)


def _name(text: str) -> str:
    return text.lower() if NAME.fullmatch(text) else ""
