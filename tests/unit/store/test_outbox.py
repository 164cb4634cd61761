from pathlib import Path

import pytest

from evertunnel.store import migrate, open_store, outbox
from evertunnel.store.outbox import Item, What


def test_rows_wait_in_order_until_they_are_done(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with open_store(path).transaction() as connection:
        outbox.put(connection, What.USER, "alice@contoso.com", 1.0)
        outbox.put(connection, What.CERTIFICATE, "5f3a9c", 2.0)

        first, second = outbox.waiting(connection)
        assert first == Item(id=first.id, at=1.0, what=What.USER, subject="alice@contoso.com")
        assert outbox.waiting(connection, limit=1) == (first,)
        outbox.finish(connection, [first.id], 3.0)

        assert outbox.waiting(connection) == (second,)


def test_a_change_that_is_taken_back_leaves_no_row(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    store = open_store(path)

    def fail() -> None:
        with store.transaction() as connection:
            outbox.put(connection, What.GROUP, "Sales", 1.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with store.transaction() as connection:
        assert outbox.waiting(connection) == ()


def test_what_waits_is_found_by_index_however_much_is_done(tmp_path: Path) -> None:
    path = tmp_path / "store" / "store.db"
    migrate(path)

    with open_store(path).transaction() as connection:
        question = "SELECT * FROM outbox WHERE done IS NULL ORDER BY id LIMIT 5"
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").all())

    assert "USING INDEX outbox_waiting" in plan
