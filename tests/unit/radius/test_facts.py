import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evertunnel.access import Facts, Question
from evertunnel.access.model import Certificate, Computer
from evertunnel.radius.facts import FactsReader
from evertunnel.store.migrate import migrate


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store" / "store.db"
    migrate(path)
    change(
        path,
        "INSERT INTO computer VALUES ('laptop1', 'device', 1, 7), ('laptop2', 'device', 0, 0)",
        "INSERT INTO directory_group VALUES ('Laptops'), ('VPN Devices'), ('Everyone'), ('Others')",
        "INSERT INTO membership VALUES ('laptop1', 'computer', 'Laptops'), ('Laptops', 'group', 'VPN Devices'),"
        " ('VPN Devices', 'group', 'Everyone'), ('Everyone', 'group', 'Laptops'), ('laptop1', 'group', 'Others')",
        "INSERT INTO certificate VALUES ('5f', 'device', 'laptop1', '', 1, 2, '', 8, NULL, NULL),"
        " ('6a', 'device', 'laptop2', '', 1, 2, '', 0, 3, 'superseded'),"
        " ('7b', 'device', 'gone', '', 1, 2, '', 0, NULL, NULL)",
    )
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(template.read_bytes())
    return path


def test_known_device_has_its_nested_groups_even_in_a_circle(store: Path) -> None:
    question = asked("5f")

    assert FactsReader(store).read(question) == Facts(
        question=question,
        certificate=Certificate(
            serial="5f", template="device", principal="laptop1", not_before=1, not_after=2, issued=8
        ),
        computer=Computer(name="laptop1", kind="device", enabled=True, added=7),
        groups=("Everyone", "Laptops", "VPN Devices"),
    )


def test_serial_is_found_in_any_spelling(store: Path) -> None:
    assert FactsReader(store).read(asked("005F")).certificate is not None


@pytest.mark.parametrize("serial", ["", "0", "zz", "5f'; --", "5f3", "%"])
def test_unknown_serial_has_no_facts(store: Path, serial: str) -> None:
    assert FactsReader(store).read(asked(serial)) == Facts(question=asked(serial))


def test_disabled_and_revoked_are_seen(store: Path) -> None:
    facts = FactsReader(store).read(asked("6a"))

    assert facts.computer == Computer(name="laptop2", kind="device", enabled=False)
    assert facts.certificate is not None
    assert (facts.certificate.revoked, facts.certificate.revoked_for) == (3, "superseded")
    assert facts.groups == ()


def test_principal_that_left_the_directory_is_no_computer(store: Path) -> None:
    assert FactsReader(store).read(asked("7b")).computer is None


def test_change_is_seen_at_the_next_reading(store: Path) -> None:
    reader = FactsReader(store)
    reader.read(asked("5f"))
    change(store, "UPDATE computer SET enabled = 0")

    computer = reader.read(asked("5f")).computer

    assert computer is not None
    assert not computer.enabled


def test_store_that_took_the_place_of_another_is_read(store: Path, template: Path) -> None:
    reader = FactsReader(store)
    reader.read(asked("5f"))
    other = store.with_name("other.db")
    other.write_bytes(template.read_bytes())
    change(other, "DELETE FROM certificate")
    other.replace(store)

    assert reader.read(asked("5f")).certificate is None


def test_store_away_raises_and_is_read_again_when_it_is_back(store: Path) -> None:
    reader = FactsReader(store)
    away = store.rename(store.with_name("away.db"))
    with pytest.raises(OSError, match="No such file"):
        reader.read(asked("5f"))
    away.rename(store)

    assert reader.read(asked("5f")).certificate is not None


def test_broken_store_raises(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database" * 1000)

    with pytest.raises(sqlite3.Error):
        FactsReader(path).read(asked("5f"))


def asked(serial: str) -> Question:
    return Question(tunnel="device", identity="x", serial=serial)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
