"""Why a device or a user is in or out: the recorded decision inside, charon's own refusals on a gateway."""

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
from evertunnel.radius import decisions
from evertunnel.radius.model import DECISIONS, SETTINGS

REFUSALS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known, as lines for a person and as a document."""

    lines: tuple[str, ...]
    document: object


def explain(
    about: str,
    *,
    at: float | None,
    decided_in: Path = DECISIONS,
    refused_in: Path = KEPT / "refusals.jsonl",
    settings: Path = SETTINGS,
) -> Explanation:
    """The last decision and the last refusals about a device or a user, up to a time."""
    until = world.now() if at is None else at
    found = [(_record(decided_in, name, until), _refused(refused_in, name, until)) for name in _names(about, settings)]
    record, refused = next((each for each in found if any(each)), (None, []))
    if record is None and not refused:
        raise NotFound(
            f"nothing is recorded here about {about!r}{f' up to {_time(until)}' if at is not None else ''};"
            " decisions are kept on the policy host, what charon refused on the gateway."
            " What would be decided: evertunnel simulate"
        )
    lines = (
        *(decided.explain(record) if record else ()),
        *map(_line, refused),
    )
    document = {
        "decision": documents.write(record) if record else None,
        "refusals": [documents.write(each) for each in refused],
    }
    return Explanation(lines=lines, document=document)


def _names(about: str, settings: Path) -> tuple[str, ...]:
    """What they may be filed under: as they were named, and as a user of the organisation's own domain."""
    name = about.lower()
    here = None if "@" in name else deciding.find_applied(settings)
    return (name, f"{name}@{here.policy.domain}") if here else (name,)


def _record(directory: Path, name: str, until: float) -> Record | None:
    return next(iter(decisions.decisions_about(directory, name, until, limit=1)), None)


def _refused(journal: Path, name: str, until: float) -> list[Refusal]:
    return [each for each in Journal(journal).about(name) if each.at <= until][-REFUSALS:]


def _line(refusal: Refusal) -> str:
    own = f" (charon: {refusal.line})" if refusal.line else ""
    said = f"refused at the gateway: {refusal.identity} from {refusal.outer}: {refusal.text}{own}"
    # Identity and charon's line hold what a stranger sent.
    return f"{_time(refusal.at)}  {''.join(letter if letter.isprintable() else '?' for letter in said)}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
