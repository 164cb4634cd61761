"""All rules, and the two functions that ask them: of one profile, and of several together."""

from collections.abc import Iterable, Iterator, Sequence

from evertunnel.plan.model import Plan
from evertunnel.plan.windows import Windows
from evertunnel.profiles.lint import (
    authentication,
    cryptography,
    device_tunnel,
    eap,
    filters,
    general,
    lockdown,
    names,
    plan,
    reading,
    routing,
    selection,
    side_by_side,
    together,
    versions,
)
from evertunnel.profiles.lint.finding import Finding
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.set_rule import Member, SetRule, profiles_of
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.reading import Reading

RULES: tuple[Rule, ...] = (
    *reading.RULES,
    *general.RULES,
    *device_tunnel.RULES,
    *lockdown.RULES,
    *authentication.RULES,
    *eap.RULES,
    *selection.RULES,
    *cryptography.RULES,
    *routing.RULES,
    *names.RULES,
    *filters.RULES,
    *versions.RULES,
    *plan.RULES,
)

SET_RULES: tuple[SetRule, ...] = (*together.RULES, *side_by_side.RULES)
INSTEAD = {rule.code: frozenset(less.code for less in rule.instead) for rule in SET_RULES}


def check(profile: Reading, *, windows: Windows | None = None, against: Plan | None = None) -> tuple[Finding, ...]:
    """All findings, by line. Of which Windows there is talk the plan says where the caller does not."""
    return _sorted(_alone(_subject(profile, windows, against)))


def check_together(
    profiles: Sequence[tuple[str, Reading]], *, windows: Windows | None = None, against: Plan | None = None
) -> tuple[tuple[Finding, ...], ...]:
    """All findings of each profile, with what shows only beside the others; each is given with its file."""
    members = [Member(file=file, subject=_subject(reading, windows, against)) for file, reading in profiles]
    together = profiles_of(members)
    found = [each for rule in SET_RULES for each in rule.findings(together)]
    beside = [[finding for on, finding in found if on is member] for member in members]
    pairs = zip(members, beside, strict=True)
    return tuple(_sorted(_joined(said, _alone(member.subject))) for member, said in pairs)


def _subject(profile: Reading, windows: Windows | None, against: Plan | None) -> Subject:
    oldest = against.clients.windows if windows is None and against is not None else windows
    return Subject(reading=profile, windows=oldest, plan=against)


def _alone(subject: Subject) -> Iterator[Finding]:
    return (finding for rule in RULES for finding in rule.findings(subject))


def _joined(beside: Sequence[Finding], alone: Iterable[Finding]) -> list[Finding]:
    """Both, without what a rule over several profiles says better at the same place."""
    better = {(less, finding.path) for finding in beside for less in INSTEAD[finding.code]}
    return [*beside, *(finding for finding in alone if (finding.code, finding.path) not in better)]


def _sorted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.code, finding.path, finding.why)))
