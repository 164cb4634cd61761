import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from evertunnel.access import Decision, Facts, Question, Record
from evertunnel.drivers.host.processes import spawn
from evertunnel.errors import EngineUnavailable
from evertunnel.radius.decisions import DATABASE, decisions_about, forget, import_segments, make_database
from evertunnel.radius.journal import Journal, segments

# Writes decisions and imports them until it is killed; says each one once it is written.
WRITER = """
import sys, threading
from pathlib import Path
from evertunnel.access import Decision, Facts, Question, Record
from evertunnel.radius.decisions import import_segments, make_database
from evertunnel.radius.journal import Journal
directory = Path(sys.argv[1])
make_database(directory)
journal = Journal(directory)
def keep_importing():
    while True:
        import_segments(directory, journal.rotate())
threading.Thread(target=keep_importing, daemon=True).start()
facts = Facts(question=Question(tunnel="device", identity="x", serial="1"))
for number in range(1_000_000):
    name = f"{sys.argv[2]}-{number}"
    journal.write(Record(id=name, at=number, about="laptop1", facts=facts, decision=Decision(allow=False, checks=())))
    sys.stdout.write(name + chr(10))
    sys.stdout.flush()
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make_database(tmp_path)
    return tmp_path


def test_decisions_are_read_from_journal_and_database(directory: Path) -> None:
    journal = Journal(directory)
    journal.write(record("a", 1))
    import_segments(directory, journal.rotate())
    journal.write(record("b", 2))
    journal.write(record("c", 3, about="laptop2"))

    assert ids(directory, until=10) == ["b", "a"]
    assert ids(directory, until=1) == ["a"]
    assert [each.id for each in decisions_about(directory, "laptop1", 10, limit=1)] == ["b"]
    journal.rotate()


def test_imported_segments_are_gone(directory: Path) -> None:
    journal = Journal(directory)
    journal.write(record("a", 1))

    assert import_segments(directory, journal.rotate()) == 1
    assert segments(directory) == ()


def test_segment_imported_twice_counts_once(directory: Path) -> None:
    journal = Journal(directory)
    journal.write(record("a", 1))
    (segment,) = journal.rotate()
    copy = segment.read_bytes()
    import_segments(directory, [segment])
    segment.write_bytes(copy)

    assert ids(directory, until=10) == ["a"]
    import_segments(directory, [segment])
    assert ids(directory, until=10) == ["a"]


def test_lines_without_id_time_or_name_are_not_imported(directory: Path) -> None:
    lines = ('{"at":1,"about":"laptop1"}', '{"id":"a","about":"laptop1"}', '{"id":"a","at":1}', "{}", "torn")
    (directory / "1.jsonl").write_text("\n".join((*lines, '{"id":"b","at":1,"about":"laptop1"}', "")))

    import_segments(directory, segments(directory))

    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        assert connection.execute("SELECT id FROM decision").fetchall() == [("b",)]


def test_a_database_that_was_made_with_another_layout_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        connection.execute(
            "CREATE TABLE decision (id TEXT PRIMARY KEY, at REAL NOT NULL, about TEXT NOT NULL, record TEXT NOT NULL)"
            " WITHOUT ROWID"
        )
    make_database(tmp_path)
    journal = Journal(tmp_path)
    journal.write(record("a", 1))
    import_segments(tmp_path, journal.rotate())

    assert ids(tmp_path, until=10) == ["a"]


def test_what_is_no_decision_is_skipped(directory: Path) -> None:
    (directory / "1.jsonl").write_bytes(b'not json\n{"id": 1}\n{}\n[]\n' + b"torn")

    assert ids(directory, until=10) == []
    import_segments(directory, segments(directory))
    assert ids(directory, until=10) == []


def test_old_and_excess_decisions_are_forgotten(directory: Path) -> None:
    journal = Journal(directory)
    for day in range(10):
        journal.write(record(f"{day}", day * 86_400.0))
    import_segments(directory, journal.rotate())

    forget(directory, 9 * 86_400.0, days=5, rows=100)
    assert ids(directory, until=1e9) == ["9", "8", "7", "6", "5", "4"]
    forget(directory, 9 * 86_400.0, days=5, rows=2)
    assert ids(directory, until=1e9) == ["9", "8"]


def test_nothing_there_yet_is_no_decision(tmp_path: Path) -> None:
    assert decisions_about(tmp_path, "laptop1", 10) == ()


def test_broken_database_is_said(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database" * 100)

    with pytest.raises(EngineUnavailable, match="not a database"):
        decisions_about(tmp_path, "laptop1", 10)


def test_no_written_decision_is_lost_by_kill_at_any_moment(tmp_path: Path) -> None:
    said: set[str] = set()
    for run, lines in enumerate((1, 7, 40, 200, 333)):
        said |= killed_after(tmp_path, run, lines)

    kept = {each.id for each in decisions_about(tmp_path, "laptop1", 1e9, limit=1_000_000)}

    assert len(said) >= 581
    assert said <= kept


def killed_after(directory: Path, run: int, lines: int) -> set[str]:
    argv = [sys.executable, "-c", WRITER, str(directory), str(run)]
    with spawn(argv) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.readlines()
    return {line.decode().strip() for line in said if line.endswith(b"\n")}


def ids(directory: Path, *, until: float) -> list[str]:
    return [each.id for each in decisions_about(directory, "laptop1", until)]


def record(name: str, at: float, about: str = "laptop1") -> Record:
    facts = Facts(question=Question(tunnel="device", identity="x", serial="1"))
    return Record(id=name, at=at, about=about, facts=facts, decision=Decision(allow=False, checks=()))
