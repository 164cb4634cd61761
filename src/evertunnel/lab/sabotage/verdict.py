"""Whether a sabotage was noticed: for what it breaks, and not because something else went wrong beside it."""

import re
from collections.abc import Iterator

from evertunnel.lab.claim import Claim, Outcome, Status
from evertunnel.lab.report import Report
from evertunnel.lab.sabotage.table import Sabotage
from evertunnel.lab.world import World


def flaws(sabotage: Sabotage, report: Report) -> tuple[str, ...]:
    """Why it does not count as noticed; nothing where every claim turned red for it and every control held."""
    if not report.outcomes:
        return ("nothing was claimed",)
    return tuple(flaw for claim, outcome in report.outcomes for flaw in _flaws(sabotage, claim, outcome))


def _flaws(sabotage: Sabotage, claim: Claim[World], outcome: Outcome) -> Iterator[str]:
    red = [probe for probe in outcome.probes if not probe.held]
    if outcome.status is not Status.FAILED:
        yield f"{claim.id}: {outcome.status.value}"
    elif not any(re.fullmatch(sabotage.shows, probe.observed) for probe in red):
        seen = "; ".join(str(probe) for probe in red) or outcome.reason
        yield f"{claim.id}: failed, but nothing observed is like {sabotage.shows!r}: {seen}"
    if claim.control and outcome.control.status is not Status.HELD:
        yield f"{claim.id}: its control {outcome.control.status.value}"
