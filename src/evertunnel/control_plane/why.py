"""Why a device is in or out: the recorded decision inside, charon's own refusals on a gateway."""

from dataclasses import dataclass
from datetime import UTC, datetime

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


def explain(device: str, *, at: float | None) -> Explanation:
    """The last decision and the last refusals about a device, up to a time."""
    until = world.now() if at is None else at
    record = next(iter(decisions.decisions_about(DECISIONS, device, until, limit=1)), None)
    refused = [each for each in Journal(KEPT / "refusals.jsonl").about(device) if each.at <= until][-REFUSALS:]
    if record is None and not refused:
        raise NotFound(
            f"nothing is recorded here about {device!r}; decisions are kept on the policy host,"
            " what charon refused on the gateway"
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
    moment = datetime.fromtimestamp(refusal.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    own = f" (charon: {refusal.line})" if refusal.line else ""
    return f"{moment}  refused at the gateway: {refusal.identity} from {refusal.outer}: {refusal.text}{own}"
