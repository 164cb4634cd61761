"""A decision in plain words."""

from collections.abc import Iterator

from evertunnel.access.model import Certificate, Decision, Facts, Question, Record, Tried
from evertunnel.access.words import moment


def explain(record: Record) -> tuple[str, ...]:
    """The lines that `why` prints: what was asked, what was known, every check, the answer."""
    return (
        f"{moment(record.at)}  decision {record.id} about {_shown(record.about)}",
        *trace(record.facts, record.decision),
    )


def trace(facts: Facts, decision: Decision) -> tuple[str, ...]:
    """The same without when and about whom."""
    return (
        *_question(facts.question),
        _certificate(facts.certificate),
        *_person(facts),
        f"  groups: {', '.join(map(_shown, sorted(facts.groups))) or 'none'}",
        *(
            f"  {'passed' if check.passed else 'FAILED'}  {check.name}: {_shown(check.observed)}"
            for check in decision.checks
        ),
        *map(_tried, decision.tried),
        *_answer(decision),
    )


def _question(question: Question) -> Iterator[str]:
    gateway, tunnel, identity = map(_shown, (question.gateway, question.tunnel, question.identity))
    yield f"  asked by {gateway}: {tunnel} tunnel of {identity}"
    if question.eap_type or question.outer_name:
        yield f"  authenticated by {_shown(question.eap_type)}, under the outer name {_shown(question.outer_name)}"
    outer, inner, session = map(_shown, (question.outer, question.inner, question.session))
    yield f"  from {outer}, virtual address {inner}, session {session}"


def _certificate(certificate: Certificate | None) -> str:
    if certificate is None:
        return "  certificate: not known"
    validity = f"{moment(certificate.not_before)} to {moment(certificate.not_after)}"
    return (
        f"  certificate: {certificate.serial} ({certificate.template}) of {_shown(certificate.principal)}, {validity}"
    )


def _person(facts: Facts) -> Iterator[str]:
    person = facts.person
    if person is None:
        return
    fixed = f", fixed address {_shown(person.address)}" if person.address else ""
    yield f"  user: {_shown(person.name)}, {'enabled' if person.enabled else 'DISABLED'}{fixed}"
    for origin in facts.origins:
        yield f"  from device: {_shown(origin.device)}, member of {', '.join(map(_shown, origin.groups)) or 'no group'}"
    if facts.more_origins:
        yield f"  from device: {facts.more_origins} more, each in the same of the groups asked for as one of these"
    for live in facts.live:
        yield f"  also connected: session {_shown(live.session)} by {_shown(live.gateway)} from {_shown(live.outer)}"


def _tried(tried: Tried) -> str:
    failed = "; ".join(tried.failed)
    return f"  policy {_shown(tried.policy)}: {f'no match: {_shown(failed)}' if failed else 'MATCHES'}"


def _answer(decision: Decision) -> Iterator[str]:
    if decision.limits is None:
        for reason in decision.reasons:
            yield f"  REFUSED: NPS reason {reason.code}, {reason.name}: {_shown(reason.sentence)}"
        return
    limits = decision.limits
    more = (
        ("by policy ", decision.policy),
        ("idle at most ", limits.idle_seconds and f"{limits.idle_seconds} s"),
        ("pool ", limits.pool),
        ("address ", limits.address),
        ("class ", limits.class_),
    )
    said = "".join(f", {word}{_shown(value)}" for word, value in more if value)
    yield f"  ALLOWED: reach {decision.reach}, for {limits.session_seconds} s at most{said}"


def _shown(text: str) -> str:
    """Text from outside as it may stand on a terminal: no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text) or "(nothing)"
