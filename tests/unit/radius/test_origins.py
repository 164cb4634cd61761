import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evertunnel.access.model import Origin
from evertunnel.radius.origins import Origins, origins
from evertunnel.store.migrate import migrate

LAPTOP1 = Origin(device="laptop1", groups=("Everyone", "Laptops", "VPN Devices"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("template") / "store.db"
    migrate(path)
    change(
        path,
        "INSERT INTO computer VALUES ('laptop1', 'device', 1, 0), ('laptop2', 'device', 0, 0), ('h3', 'device', 1, 0)",
        "INSERT INTO directory_group VALUES ('Laptops'), ('VPN Devices'), ('Everyone'), ('Others')",
        "INSERT INTO membership VALUES ('laptop1', 'computer', 'Laptops'), ('Laptops', 'group', 'VPN Devices'),"
        " ('VPN Devices', 'group', 'Everyone'), ('Everyone', 'group', 'Laptops'), ('laptop1', 'group', 'Others'),"
        " ('laptop2', 'computer', 'Laptops'), ('laptop1', 'user', 'Others')",
    )
    return path.read_bytes()


@pytest.fixture
def store(template: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(template)
    return path


@pytest.fixture
def connection(store: Path) -> Iterator[sqlite3.Connection]:
    with closing(reader(store)) as connection:
        yield connection


def test_devices_have_their_nested_groups_and_disabled_and_unknown_ones_none(connection: sqlite3.Connection) -> None:
    assert tuple(origins(connection, ["kiosk1", "laptop1", "laptop2", "h3"])) == (
        Origin(device="kiosk1"),
        LAPTOP1,
        Origin(device="laptop2"),
        Origin(device="h3"),
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE computer SET enabled = 0 WHERE name = 'laptop1'",
        "DELETE FROM computer WHERE name = 'laptop1'",
        "DELETE FROM membership WHERE member = 'laptop1'",
    ],
)
def test_a_change_is_seen_at_the_next_reading_and_no_later(
    store: Path, connection: sqlite3.Connection, statement: str
) -> None:
    remembered = Origins()
    assert in_transaction(remembered, connection) == (LAPTOP1,)
    assert in_transaction(remembered, connection) == (LAPTOP1,)

    change(store, statement)

    assert in_transaction(remembered, connection) == (Origin(device="laptop1"),)


def test_what_is_read_is_of_the_transactions_moment(store: Path, connection: sqlite3.Connection) -> None:
    remembered = Origins()
    connection.execute("BEGIN")
    connection.execute("SELECT * FROM computer").fetchall()
    change(store, "UPDATE computer SET enabled = 0")

    assert remembered.of(connection, ["laptop1"]) == (LAPTOP1,)
    connection.execute("COMMIT")
    assert in_transaction(remembered, connection) == (Origin(device="laptop1"),)


def test_another_connection_is_believed_nothing_of_the_former(store: Path, connection: sqlite3.Connection) -> None:
    remembered = Origins()
    in_transaction(remembered, connection)
    change(store, "UPDATE computer SET enabled = 0")

    with closing(reader(store)) as other:
        assert in_transaction(remembered, other) == (Origin(device="laptop1"),)


def test_what_is_remembered_is_not_read_again(store: Path, connection: sqlite3.Connection) -> None:
    asked: list[str] = []
    remembered = Origins()
    connection.set_trace_callback(asked.append)

    first = remembered.of(connection, ["laptop1", "laptop2"])
    reading = len(asked)
    second = remembered.of(connection, ["laptop2", "laptop1"])

    assert second == first[::-1]
    assert asked[reading:] == ["PRAGMA data_version"]


def in_transaction(remembered: Origins, connection: sqlite3.Connection) -> tuple[Origin, ...]:
    connection.execute("BEGIN")
    found = remembered.of(connection, ["laptop1"])
    connection.execute("COMMIT")
    return found


def reader(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, isolation_level=None)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
