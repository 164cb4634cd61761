"""Why a device is in or out: the recorded decision inside, charon's own refusals on a gateway."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evertunnel import documents
from evertunnel.access import why as decided
from evertunnel.control_plane import world
from evertunnel.errors import NotFound
from evertunnel.gateway.refusals import Journal, Refusal
from evertunnel.gateway.render import KEPT
from evertunnel.radius import decisions
from evertunnel.radius.model import DECISIONS

REFUSALS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known, as lines for a person and as a document."""

    lines: tuple[str, ...]
    document: object


def explain(
    device: str, *, at: float | None, decided_in: Path = DECISIONS, refused_in: Path = KEPT / "refusals.jsonl"
) -> Explanation:
    """The last decision and the last refusals about a device, up to a time."""
    until = world.now() if at is None else at
    record = next(iter(decisions.decisions_about(decided_in, device, until, limit=1)), None)
    refused = [each for each in Journal(refused_in).about(device) if each.at <= until][-REFUSALS:]
    if record is None and not refused:
        raise NotFound(
            f"nothing is recorded here about {device!r}{f' up to {_time(until)}' if at is not None else ''};"
            " decisions are kept on the policy host, what charon refused on the gateway"
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


def _line(refusal: Refusal) -> str:
    own = f" (charon: {refusal.line})" if refusal.line else ""
    said = f"refused at the gateway: {refusal.identity} from {refusal.outer}: {refusal.text}{own}"
    # Identity and charon's line hold what a stranger sent.
    return f"{_time(refusal.at)}  {''.join(letter if letter.isprintable() else '?' for letter in said)}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
