"""Sessions as the ledger on the policy host knows them, and their export for what reads NPS's logs."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from evertunnel.control_plane import world
from evertunnel.errors import DocumentError, Problem
from evertunnel.radius import ledger_queries, nps_log
from evertunnel.radius.ledger import Session
from evertunnel.radius.ledger_queries import Query
from evertunnel.radius.model import LEDGER

__all__ = ["FORMATS", "Exported", "Query", "Session", "document", "export", "sessions"]

FORMATS = tuple(nps_log.FORMATS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """How many records went into a file."""

    path: Path
    records: int


def sessions(query: Query, directory: Path = LEDGER) -> tuple[Session, ...]:
    """The sessions that a query asks for, the latest first."""
    if query.since is not None and query.until is not None and query.since >= query.until:
        raise DocumentError(
            "the command line", [Problem(path="--since", what="not before --until", mend="Give the earlier one first.")]
        )
    return ledger_queries.sessions(directory, query)


def document(session: Session) -> dict[str, object]:
    """A session for programs; `seconds` is how long it has lasted, up to its last record."""
    values = asdict(session)
    usage = values.pop("usage")
    values["class"] = values.pop("class_")
    end = session.seen if session.ended is None else session.ended
    return {**values, **usage, "seconds": int(end - session.started)}


def export(
    path: Path, *, form: str, since: float, until: float | None, computer: str, directory: Path = LEDGER
) -> Exported:
    """Writes every accounting record of a time to a file that no one else may read, whole or not at all."""
    found = ledger_queries.records(directory, since=since, until=world.now() if until is None else until)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.touch(mode=0o600)
        # newline="": each format has its own line ends.
        with fresh.open("w", encoding="utf-8", newline="") as stream:
            count = sum(1 for line in _lines(found, form, computer) if stream.write(line))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return Exported(path=path, records=count)


def _lines(found: Iterator[ledger_queries.Record], form: str, computer: str) -> Iterator[str]:
    write = nps_log.FORMATS[form]
    return (write(record, computer) for record in found)
