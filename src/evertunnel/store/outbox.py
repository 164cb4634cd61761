"""The outbox: what may have to end a live session, written in the transaction that took the access away.

Whoever delivers reads `waiting`, has the gateways ask again about the subject, and marks the row `done` once they have
acknowledged; a row that is not done is delivered again. A removed group's members are known no more: its row concerns
every session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Column, Connection, Float, Index, Integer, Table, Text, insert, select, update

from evertunnel.store.connection import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("done", Float),
)
Index("outbox_waiting", outbox.c.id, sqlite_where=outbox.c.done.is_(None))


class What(Enum):
    """What the subject of a row is."""

    USER = "user"
    DEVICE = "device"
    CERTIFICATE = "certificate"
    GROUP = "group"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row that is not delivered yet."""

    id: int
    at: float
    what: What
    subject: str


def put(connection: Connection, what: What, subject: str, at: float) -> None:
    """Writes one row."""
    connection.execute(insert(outbox).values(at=at, what=what.value, subject=subject))


def waiting(connection: Connection, limit: int = 1000, *, after: int = 0) -> tuple[Item, ...]:
    """What is to be delivered, of what came after a row, oldest first."""
    chosen = select(outbox).where(outbox.c.done.is_(None), outbox.c.id > after).order_by(outbox.c.id).limit(limit)
    return tuple(
        Item(id=row["id"], at=row["at"], what=What(row["what"]), subject=row["subject"])
        for row in connection.execute(chosen).mappings()
    )


def finish(connection: Connection, ids: Iterable[int], at: float) -> None:
    """Marks rows as delivered; the first time stays."""
    for each in ids:
        connection.execute(update(outbox).where(outbox.c.id == each, outbox.c.done.is_(None)).values(done=at))
