"""What can be asked of the ledger; read only, beside the policy service that writes it."""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evertunnel.errors import EngineUnavailable, NotFound
from evertunnel.radius.ledger import BUSY_SECONDS, DATABASE, REJECT, Session, session_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which sessions: those that are live, or those that have ended; None is no matter."""

    past: bool = False
    user: str | None = None
    device: str | None = None
    gateway: str | None = None
    since: float | None = None
    until: float | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An accounting record as it came."""

    gateway: str
    session: str
    kind: str
    number: int
    at: float
    name: str
    attributes: Mapping[str, str]


def sessions(directory: Path, query: Query) -> tuple[Session, ...]:
    """The sessions that were up at some time between `since` and `until`, the latest first."""
    text, values = statement(query)
    with _reading(directory) as connection:
        return tuple(session_of(row) for row in connection.execute(text, values))


def live(directory: Path, words: str) -> tuple[Session, ...]:
    """The live sessions with that id, or of that name at their gateway."""
    query = "SELECT * FROM ledger_session WHERE ended IS NULL AND (id = ? OR session = ?) ORDER BY id"
    with _reading(directory) as connection:
        return tuple(session_of(row) for row in connection.execute(query, (words, words)))


def statement(query: Query) -> tuple[str, tuple[object, ...]]:
    """A query in SQL, with its values."""
    where, values = _conditions(query)
    text = f"SELECT * FROM ledger_session WHERE {' AND '.join(where)} ORDER BY started DESC, id LIMIT ?"  # noqa: S608 (conditions that stand below)
    return text, (*values, query.limit)


def records(directory: Path, *, since: float, until: float) -> Iterator[Record]:
    """Every accounting record between two times, in their order."""
    query = "SELECT * FROM ledger_record WHERE at >= ? AND at < ? ORDER BY at, gateway, session, number"
    with _reading(directory) as connection:
        for row in connection.execute(query, (since, until)):
            yield _record(row)


def rejects_of(directory: Path, name: str, *, until: float, limit: int) -> tuple[Record, ...]:
    """The latest refusals of one name, as gateways reported them: a device's in its subject, or the whole identity.

    Oldest first; none where there is no ledger yet.
    """
    if not (directory / DATABASE).exists():
        return ()
    is_theirs = re.compile(rf"(^|CN=){re.escape(name)}(\.|,|$)", re.IGNORECASE)
    with _reading(directory) as connection:
        # Read one by one, because an identity is a stranger's text, and only as far back as is needed.
        rows = connection.execute(REJECTS, (REJECT, until, name))
        found = islice((_record(row) for row in rows if is_theirs.search(row["name"])), limit)
        return tuple(reversed([*found]))


REJECTS = """
SELECT * FROM ledger_record WHERE kind = ? AND at <= ? AND instr(lower(name), lower(?)) ORDER BY at DESC
"""

# A device's own tunnel has its name, a person's tunnel says which device it came from.
OF_DEVICE = """id IN (
    SELECT id FROM ledger_session WHERE device = ? UNION
    SELECT id FROM ledger_session WHERE name = ? AND tunnel = 'device'
)"""


def _conditions(query: Query) -> tuple[list[str], list[object]]:
    where, values = ["ended IS NOT NULL" if query.past else "ended IS NULL"], list[object]()
    for condition, value in (
        ("tunnel = 'user' AND name = ?", query.user),
        (OF_DEVICE, query.device),
        ("gateway = ?", query.gateway),
        ("(ended IS NULL OR ended >= ?)", query.since),
        ("started < ?", query.until),
    ):
        if value is not None:
            where.append(condition)
            values.extend([value] * condition.count("?"))
    return where, values


def _record(row: sqlite3.Row) -> Record:
    return Record(
        gateway=row["gateway"],
        session=row["session"],
        kind=row["kind"],
        number=row["number"],
        at=row["at"],
        name=row["name"],
        attributes=json.loads(row["attributes"]),
    )


@contextmanager
def _reading(directory: Path) -> Iterator[sqlite3.Connection]:
    path = directory / DATABASE
    if not path.exists():
        raise NotFound(f"{path} is not there: the ledger is kept on the policy host, once a gateway has reported to it")
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        ) as connection:
            connection.row_factory = sqlite3.Row
            yield connection
    except sqlite3.Error as error:
        raise EngineUnavailable(f"{path}: {error}") from error
