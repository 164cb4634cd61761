"""The audit trail: who did what to whom, written in the transaction that did it."""

from dataclasses import dataclass

from sqlalchemy import Column, Connection, Float, Integer, Table, Text, insert, select

from evertunnel.store.connection import metadata

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
        record(connection, at=self.at, actor=self.actor, action=action, subject=subject, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the trail."""

    at: float
    actor: str
    action: str
    subject: str
    detail: str


def record(connection: Connection, at: float, actor: str, action: str, subject: str, detail: str) -> None:
    """Writes one line."""
    connection.execute(insert(audit).values(at=at, actor=actor, action=action, subject=subject, detail=detail))


def lines(connection: Connection, limit: int = 100) -> tuple[Line, ...]:
    """The last lines, oldest first."""
    rows = connection.execute(select(audit).order_by(audit.c.id.desc()).limit(limit)).mappings().all()
    return tuple(
        Line(**{key: row[key] for key in ("at", "actor", "action", "subject", "detail")}) for row in reversed(rows)
    )
