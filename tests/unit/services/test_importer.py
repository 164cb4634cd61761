import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access import Decision, Facts, Policy, Question, Record
from evertunnel.drivers.host.worker import Worker
from evertunnel.errors import EngineRejected
from evertunnel.radius.decisions import DATABASE, decisions_about
from evertunnel.radius.journal import Journal, segments
from evertunnel.radius.model import PolicySettings, Tokens
from evertunnel.services.importer import COMMAND, FORGET_SECONDS, Importer, Order, import_once, work
from evertunnel.values import Fqdn, Secret

NOW = 1_000_000.0


def test_process_imports_what_it_is_told_and_forgets_nothing_that_is_young(tmp_path: Path) -> None:
    journal, worker = Journal(tmp_path), Worker(COMMAND)
    importer = Importer(settings(tmp_path), worker)
    try:
        for identifier in ("a", "b"):
            journal.write(record(identifier, NOW * 1e6))
            importer.take(journal.rotate())
            assert segments(tmp_path) == ()
    finally:
        worker.close()

    assert {found.id for found in decisions_about(tmp_path, "laptop1", NOW * 1e6)} == {"a", "b"}


def test_process_that_cannot_import_says_so_and_the_journal_stays(tmp_path: Path) -> None:
    journal, worker = Journal(tmp_path), Worker(COMMAND)
    (tmp_path / DATABASE).write_bytes(b"no database" * 100)
    journal.write(record("a", NOW))
    try:
        with pytest.raises(EngineRejected, match="not imported"):
            Importer(settings(tmp_path), worker).take(journal.rotate())
    finally:
        worker.close()

    assert len(segments(tmp_path)) == 1


def test_failure_is_said_and_the_next_order_is_carried_out(tmp_path: Path) -> None:
    journal, said = Journal(tmp_path), list[str]()
    journal.write(record("a", NOW))
    good = documents.to_json(order(tmp_path, journal.rotate())).replace("\n", " ")
    bad = documents.to_json(order(tmp_path / "nowhere", ())).replace("\n", " ")

    work([bad, good], said.append, lambda: NOW)

    assert said == ["failed", "done"]
    assert segments(tmp_path) == ()


def test_what_is_old_is_forgotten_once_an_hour(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(record("old", NOW - 2 * 86_400))

    again = import_once(order(tmp_path, journal.rotate()), forget_at=NOW + 1, now=NOW)
    kept = count(tmp_path)
    later = import_once(order(tmp_path, ()), forget_at=again, now=NOW + 1)

    assert kept == 1
    assert count(tmp_path) == 0
    assert later == NOW + 1 + FORGET_SECONDS


def order(directory: Path, ended: tuple[Path, ...]) -> Order:
    return Order(directory=directory, ended=ended, days=1, rows=10)


def settings(directory: Path) -> PolicySettings:
    policy = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(), reach="management")
    tokens = Tokens(asks=Secret("asks"), answers=Secret("answers"))
    return PolicySettings(tokens=tokens, policy=policy, decisions=directory)


def record(identifier: str, at: float) -> Record:
    facts = Facts(question=Question(tunnel="device", identity="x", serial="1"))
    return Record(id=identifier, at=at, about="laptop1", facts=facts, decision=Decision(allow=False, checks=()))


def count(directory: Path) -> int:
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        return int(connection.execute("SELECT count(*) FROM decision").fetchone()[0])
