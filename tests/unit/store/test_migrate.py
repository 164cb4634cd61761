import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

import evertunnel.directory.records
import evertunnel.directory.tables
import evertunnel.pki.records
import evertunnel.store.audit
import evertunnel.store.outbox  # noqa: F401 (each declares its tables)
from evertunnel.errors import EngineRejected
from evertunnel.store import REVISION, metadata, migrate, open_store
from evertunnel.store import migrate as migrate_module
from evertunnel.store.connection import connect


def test_migrating_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    before = path.read_bytes()

    migrate(path)

    assert path.read_bytes() == before


def test_nobody_else_may_read_the_store(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)

    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o007 == 0


def test_declared_tables_are_those_that_migrations_make(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)

    inspector = inspect(open_store(path).engine)
    for table in metadata.tables.values():
        assert [column["name"] for column in inspector.get_columns(table.name)] == [c.name for c in table.columns]


def test_this_programs_version_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate_module.__code__.co_filename).parent / "migrations"))

    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_newer_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with open_store(path).transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(EngineRejected, match="cannot be brought up to date"):
        migrate(path)


def test_a_first_versions_store_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    config = Config()
    config.set_main_option("script_location", str(Path(migrate_module.__code__.co_filename).parent / "migrations"))
    with connect(path, read_only=False).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO directory_group VALUES ('Staff'), ('Sales')"))
        connection.execute(
            text("INSERT INTO membership VALUES ('laptop1', 'computer', 'Staff'), ('Sales', 'group', 'Staff')")
        )

    migrate(path)

    with open_store(path).transaction() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT * FROM membership ORDER BY member"))]
        assert rows == [("Sales", "group", "Staff"), ("laptop1", "computer", "Staff")]
        connection.execute(text("INSERT INTO membership VALUES ('alice@contoso.com', 'user', 'Staff')"))
    for wrong in ("'x', 'robot', 'Staff'", "'x', 'user', 'Nobody'"):
        with pytest.raises(IntegrityError), open_store(path).transaction() as connection:
            connection.execute(text(f"INSERT INTO membership VALUES ({wrong})"))  # noqa: S608 (the texts above)


def test_policys_questions_use_indexes(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    questions = (
        """SELECT "group" FROM membership WHERE member = 'x' AND member_kind = 'computer'""",
        """SELECT "group" FROM membership WHERE member = 'x' AND member_kind = 'user'""",
        """SELECT member FROM membership WHERE "group" = 'x' AND member_kind = 'user' ORDER BY member""",
        "SELECT * FROM directory_user WHERE name = 'x'",
        "SELECT serial FROM certificate WHERE principal = 'x'",
    )

    with open_store(path).transaction() as connection:
        plans = [str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").all()) for question in questions]

    assert all("USING" in plan and "SCAN" not in plan for plan in plans)
