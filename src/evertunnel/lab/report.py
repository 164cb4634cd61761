"""The report of a rehearsal, schema 1: for machines, and as a pinned promise to those who read it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evertunnel.lab.claim import Claim, Outcome, Probe, Status

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that came of a rehearsal."""

    plan: str
    versions: Mapping[str, str]
    seconds: float
    outcomes: Sequence[tuple[Claim[Any], Outcome]]

    def count(self, status: Status) -> int:
        """How many claims came out so."""
        return sum(outcome.status is status for _, outcome in self.outcomes)

    @property
    def green(self) -> bool:
        """Whether something was claimed, and every claim and its control held."""
        return bool(self.outcomes) and self.count(Status.HELD) == len(self.outcomes)

    def document(self) -> dict[str, object]:
        """The report as it is written."""
        return {
            "schema": SCHEMA,
            "plan": self.plan,
            "versions": dict(sorted(self.versions.items())),
            "seconds": round(self.seconds, 3),
            "claims": [_claim(claim, outcome) for claim, outcome in self.outcomes],
        }

    def json(self) -> str:
        """The report as text."""
        return json.dumps(self.document(), indent=1) + "\n"


def _claim(claim: Claim[Any], outcome: Outcome) -> dict[str, object]:
    return {
        "id": claim.id,
        "step": claim.step,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "control": {
            "status": outcome.control.status.value,
            "probes": [_probe(probe) for probe in outcome.control.probes],
        },
        "probes": [_probe(probe) for probe in outcome.probes],
        "seconds": round(outcome.seconds, 3),
    }


def _probe(probe: Probe) -> dict[str, str]:
    return {"host": probe.host, "command": probe.command, "expected": probe.expected, "observed": probe.observed}
