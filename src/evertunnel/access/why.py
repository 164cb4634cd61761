"""A decision in plain words."""

from datetime import UTC, datetime

from evertunnel.access.model import Certificate, Decision, Question, Record


def explain(record: Record) -> tuple[str, ...]:
    """The lines that `why` prints: what was asked, what was known, every check, the answer."""
    facts, decision = record.facts, record.decision
    return (
        f"{_time(record.at)}  decision {record.id} about {_shown(record.about)}",
        *_question(facts.question),
        _certificate(facts.certificate),
        f"  groups: {', '.join(map(_shown, sorted(facts.groups))) or 'none'}",
        *(
            f"  {'passed' if check.passed else 'FAILED'}  {check.name}: {_shown(check.observed)}"
            for check in decision.checks
        ),
        *_answer(decision),
    )


def _question(question: Question) -> tuple[str, ...]:
    outer, inner, session = map(_shown, (question.outer, question.inner, question.session))
    return (
        f"  asked by {_shown(question.gateway)}: {_shown(question.tunnel)} tunnel of {_shown(question.identity)}",
        f"  from {outer}, virtual address {inner}, session {session}",
    )


def _certificate(certificate: Certificate | None) -> str:
    if certificate is None:
        return "  certificate: not known"
    validity = f"{_time(certificate.not_before)} to {_time(certificate.not_after)}"
    return (
        f"  certificate: {certificate.serial} ({certificate.template}) of {_shown(certificate.principal)}, {validity}"
    )


def _answer(decision: Decision) -> tuple[str, ...]:
    if decision.limits is not None:
        return (f"  ALLOWED: reach {decision.reach}, for {decision.limits.session_seconds} s at most",)
    return tuple(
        f"  REFUSED: NPS reason {reason.code}, {reason.name}: {reason.sentence}" for reason in decision.reasons
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _shown(text: str) -> str:
    """Text from outside as it may stand on a terminal: no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text) or "(nothing)"
