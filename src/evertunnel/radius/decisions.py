"""Decisions on record: the database, what is imported into it, and reading both it and the journal.

A segment of the journal is removed only after the transaction that holds its lines is on disk; a line that is imported
twice counts once, by its decision's id.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from evertunnel import documents
from evertunnel.access import Question, Record
from evertunnel.errors import DocumentError, EngineUnavailable
from evertunnel.radius.journal import segments, whole_lines
from evertunnel.radius.wire import USER

DATABASE = "decisions.db"
DAY = 86_400.0
BUSY_SECONDS = 5.0

# Rows are large, and lie in the order in which they came: by their random ids each would go to a page of its own.
SCHEMA = """
CREATE TABLE IF NOT EXISTS decision (
    id TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL, about TEXT NOT NULL, record TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS decision_about ON decision (about, at);
CREATE INDEX IF NOT EXISTS decision_at ON decision (at);
"""

IMPORT = "INSERT OR IGNORE INTO decision VALUES (?, ?, ?, ?)"
ALLOWED = """
SELECT record FROM decision WHERE at >= ? AND json_extract(record, '$.facts.question.tunnel') = 'user'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What a record is found by."""

    id: str
    at: float
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of a record's facts: the question."""

    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Of a record's decision: the answer."""

    allow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Of a record: what was asked when, and how it was answered."""

    at: float
    facts: Asked
    decision: Said


# They look at a whole record, but make objects of nothing else in it: there are many, and each is long.
FILED, ANSWERED = msgspec.json.Decoder(Filed), msgspec.json.Decoder(Answered)


def make_database(directory: Path) -> None:
    """Makes the database, if it is not there."""
    with _writing(directory) as connection:
        connection.executescript(SCHEMA)


def import_segments(directory: Path, ended: Iterable[Path]) -> int:
    """Takes ended segments into the database, then removes them; gives how many lines they had."""
    count = 0
    for segment in ended:
        lines = whole_lines(segment)
        with _writing(directory) as connection:
            connection.executemany(IMPORT, _rows(lines))
        segment.unlink(missing_ok=True)  # another process that was ended half way may have had it, too
        count += len(lines)
    return count


def forget(directory: Path, now: float, *, days: int, rows: int) -> None:
    """Drops what is older than `days`, then the oldest beyond `rows`."""
    with _writing(directory) as connection:
        connection.execute("DELETE FROM decision WHERE at < ?", (now - days * DAY,))
        excess = "SELECT at FROM decision ORDER BY at DESC LIMIT 1 OFFSET ?"
        connection.execute(f"DELETE FROM decision WHERE at <= ({excess})", (rows,))  # noqa: S608 (both texts stand here)


def decisions_about(directory: Path, device: str, until: float, limit: int = 20) -> tuple[Record, ...]:
    """The latest decisions about a device up to a time, newest first."""
    # Segments first: a line that is imported in between is then read twice, never not at all.
    lines = [line for segment in segments(directory) for line in whole_lines(segment)]
    lines.extend(_imported(directory, device, until, limit))
    found = {record.id: record for record in _records(lines) if record.about == device and record.at <= until}
    return tuple(sorted(found.values(), key=lambda record: (record.at, record.id), reverse=True)[:limit])


def allowed_since(directory: Path, since: float) -> Iterator[Question]:
    """What was asked about users and answered with yes, oldest first."""
    lines = [line for segment in segments(directory) for line in whole_lines(segment)]
    found = [*_allowed(directory, since), *filter(None, map(_readable, lines))]
    for record in sorted(found, key=lambda each: each[0]):
        if record[0] >= since:
            yield record[1]


def _allowed(directory: Path, since: float) -> list[tuple[float, Question]]:
    path = directory / DATABASE
    if not path.exists():
        return []
    try:
        with closing(_connect(path)) as connection:
            rows = connection.execute(ALLOWED, (since,)).fetchall()
    except sqlite3.Error as error:
        raise EngineUnavailable(f"{path}: {error}") from error
    return [found for (line,) in rows if (found := _readable(line)) is not None]


def _readable(line: str) -> tuple[float, Question] | None:
    """When an allowance of a user was given, and the question."""
    try:
        answered = ANSWERED.decode(line)
    except msgspec.DecodeError:
        return None  # a torn line, or an older version's
    question = answered.facts.question
    return (answered.at, question) if answered.decision.allow and question.tunnel == USER else None


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, float, str, str]]:
    for line in lines:
        with suppress(msgspec.DecodeError):  # a torn line
            filed = FILED.decode(line)
            yield filed.id, filed.at, filed.about, line


def _imported(directory: Path, device: str, until: float, limit: int) -> list[str]:
    path = directory / DATABASE
    if not path.exists():
        return []
    query = "SELECT record FROM decision WHERE about = ? AND at <= ? ORDER BY at DESC LIMIT ?"
    try:
        with closing(_connect(path)) as connection:
            return [row[0] for row in connection.execute(query, (device, until, limit))]
    except sqlite3.Error as error:
        raise EngineUnavailable(f"{path}: {error}") from error


def _records(lines: Iterable[str]) -> Iterator[Record]:
    for line in lines:
        try:
            yield documents.from_json(Record, line, name="decision")
        except DocumentError:
            continue  # a torn line: its answer never went out


@contextmanager
def _writing(directory: Path) -> Iterator[sqlite3.Connection]:
    """One transaction, on disk when it ends."""
    with closing(_connect(directory / DATABASE)) as connection, connection:
        yield connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA synchronous = FULL")
    return connection
