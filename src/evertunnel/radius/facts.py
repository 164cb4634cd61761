"""Facts for a decision, from store and ledger: plain SQL, because it is in the way of every admission."""

import sqlite3
from pathlib import Path

from evertunnel.access import Facts, Policy, Question
from evertunnel.access.model import Certificate, Computer, Live, Origin, Person
from evertunnel.access.origins import asked_of, asking, enough
from evertunnel.radius import model
from evertunnel.radius.ledger import DATABASE
from evertunnel.radius.origins import Origins
from evertunnel.values import Serial

LEDGER = model.LEDGER / DATABASE
BUSY_SECONDS = 0.2  # FreeRADIUS waits for a second

CERTIFICATE = """
SELECT serial, template, principal, not_before, not_after, revoked, reason, issued FROM certificate WHERE serial = ?
"""
COMPUTER = "SELECT name, kind, enabled, added FROM computer WHERE name = ?"
PERSON = "SELECT name, enabled, added, sid, address FROM directory_user WHERE name = ?"
GROUPS = """
WITH RECURSIVE nested(name) AS (
    SELECT "group" FROM membership WHERE member = ? AND member_kind = ?
    UNION
    SELECT membership."group" FROM membership JOIN nested
        ON membership.member = nested.name AND membership.member_kind = 'group'
)
SELECT name FROM nested ORDER BY name
"""
LIVE = """
SELECT session, gateway, "outer", "inner", device, started FROM ledger_session
WHERE name = ? AND ended IS NULL AND tunnel = 'user' ORDER BY started, session
"""
ORIGINS = """
SELECT DISTINCT name FROM ledger_session WHERE "outer" = ? AND ended IS NULL AND tunnel = 'device' ORDER BY name
"""


class FactsReader:
    """Read only. What the ledger has is asked for users alone; a ledger that is not there yet knows nobody.

    The devices that a user may sit at are read where one of the policy's network policies may ask for them.
    """

    def __init__(self, policy: Policy, store: Path, ledger: Path = LEDGER) -> None:
        self._store, self._ledger = Database(store), Database(ledger)
        self._asking, self._origins = asking(policy), Origins()

    def read(self, question: Question) -> Facts:
        """What is known about a question; OSError or sqlite3.Error when it cannot be asked."""
        try:
            return self._read(question)
        except BaseException:
            self._store.disconnect()
            self._ledger.disconnect()
            raise

    def _read(self, question: Question) -> Facts:
        connection = self._store.connected()
        # One transaction, so that all facts are of one moment.
        connection.execute("BEGIN")
        certificate = _certificate(connection, question)
        if certificate is None:
            facts = Facts(question=question)
        elif question.tunnel == "user":
            facts = self._of_person(connection, question, certificate)
        else:
            facts = _of_computer(connection, question, certificate)
        connection.execute("COMMIT")
        return facts

    def _of_person(self, connection: sqlite3.Connection, question: Question, certificate: Certificate) -> Facts:
        found = connection.execute(PERSON, (certificate.principal,)).fetchone()
        if found is None:
            return Facts(question=question, certificate=certificate)
        person = Person(name=found[0], enabled=found[1] == 1, added=found[2], sid=found[3], address=found[4])
        groups = _groups(connection, person.name, "user")
        live = self._live(person)
        origins, more = self._told(connection, question, groups)
        asked = [each for each in live if (each.gateway, each.session) == (question.gateway, question.session)]
        return Facts(
            question=question,
            certificate=certificate,
            person=person,
            groups=groups,
            origins=origins,
            more_origins=more,
            live=tuple(each for each in live if each not in asked),
            since=asked[0].started if asked else None,
        )

    def _live(self, person: Person) -> list[Live]:
        return [
            Live(session=row[0], gateway=row[1], outer=row[2], inner=row[3], device=row[4], started=row[5])
            for row in self._in_ledger(LIVE, person.name)
        ]

    def _told(
        self, connection: sqlite3.Connection, question: Question, groups: tuple[str, ...]
    ) -> tuple[tuple[Origin, ...], int]:
        """Devices whose tunnel comes from where the question does, as many as the answer takes; and how many more."""
        asked, outer = asked_of(self._asking, groups), address(question.outer)
        if asked is None or not outer:
            return (), 0
        devices = [name for (name,) in self._in_ledger(ORIGINS, outer)]
        return enough(self._origins.of(connection, devices), asked)

    def _in_ledger(self, query: str, value: str) -> sqlite3.Cursor | tuple[()]:
        try:
            return self._ledger.connected().execute(query, (value,))
        except FileNotFoundError:
            return ()


class Database:
    """One connection, made anew after any failure and when another file has taken the place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def connected(self) -> sqlite3.Connection:
        """The connection; FileNotFoundError where there is no file."""
        status = self._path.stat()
        file = (status.st_dev, status.st_ino)
        if self._connection is None or self._file != file:
            self.disconnect()
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
            self._file = file
        return self._connection

    def disconnect(self) -> None:
        """Drops the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def address(outer: str) -> str:
    """The address alone: in an EAP exchange charon writes 198.51.100.20[4500]."""
    return outer.partition("[")[0]


def _certificate(connection: sqlite3.Connection, question: Question) -> Certificate | None:
    row = connection.execute(CERTIFICATE, (_serial(question.serial),)).fetchone()
    if row is None:
        return None
    return Certificate(
        serial=row[0],
        template=row[1],
        principal=row[2],
        not_before=row[3],
        not_after=row[4],
        revoked=row[5],
        revoked_for=row[6],
        issued=row[7],
    )


def _of_computer(connection: sqlite3.Connection, question: Question, certificate: Certificate) -> Facts:
    found = connection.execute(COMPUTER, (certificate.principal,)).fetchone()
    if found is None:
        return Facts(question=question, certificate=certificate)
    computer = Computer(name=found[0], kind=found[1], enabled=found[2] == 1, added=found[3])
    groups = _groups(connection, computer.name, "computer")
    return Facts(question=question, certificate=certificate, computer=computer, groups=groups)


def _groups(connection: sqlite3.Connection, member: str, kind: str) -> tuple[str, ...]:
    return tuple(name for (name,) in connection.execute(GROUPS, (member, kind)))


def _serial(text: str) -> str:
    try:
        return Serial(text)
    except ValueError:
        return ""  # the serial of no certificate
