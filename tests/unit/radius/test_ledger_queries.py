import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from evertunnel.errors import EngineUnavailable, NotFound
from evertunnel.radius.ledger import DATABASE, Ledger
from evertunnel.radius.ledger_queries import Query, records, rejects_of, sessions, statement

NOW = 1_000_000.0


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    told = (
        Told("Start", "a", "alice@corp.contoso.com", "user", "laptop1", "gateway1", 0),
        Told("Start", "b", "laptop1", "device", "", "gateway1", 10),
        Told("Stop", "c", "alice@corp.contoso.com", "user", "laptop2", "gateway2", 500),
        Told("Stop", "d", "laptop1", "user", "", "gateway2", 900),
    )
    keeper = Ledger(tmp_path)
    for each in told:
        keeper.take(each.body(), NOW)
    return tmp_path


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), "ba"),
        (Query(past=True), "dc"),
        (Query(user="alice@corp.contoso.com"), "a"),
        (Query(user="laptop1"), ""),
        (Query(device="laptop1"), "ba"),
        (Query(past=True, device="laptop1"), ""),
        (Query(past=True, gateway="gateway2"), "dc"),
        (Query(past=True, since=NOW + 501), "d"),
        (Query(past=True, until=NOW + 450), "c"),
        (Query(until=NOW + 5), "a"),
        (Query(since=NOW + 5000), "ba"),
        (Query(limit=1), "b"),
    ],
)
def test_sessions_are_found_by_what_is_asked(ledger: Path, query: Query, found: str) -> None:
    assert "".join(each.session for each in sessions(ledger, query)) == found


def test_records_come_in_their_order(ledger: Path) -> None:
    assert [each.session for each in records(ledger, since=NOW + 10, until=NOW + 900)] == ["b", "c"]


def test_where_no_ledger_is_it_is_said_where_it_would_be(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="policy host"):
        sessions(tmp_path, Query())
    assert rejects_of(tmp_path, "laptop1", until=NOW, limit=5) == ()


def test_damaged_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"x" * 4096)

    with pytest.raises(EngineUnavailable, match=DATABASE):
        sessions(tmp_path, Query())


@pytest.mark.parametrize("query", [Query(user="x"), Query(device="x"), Query(past=True, user="x"), Query()])
def test_no_question_reads_all_sessions(ledger: Path, query: Query) -> None:
    text, values = statement(query)
    with closing(sqlite3.connect(ledger / DATABASE)) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]

    assert not [step for step in steps if step.startswith("SCAN ledger_session")]


@dataclass
class Told:
    status: str
    session: str
    name: str
    tunnel: str
    device: str
    gateway: str
    at: int

    def body(self) -> bytes:
        said = {
            "Acct-Status-Type": self.status,
            "Acct-Session-Id": self.session,
            "Evertunnel-Gateway": self.gateway,
            "Evertunnel-Record": 1,
            "Evertunnel-Tunnel": self.tunnel,
            "Evertunnel-Device": self.device,
            "User-Name": self.name,
            "Acct-Session-Time": 100 if self.status == "Stop" else 0,
            "Event-Timestamp": int(NOW) + self.at,
        }
        return json.dumps({name: {"type": "x", "value": [value]} for name, value in said.items()}).encode()
