import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from evertunnel.errors import EngineRejected, EngineUnavailable, NotFound
from evertunnel.store import REVISION, migrate, open_store, version


def test_missing_store_is_not_found_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no store"):
        open_store(tmp_path / "store.db")
    assert list(tmp_path.iterdir()) == []
    assert version(tmp_path / "store.db") == ""


def test_failed_transaction_leaves_nothing(db: Path) -> None:
    def fail() -> None:
        with open_store(db).transaction() as connection:
            connection.execute(text("INSERT INTO directory_group VALUES ('Staff')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert _groups(db) == []


def test_reader_cannot_write(db: Path) -> None:
    insert = text("INSERT INTO directory_group VALUES ('Staff')")

    with (
        pytest.raises(EngineUnavailable, match="readonly"),
        open_store(db, read_only=True).transaction() as connection,
    ):
        connection.execute(insert)
    with open_store(db).transaction() as connection:
        connection.execute(insert)

    assert _groups(db) == ["Staff"]


def test_reader_does_not_wait_for_a_writer_and_sees_what_was_committed(db: Path) -> None:
    with open_store(db).transaction() as writer:
        writer.execute(text("INSERT INTO directory_group VALUES ('Staff')"))
        assert _groups(db) == []
    assert _groups(db) == ["Staff"]


def test_second_writer_waits_for_the_first(db: Path) -> None:
    def add(name: str) -> None:
        with open_store(db).transaction() as connection:
            connection.execute(text("SELECT count(*) FROM directory_group")).all()
            connection.execute(text("INSERT INTO directory_group VALUES (:name)"), {"name": name})

    threads = [threading.Thread(target=add, args=(f"g{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(_groups(db)) == 8


def test_foreign_keys_are_enforced(db: Path) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"), open_store(db).transaction() as connection:
        connection.execute(text("INSERT INTO membership VALUES ('laptop1', 'computer', 'No such group')"))


def test_store_of_another_version_is_refused(db: Path) -> None:
    with open_store(db).transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert version(db) == "9999"
    with pytest.raises(EngineRejected, match=f"has version 9999, this program needs {REVISION}"):
        open_store(db)


def test_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"hello, I am no database" * 100)

    with pytest.raises(EngineRejected, match="no store"):
        open_store(tmp_path / "x.db")


def _groups(db: Path) -> list[str]:
    with open_store(db, read_only=True).transaction() as connection:
        return [str(name) for name in connection.scalars(text("SELECT name FROM directory_group"))]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    return path
