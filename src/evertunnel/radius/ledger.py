"""The ledger: who was connected, from where, for how long, and how much went through. One SQLite file, plain SQL.

Every accounting record is kept once, in whatever order and however often it comes; a session's row is what its records
say together. Counters only grow, so the highest count; a Stop ends a session, and what comes late changes no end. A
session of which nothing is heard for three intervals is ended as lost, at its last word, until a late word revives it.

A record is in the kernel's hands when `take` returns. Only check points wait for the disk, which are made on another
thread: `take` is called where admissions are answered.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from evertunnel.drivers.radius_values import Usage
from evertunnel.radius.accounting_wire import Report, read_report
from evertunnel.radius.ledger_tidying import LOST, end_lost, forget

DATABASE = "ledger.db"
BUSY_SECONDS = 2.0
TAKE_BUSY_SECONDS = 0.2  # FreeRADIUS waits for a second, and admissions wait meanwhile
SAME_START = 10.0  # seconds by which two records may tell the same session's start differently
DAY = 86_400.0
STOP, START, REJECT = "Stop", "Start", "Tunnel-Reject"
RESTARTS = ("Accounting-On", "Accounting-Off")

SCHEMA = """
CREATE TABLE IF NOT EXISTS ledger_session (
    id TEXT PRIMARY KEY, gateway TEXT NOT NULL, session TEXT NOT NULL, tunnel TEXT NOT NULL, name TEXT NOT NULL,
    device TEXT NOT NULL, "outer" TEXT NOT NULL, "inner" TEXT NOT NULL, policy TEXT NOT NULL, class TEXT NOT NULL,
    started REAL NOT NULL, seen REAL NOT NULL, heard REAL NOT NULL, ended REAL, cause TEXT NOT NULL, text TEXT NOT NULL,
    interim INTEGER NOT NULL, in_octets INTEGER NOT NULL, out_octets INTEGER NOT NULL, in_packets INTEGER NOT NULL,
    out_packets INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ledger_session_name ON ledger_session (name, ended);
CREATE INDEX IF NOT EXISTS ledger_session_device ON ledger_session (device, ended);
CREATE INDEX IF NOT EXISTS ledger_session_outer ON ledger_session ("outer", ended);
CREATE INDEX IF NOT EXISTS ledger_session_inner ON ledger_session ("inner", ended);
CREATE INDEX IF NOT EXISTS ledger_session_gateway ON ledger_session (gateway, started);
CREATE INDEX IF NOT EXISTS ledger_session_pair ON ledger_session (gateway, session);
CREATE INDEX IF NOT EXISTS ledger_session_ended ON ledger_session (ended);
CREATE TABLE IF NOT EXISTS ledger_record (
    gateway TEXT NOT NULL, session TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL,
    name TEXT NOT NULL, attributes TEXT NOT NULL, PRIMARY KEY (gateway, session, kind, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ledger_record_at ON ledger_record (at);
CREATE INDEX IF NOT EXISTS ledger_record_kind ON ledger_record (kind, at);
CREATE TABLE IF NOT EXISTS ledger_unread (at REAL NOT NULL, body BLOB NOT NULL);
"""

# Fields whose column is called otherwise: by what Python keeps for itself, and by what SQL does.
COLUMNS = {"class_": "class", "outer": '"outer"', "inner": '"inner"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as the ledger tells of it; `seen` is the time of its last record, `heard` when one came last."""

    id: str
    gateway: str
    session: str
    tunnel: str
    name: str
    device: str
    outer: str
    inner: str
    policy: str
    class_: str
    started: float
    seen: float
    heard: float
    ended: float | None = None
    cause: str = ""
    text: str = ""
    interim: int = 0
    usage: Usage = field(default_factory=Usage)


class Ledger:
    """The one writer; `take` may run in one thread and the rest in another."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / DATABASE
        self._connection: sqlite3.Connection | None = None
        self._listens_since: float | None = None

    def take(self, body: bytes, now: float) -> None:
        """Keeps what FreeRADIUS handed over; OSError or sqlite3.Error if it is not kept.

        What cannot be read is kept, too, as it came: refusing it would stop all that waits behind it.
        """
        try:
            report = read_report(body, now)
        except ValueError:
            with self._writing() as connection:
                connection.execute("INSERT INTO ledger_unread VALUES (?, ?)", (now, body))
            return
        with self._writing() as connection:
            _take(connection, report, now)

    def tidy(self, now: float) -> int:
        """Ends the sessions that are lost; gives how many."""
        if self._listens_since is None:
            self._listens_since = now
        with closing(_connect(self._path)) as connection:
            # Whoever was silent while nobody listened is not lost yet.
            return end_lost(connection, now, self._listens_since)

    def check_point(self) -> None:
        """Takes what is in the log into the ledger, and waits for the disk, so that `take` never has to."""
        with closing(_connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def forget(self, now: float, *, days: int, interim_days: int) -> None:
        """Drops ended sessions and all records after `days`, interim records sooner."""
        with closing(_connect(self._path)) as connection:
            forget(connection, before=now - days * DAY, interim_before=now - interim_days * DAY)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._connection is None:
                self._connection = _connect(self._path, TAKE_BUSY_SECONDS)
            with self._connection:
                yield self._connection
        except BaseException:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            raise


def merged(before: Session | None, report: Report, identifier: str, now: float) -> Session:
    """A session with what one more record says of it."""
    started = report.at if report.started is None else report.started
    if before is None:
        before = _beginning(report, identifier, started, now)
    newer = report.at >= before.seen
    late_word = before.cause == LOST and report.at > before.seen
    after = replace(
        before,
        started=min(before.started, started),
        seen=max(before.seen, report.at),
        heard=max(before.heard, now),
        ended=None if late_word else before.ended,
        cause="" if late_word else before.cause,
        interim=report.interim or before.interim,
        usage=before.usage.highest(report.usage),
        **_words(before, report, newer=newer),
    )
    if report.status == STOP:
        return replace(after, ended=report.at, cause=report.cause or "User-Request", text=report.text)
    return after


def _beginning(report: Report, identifier: str, started: float, now: float) -> Session:
    return Session(
        id=identifier,
        gateway=report.gateway,
        session=report.session,
        tunnel=report.tunnel,
        name=report.name,
        device=report.device,
        outer=report.outer,
        inner=report.inner,
        policy=report.policy,
        class_=report.class_,
        started=started,
        seen=report.at,
        heard=now,
    )


def _words(before: Session, report: Report, *, newer: bool) -> dict[str, str]:
    """What a session is called now: the latest record that says it."""
    names = ("tunnel", "name", "device", "outer", "inner", "policy", "class_")
    first, second = (report, before) if newer else (before, report)
    return {name: getattr(first, name) or getattr(second, name) for name in names}


def _take(connection: sqlite3.Connection, report: Report, now: float) -> None:
    if _is_known(connection, report):
        return
    number = int(report.at) if report.number is None else report.number
    connection.execute(
        "INSERT OR IGNORE INTO ledger_record VALUES (?, ?, ?, ?, ?, ?, ?)",
        (report.gateway, report.session, report.status, number, report.at, report.name, _attributes(report)),
    )
    if report.status in RESTARTS:
        # RFC 2866 5.1: the sender has begun anew, and knows no session of before.
        connection.execute(
            "UPDATE ledger_session SET ended = ?, cause = 'NAS-Reboot' WHERE gateway = ? AND ended IS NULL"
            " AND started < ?",
            (report.at, report.gateway, report.at),
        )
    elif report.status != REJECT:
        identifier, before = _find(connection, report)
        _write(connection, before, merged(before, report, identifier, now))


def _is_known(connection: sqlite3.Connection, report: Report) -> bool:
    key = (report.gateway, report.session, report.status)
    if report.number is not None:
        query = "SELECT 1 FROM ledger_record WHERE gateway = ? AND session = ? AND kind = ? AND number = ?"
        return connection.execute(query, (*key, report.number)).fetchone() is not None
    # Not numbered: a record that is sent again differs in its delay alone, and its time may be reckoned a second off.
    query = """SELECT 1 FROM ledger_record
        WHERE gateway = ? AND session = ? AND kind = ? AND number BETWEEN ? AND ? AND attributes = ?"""
    around = (int(report.at) - 2, int(report.at) + 2)
    return connection.execute(query, (*key, *around, _attributes(report))).fetchone() is not None


def _find(connection: sqlite3.Connection, report: Report) -> tuple[str, Session | None]:
    """The session of a record. Other vendors' servers give the same id again after a restart."""
    plain = f"{report.gateway}/{report.session}"
    query = "SELECT * FROM ledger_session WHERE gateway = ? AND session = ? ORDER BY started DESC"
    same = [session_of(row) for row in connection.execute(query, (report.gateway, report.session))]
    if report.number is not None or not same:
        return plain, same[0] if same else None
    if report.started is None:
        fitting = [each for each in same if each.started <= report.at]
    else:
        fitting = [each for each in same if abs(each.started - report.started) <= SAME_START]
    if fitting:
        return fitting[0].id, fitting[0]
    return f"{plain}@{int(report.at if report.started is None else report.started)}", None


def _write(connection: sqlite3.Connection, before: Session | None, after: Session) -> None:
    row = _row(after)
    if before is None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO ledger_session ({names}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 (names that stand below)
        return
    old = _row(before)
    # What has not changed is not named: SQLite writes every index that has a named column anew.
    changed = {name: value for name, value in row.items() if value != old[name]}
    if changed:
        sets = ", ".join(f"{name} = ?" for name in changed)
        connection.execute(f"UPDATE ledger_session SET {sets} WHERE id = ?", (*changed.values(), after.id))  # noqa: S608 (the same)


def _row(session: Session) -> dict[str, object]:
    row = {COLUMNS.get(name, name): getattr(session, name) for name in Session.__slots__ if name != "usage"}
    return {**row, **{name: getattr(session.usage, name) for name in Usage.__slots__}}


def session_of(row: sqlite3.Row) -> Session:
    """A row of `ledger_session`."""
    names = ("in_octets", "out_octets", "in_packets", "out_packets")
    values = {("class_" if name == "class" else name): row[name] for name in row.keys() if name not in names}  # noqa: SIM118 (a Row iterates over values)
    return Session(**values, usage=Usage(**{name: row[name] for name in names}))


def _attributes(report: Report) -> str:
    kept = {name: value for name, value in report.attributes.items() if name != "Acct-Delay-Time"}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True)


def _make(path: Path) -> None:
    """Puts an empty ledger there, whole from its first moment: who reads beside shall find its tables."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".ledger.") as unready:
        fresh = Path(unready) / path.name
        with closing(sqlite3.connect(fresh)) as connection:
            connection.executescript(SCHEMA)
        with suppress(FileExistsError):
            path.hardlink_to(fresh)  # never over one that another thread has made


def _connect(path: Path, seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    if not path.exists():
        _make(path)
    connection = sqlite3.connect(path, timeout=seconds)
    connection.row_factory = sqlite3.Row
    # With a write-ahead log nothing waits for the disk but the check points; killing the process loses nothing.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 20000")
    connection.executescript(SCHEMA)
    return connection
