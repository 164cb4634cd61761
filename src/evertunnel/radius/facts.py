"""Facts for a decision, straight from the store's file: plain SQL, because it is in the way of every admission."""

import sqlite3
from pathlib import Path

from evertunnel.access import Facts, Question
from evertunnel.access.model import Certificate, Computer
from evertunnel.values import Serial

BUSY_SECONDS = 0.2  # FreeRADIUS waits for a second

CERTIFICATE = """
SELECT serial, template, principal, not_before, not_after, revoked, reason, issued FROM certificate WHERE serial = ?
"""
COMPUTER = "SELECT name, kind, enabled, added FROM computer WHERE name = ?"
GROUPS = """
WITH RECURSIVE nested(name) AS (
    SELECT "group" FROM membership WHERE member = ? AND member_kind = 'computer'
    UNION
    SELECT membership."group" FROM membership JOIN nested
        ON membership.member = nested.name AND membership.member_kind = 'group'
)
SELECT name FROM nested ORDER BY name
"""


class FactsReader:
    """One connection, read only, made anew after any failure and when another file has taken the store's place."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def read(self, question: Question) -> Facts:
        """What the store knows about a question; OSError or sqlite3.Error when it cannot be asked."""
        try:
            return self._read(self._connected(), question)
        except BaseException:
            self._disconnect()
            raise

    def _read(self, connection: sqlite3.Connection, question: Question) -> Facts:
        # One transaction, so that all facts are of one moment.
        connection.execute("BEGIN")
        facts = _facts(connection, question)
        connection.execute("COMMIT")
        return facts

    def _connected(self) -> sqlite3.Connection:
        status = self._store.stat()
        file = (status.st_dev, status.st_ino)
        if self._connection is None or self._file != file:
            self._disconnect()
            uri = f"{self._store.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
            self._file = file
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _facts(connection: sqlite3.Connection, question: Question) -> Facts:
    row = connection.execute(CERTIFICATE, (_serial(question.serial),)).fetchone()
    if row is None:
        return Facts(question=question)
    certificate = Certificate(
        serial=row[0],
        template=row[1],
        principal=row[2],
        not_before=row[3],
        not_after=row[4],
        revoked=row[5],
        revoked_for=row[6],
        issued=row[7],
    )
    found = connection.execute(COMPUTER, (certificate.principal,)).fetchone()
    if found is None:
        return Facts(question=question, certificate=certificate)
    computer = Computer(name=found[0], kind=found[1], enabled=found[2] == 1, added=found[3])
    groups = tuple(name for (name,) in connection.execute(GROUPS, (computer.name,)))
    return Facts(question=question, certificate=certificate, computer=computer, groups=groups)


def _serial(text: str) -> str:
    try:
        return Serial(text)
    except ValueError:
        return ""  # the serial of no certificate
