"""All rules, and the one function that asks them."""

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
    versions,
)
from evertunnel.profiles.lint.finding import Finding
from evertunnel.profiles.lint.rule import Rule
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


def check(profile: Reading, *, windows: Windows | None = None, against: Plan | None = None) -> tuple[Finding, ...]:
    """All findings, by line. Of which Windows there is talk the plan says where the caller does not."""
    oldest = against.clients.windows if windows is None and against is not None else windows
    subject = Subject(reading=profile, windows=oldest, plan=against)
    found = [finding for rule in RULES for finding in rule.findings(subject)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.code, finding.path, finding.why)))
