"""Connections to the store's file and its transactions."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, insert, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from evertunnel.errors import EngineRejected, EngineUnavailable, NotFound

REVISION = "0002"
BUSY_SECONDS = 30  # an import of 100,000 people holds the lock for some ten
CACHE_KIBIBYTES = 65_536  # at most; SQLite takes it as it needs it

Plain = str | int | float | None

metadata = MetaData()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The store; each transaction has a connection of its own."""

    engine: Engine

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or after an exception nothing of it."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise EngineUnavailable(f"the store did not answer ({error.orig})") from error


def open_store(path: Path, *, read_only: bool = False) -> Store:
    """Opens an existing store of this version; a reader never writes to it, not even by mistake."""
    found = version(path)
    if not found:
        raise NotFound(f"{path}: there is no store. Make it by applying the plan on this host.")
    if found != REVISION:
        raise EngineRejected(
            f"{path}: the store has version {found}, this program needs {REVISION}. Apply the plan with this program."
        )
    return Store(engine=connect(path, read_only=read_only))


def insert_many(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Plain, ...]]
) -> None:
    """Inserts many rows in little time; their values are plain, in the order of the columns.

    sqlite3 takes five times as long over text of a class of our own, and SQLAlchemy as long again over a row of names.
    """
    if rows:
        statement = insert(table).compile(connection.engine, column_keys=list(columns))
        connection.exec_driver_sql(str(statement), list(rows))


def version(path: Path) -> str:
    """The version of the store at `path`, nothing where there is none."""
    if not path.exists():
        return ""
    try:
        with connect(path, read_only=True).connect() as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
    except OperationalError as error:
        if "no such table" in str(error.orig):
            return ""
        raise EngineUnavailable(f"{path}: the store cannot be read ({error.orig})") from error
    except DatabaseError as error:
        raise EngineRejected(f"{path}: this is no store ({error.orig})") from error


def connect(path: Path, *, read_only: bool) -> Engine:
    """An engine without any check of what the file holds."""

    def connect_to_file() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA query_only = ON" if read_only else "PRAGMA journal_mode = WAL")
        # What is larger than the cache is written twice, and an import holds the writers' lock meanwhile.
        connection.execute(f"PRAGMA cache_size = {-CACHE_KIBIBYTES}")
        return connection

    engine = create_engine("sqlite+pysqlite://", creator=connect_to_file, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that begins as a reader would fail, not wait, when it first writes.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
