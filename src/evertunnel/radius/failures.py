"""Whom FreeRADIUS refused by itself, because the certificate proved nothing: no decision, but kept for `why`.

Nothing in it is believed, and whoever can reach a gateway can cause it. So it lies apart from decisions and ledger,
what comes again counts up, and of the rest the latest are kept: so many in all, and so many from one address.
"""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from evertunnel.errors import EngineUnavailable
from evertunnel.radius import wire

DATABASE = "failures.db"
MOST, MOST_OF_ONE = 10_000, 100
BUSY_SECONDS = 0.2
LONGEST = 300

SCHEMA = """
CREATE TABLE IF NOT EXISTS failure (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, name TEXT NOT NULL, gateway TEXT NOT NULL, "outer" TEXT NOT NULL,
    serial TEXT NOT NULL, words TEXT NOT NULL, times INTEGER NOT NULL,
    UNIQUE (name, gateway, "outer", serial, words)
);
CREATE INDEX IF NOT EXISTS failure_at ON failure (at);
CREATE INDEX IF NOT EXISTS failure_outer ON failure ("outer", at);
"""
KEEP = """
INSERT INTO failure (at, name, gateway, "outer", serial, words, times) VALUES (?, ?, ?, ?, ?, ?, 1)
ON CONFLICT DO UPDATE SET at = excluded.at, times = times + 1
"""
TRIM_ONE = """
DELETE FROM failure WHERE id IN (SELECT id FROM failure WHERE "outer" = ? ORDER BY at DESC LIMIT -1 OFFSET ?)
"""
TRIM = "DELETE FROM failure WHERE id IN (SELECT id FROM failure ORDER BY at DESC LIMIT -1 OFFSET ?)"
ABOUT = """
SELECT at, name, gateway, "outer", serial, words, times FROM failure
WHERE name = ? AND at <= ? ORDER BY at DESC LIMIT ?
"""

# OpenSSL's words, which stand first of what FreeRADIUS says, and what they mean.
MEANINGS: Mapping[str, str] = {
    r"unsuitable certificate purpose": "the certificate is not for signing in to a VPN (one for e-mail, it may be)",
    r"certificate has expired": "the certificate has expired",
    r"certificate is not yet valid": "the certificate is not valid yet; or a clock is wrong",
    r"certificate revoked": "the certificate is on the revocation list",
    r"unable to get certificate CRL|CRL has expired": "there is no good revocation list here, so nobody gets in",
    r"issuer certificate|self.signed": "the certificate is another authority's, or came without its issuing one",
    r"Alert read:fatal": "the device did not accept this server's certificate, or gave up",
}
UNKNOWN = "FreeRADIUS does not say why in words known here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What was seen of it: the name that was claimed, and FreeRADIUS's own first words."""

    at: float
    name: str
    gateway: str
    outer: str
    serial: str
    words: str
    times: int = 1

    @property
    def text(self) -> str:
        """The words in ours."""
        return next((text for pattern, text in MEANINGS.items() if re.search(pattern, self.words)), UNKNOWN)


def read_failure(body: bytes, now: float) -> Failure:
    """The failure in a request's body; ValueError if there is none."""
    document = wire.read_document(body)
    said = {
        name: str(attribute["value"][0])[:LONGEST]
        for name, attribute in document.items()
        if isinstance(attribute, Mapping) and isinstance(attribute.get("value"), list) and attribute["value"]
    }
    name = said.get("Evertunnel-Outer-Name") or said.get("User-Name")
    if not name:
        raise ValueError("nobody is named")
    return Failure(
        at=now,
        name=name.lower(),
        gateway=said.get("NAS-Identifier") or said.get("Evertunnel-Client", ""),
        outer=said.get("Calling-Station-Id", "").partition("[")[0],
        serial=said.get("TLS-Client-Cert-Serial", ""),
        words=said.get("Module-Failure-Message", ""),
    )


class Failures:
    """The one writer."""

    def __init__(self, directory: Path, *, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._path, self._most, self._most_of_one = directory / DATABASE, most, most_of_one

    def keep(self, failure: Failure) -> None:
        """Keeps one, and lets go what is too much; sqlite3.Error if it cannot."""
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS)) as connection, connection:
            # Losing some of it with the power is no loss, and nobody shall wait for the disk.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(SCHEMA)
            values = (failure.at, failure.name, failure.gateway, failure.outer, failure.serial, failure.words)
            connection.execute(KEEP, values)
            connection.execute(TRIM_ONE, (failure.outer, self._most_of_one))
            connection.execute(TRIM, (self._most,))


def failures_about(directory: Path, name: str, until: float, limit: int) -> tuple[Failure, ...]:
    """The latest failures of who claimed a name, oldest first."""
    path = directory / DATABASE
    if not path.exists():
        return ()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2)) as connection:
            rows = connection.execute(ABOUT, (name.lower(), until, limit)).fetchall()
    except sqlite3.Error as error:
        raise EngineUnavailable(f"{path}: {error}") from error
    names = ("at", "name", "gateway", "outer", "serial", "words", "times")
    return tuple(Failure(**dict(zip(names, row, strict=True))) for row in reversed(rows))
