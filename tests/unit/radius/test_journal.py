import resource
import signal
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.access import Decision, Facts, Question, Record
from evertunnel.access.model import Posture
from evertunnel.radius.journal import Journal, segments, to_line, whole_lines
from evertunnel.values import GroupName


def record(name: str, at: float = 1.0) -> Record:
    facts = Facts(question=Question(tunnel="device", identity="é\n", serial="1"), posture=Posture.UNKNOWN)
    return Record(id=name, at=at, about="laptop1", facts=facts, decision=Decision(allow=False, checks=()))


def test_line_reads_back_as_the_record() -> None:
    line = to_line(record("a"))

    assert line.count(b"\n") == 1
    assert documents.from_json(Record, line, name="line") == record("a")


def test_name_of_a_type_of_its_own_is_text() -> None:
    decision = Decision(allow=True, checks=(), reach=GroupName("management"))
    written = Record(id="a", at=1.0, about="laptop1", facts=record("a").facts, decision=decision)

    assert documents.from_json(Record, to_line(written), name="line") == written


def test_what_is_no_text_does_not_stand_in_a_line() -> None:
    with pytest.raises(TypeError, match="object does not stand in a decision"):
        to_line(object())  # type: ignore[arg-type]  # of none of a record's types


def test_written_line_is_there_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(record("a"))
    journal.write(record("b"))

    (segment,) = segments(tmp_path)
    assert [line.encode() + b"\n" for line in whole_lines(segment)] == [to_line(record("a")), to_line(record("b"))]
    journal.rotate()


def test_rotation_ends_the_segment(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(record("a"))
    ended = journal.rotate()
    journal.write(record("b"))

    assert len(ended) == 1
    assert len(segments(tmp_path)) == 2
    assert len(journal.rotate()) == 2


def test_torn_line_is_no_line(tmp_path: Path) -> None:
    torn = tmp_path / "1.jsonl"
    torn.write_bytes(to_line(record("a")) + to_line(record("b"))[:-5])

    assert len(whole_lines(torn)) == 1
    assert whole_lines(tmp_path / "gone.jsonl") == ()


def test_journal_that_cannot_be_opened_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Journal(tmp_path / "missing").write(record("a"))


def test_line_that_does_not_fit_raises_and_the_next_begins_a_segment(tmp_path: Path) -> None:
    limit = len(to_line(record("a"))) + 10
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    journal = Journal(tmp_path)
    journal.write(record("a"))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        with pytest.raises(OSError, match="only 10 of"):
            journal.write(record("b"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    journal.write(record("c"))

    first, second = journal.rotate()
    assert len(whole_lines(first)) == 1
    assert len(whole_lines(second)) == 1
