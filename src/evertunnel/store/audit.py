"""The audit trail: who did what to whom, written in the transaction that did it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Float, Integer, Table, Text, select

from evertunnel.store.connection import insert_many, metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who acts, and when: what every change of a record carries."""

    at: float
    actor: str

    def record(self, connection: Connection, action: str, subject: str, detail: str = "") -> None:
        """Writes this act's line."""
        self.record_all(connection, action, [(subject, detail)])

    def record_all(self, connection: Connection, action: str, subjects: Sequence[tuple[str, str]]) -> None:
        """Writes a line for each subject with its detail."""
        lines = [(self.at, self.actor, action, str(subject), str(detail)) for subject, detail in subjects]
        insert_many(connection, audit, ("at", "actor", "action", "subject", "detail"), lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the trail."""

    at: float
    actor: str
    action: str
    subject: str
    detail: str


def lines(connection: Connection, limit: int = 100) -> tuple[Line, ...]:
    """The last lines, oldest first."""
    rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)).mappings().all()
    return tuple(
        Line(**{key: row[key] for key in ("at", "actor", "action", "subject", "detail")}) for row in reversed(rows)
    )
