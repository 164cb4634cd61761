import sqlite3
from contextlib import closing
from pathlib import Path

from evertunnel.radius.ledger import DATABASE, DAY, Ledger
from evertunnel.radius.ledger_queries import Query, sessions
from evertunnel.radius.ledger_tidying import LOST, PART

NOW = 1_800_000_000.0
ROW = "INSERT INTO ledger_session VALUES (?,'g',?,'user','n','','','','','',?,?,?,?,'','',60,0,0,0,0)"


def test_what_is_lost_ends_to_the_last_however_much_it_is(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.tidy(NOW)
    many = 2 * PART + 1
    put(tmp_path, [(f"g/{n}", str(n), NOW, NOW, NOW, None) for n in range(many)])

    lost = ledger.tidy(NOW + 181)

    assert lost == many
    assert {each.cause for each in sessions(tmp_path, Query(past=True, limit=many + 1))} == {LOST}
    assert sessions(tmp_path, Query()) == ()


def test_what_is_old_is_forgotten_to_the_last_and_the_rest_stays(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.tidy(NOW)
    old, many = NOW - 400 * DAY - 1, 2 * PART + 1
    put(tmp_path, [(f"g/{n}", str(n), old, old, old, old) for n in range(many)])
    put(tmp_path, [("g/young", "young", NOW, NOW, NOW, NOW), ("g/live", "live", old, NOW, NOW, None)])
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        records = [("g", str(n), kind, 1, at, "n", "{}") for n, (kind, at) in enumerate(RECORDS * many)]
        connection.executemany("INSERT INTO ledger_record VALUES (?, ?, ?, ?, ?, ?, ?)", records)
        connection.executemany("INSERT INTO ledger_unread VALUES (?, ?)", [(old, b"x"), (NOW, b"y")])

    ledger.forget(NOW, days=400, interim_days=30)

    assert [each.session for each in sessions(tmp_path, Query(past=True))] == ["young"]
    assert [each.session for each in sessions(tmp_path, Query())] == ["live"]
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        kept = connection.execute("SELECT kind, at, count(*) FROM ledger_record GROUP BY kind, at ORDER BY kind, at")
        assert kept.fetchall() == [("Interim-Update", NOW, many), ("Stop", NOW - 31 * DAY, many)]
        assert connection.execute("SELECT body FROM ledger_unread").fetchall() == [(b"y",)]


RECORDS = [
    ("Start", NOW - 401 * DAY),
    ("Interim-Update", NOW - 31 * DAY),
    ("Interim-Update", NOW),
    ("Stop", NOW - 31 * DAY),
]


def put(directory: Path, rows: list[tuple[str, str, float, float, float, float | None]]) -> None:
    with closing(sqlite3.connect(directory / DATABASE)) as connection, connection:
        connection.executemany(ROW, rows)
