"""What the ledger does by itself: it ends sessions of which nothing is heard, and forgets what is old.

Always a part at a time: whoever wants to write meanwhile waits for one part, and admissions wait with them.
"""

import sqlite3

LOST = "lost"
MISSED = 3
QUIET_SECONDS = 86_400.0  # for whoever promised no interim records
PART = 200  # rows
IS_LOST = """
ended IS NULL AND max(heard, :since) + CASE WHEN interim > 0 THEN :missed * interim ELSE :quiet END < :now
"""
# Whoever only looks keeps nobody from writing: all live sessions are looked at, and hardly ever is one lost.
LOST_ONES = f"SELECT id FROM ledger_session WHERE {IS_LOST} LIMIT :part"  # noqa: S608 (the words above)
END_LOST = f"UPDATE ledger_session SET ended = seen, cause = :lost WHERE id = :id AND {IS_LOST}"  # noqa: S608 (the same)
FORGET = """
DELETE FROM ledger_session WHERE id IN (SELECT id FROM ledger_session WHERE ended < :before LIMIT :part);
DELETE FROM ledger_record WHERE (gateway, session, kind, number) IN (
    SELECT gateway, session, kind, number FROM ledger_record WHERE at < :before LIMIT :part);
DELETE FROM ledger_record WHERE (gateway, session, kind, number) IN (
    SELECT gateway, session, kind, number FROM ledger_record
    WHERE kind = 'Interim-Update' AND at < :interim_before LIMIT :part);
DELETE FROM ledger_unread WHERE rowid IN (SELECT rowid FROM ledger_unread WHERE at < :before LIMIT :part)
"""


def end_lost(connection: sqlite3.Connection, now: float, since: float) -> int:
    """Ends the sessions of which nothing was heard for too long, counted at the earliest from `since`."""
    values = {"lost": LOST, "since": since, "missed": MISSED, "quiet": QUIET_SECONDS, "now": now, "part": PART}
    total = 0
    while True:
        found = [identifier for (identifier,) in connection.execute(LOST_ONES, values)]
        with connection:
            total += connection.executemany(END_LOST, ({**values, "id": each} for each in found)).rowcount
        if len(found) < PART:
            return total


def forget(connection: sqlite3.Connection, *, before: float, interim_before: float) -> None:
    """Drops ended sessions and all records of before a time, interim records of before another."""
    for statement in FORGET.split(";"):
        _by_parts(connection, statement, {"before": before, "interim_before": interim_before})


def _by_parts(connection: sqlite3.Connection, statement: str, values: dict[str, object]) -> int:
    total = 0
    while True:
        with connection:
            count = connection.execute(statement, {**values, "part": PART}).rowcount
        total += count
        if count < PART:
            return total
