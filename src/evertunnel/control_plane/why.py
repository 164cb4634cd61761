"""Why a device or a user is in or out: the recorded decision, and who was refused before anybody was asked.

Inside, that is what FreeRADIUS refused and what gateways reported; on a gateway, what its charon refused.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evertunnel import documents
from evertunnel.access import Record
from evertunnel.access import why as decided
from evertunnel.control_plane import deciding, world
from evertunnel.errors import NotFound
from evertunnel.gateway.refusals import Journal, Refusal
from evertunnel.gateway.render import KEPT
from evertunnel.radius import decisions, ledger_queries
from evertunnel.radius.failures import Failure, failures_about
from evertunnel.radius.ledger_queries import Record as Reported
from evertunnel.radius.model import DECISIONS, LEDGER, SETTINGS

REFUSALS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known, as lines for a person and as a document."""

    lines: tuple[str, ...]
    document: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is recorded under one name."""

    record: Record | None = None
    refused: tuple[Refusal, ...] = ()
    reported: tuple[Reported, ...] = ()
    failed: tuple[Failure, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """The decision, then the refusals, oldest first."""
        found = [
            *((each.at, _line(each)) for each in self.refused),
            *((each.at, _report_line(each)) for each in self.reported),
            *((each.at, _failure_line(each)) for each in self.failed),
        ]
        # Identities, charon's lines and certificates hold what a stranger sent.
        plain = ("".join(letter if letter.isprintable() else "?" for letter in line) for _, line in sorted(found))
        return (*(decided.explain(self.record) if self.record else ()), *plain)

    def document(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "decision": documents.write(self.record) if self.record else None,
            "refusals": [documents.write(each) for each in self.refused],
            "reported": [documents.write(each) for each in self.reported],
            "failures": [documents.write(each) for each in self.failed],
        }


def explain(
    about: str,
    *,
    at: float | None,
    decided_in: Path = DECISIONS,
    refused_in: Path = KEPT / "refusals.jsonl",
    ledger: Path = LEDGER,
    settings: Path = SETTINGS,
) -> Explanation:
    """The last decision and the last refusals about a device or a user, up to a time."""
    until = world.now() if at is None else at
    found = (
        Found(
            record=_record(decided_in, name, until),
            refused=_refused(refused_in, name, until),
            reported=ledger_queries.rejects_of(ledger, name, until=until, limit=REFUSALS),
            failed=failures_about(ledger, name, until, REFUSALS),
        )
        for name in _names(about, settings)
    )
    best = next((each for each in found if each != Found()), None)
    if best is None:
        raise NotFound(
            f"nothing is recorded here about {about!r}{f' up to {_time(until)}' if at is not None else ''};"
            " decisions are kept on the policy host, what charon refused on the gateway."
            " What would be decided: evertunnel simulate"
        )
    return Explanation(lines=best.lines(), document=best.document())


def _names(about: str, settings: Path) -> tuple[str, ...]:
    """What they may be filed under: as they were named, and as a user of the organisation's own domain."""
    name = about.lower()
    here = None if "@" in name else deciding.find_applied(settings)
    return (name, f"{name}@{here.policy.domain}") if here else (name,)


def _record(directory: Path, name: str, until: float) -> Record | None:
    return next(iter(decisions.decisions_about(directory, name, until, limit=1)), None)


def _refused(journal: Path, name: str, until: float) -> tuple[Refusal, ...]:
    return tuple(each for each in Journal(journal).about(name) if each.at <= until)[-REFUSALS:]


def _line(refusal: Refusal) -> str:
    own = f" (charon: {refusal.line})" if refusal.line else ""
    return _said(refusal.at, "refused at the gateway", refusal.identity, refusal.outer, f"{refusal.text}{own}")


def _report_line(record: Reported) -> str:
    said = record.attributes
    outer = said.get("Calling-Station-Id") or said.get("Tunnel-Client-Endpoint", "")
    why = said.get("Evertunnel-Cause", "it does not say why")
    return _said(record.at, f"refused at {record.gateway}, as that reported", record.name, outer, why)


def _failure_line(failure: Failure) -> str:
    what = f"refused by FreeRADIUS, asked by {failure.gateway}"
    claimed = f"{failure.name} (claimed)" + (f", certificate {failure.serial}" if failure.serial else "")
    times = f"; {failure.times} times" if failure.times > 1 else ""
    return _said(failure.at, what, claimed, failure.outer, f"{failure.text}{times} (FreeRADIUS: {failure.words})")


def _said(at: float, what: str, who: str, outer: str, why: str) -> str:
    return f"{_time(at)}  {what}: {who}{f' from {outer}' if outer else ''}: {why}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
