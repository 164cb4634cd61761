from pathlib import Path

import pytest

from evertunnel.access import Decision, Facts, Question, Record
from evertunnel.access.model import Tried
from evertunnel.control_plane.why import explain
from evertunnel.errors import NotFound
from evertunnel.gateway import refusals
from evertunnel.gateway.refusals import Refusal
from evertunnel.radius.decisions import make_database
from evertunnel.radius.journal import Journal


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    make_database(tmp_path)
    journal = Journal(tmp_path)
    facts = Facts(question=Question(tunnel="device", identity="CN=laptop1", serial="1"))
    decision = Decision(allow=False, checks=())
    journal.write(Record(id="4f", at=100.0, about="laptop1", facts=facts, decision=decision))
    journal.rotate()
    kept = tmp_path / "refusals.jsonl"
    refusals.Journal(kept).append(
        Refusal(
            at=200.0,
            identity="CN=laptop1.corp.contoso.com\x1b[2J",
            outer="198.51.100.20",
            reason="untrusted",
            text="its certificate is not ours",
            line="no trusted key",
        )
    )
    return {"decided_in": tmp_path, "refused_in": kept, "settings": tmp_path / "no.json"}


def test_decision_and_refusals_are_told_without_control_characters(places: dict[str, Path]) -> None:
    found = explain("laptop1", at=None, **places)

    assert "decision 4f about laptop1" in found.lines[0]
    assert found.lines[-1].startswith("1970-01-01 00:03:20Z  refused at the gateway: CN=laptop1.corp.contoso.com?[2J")
    assert found.lines[-1].endswith("(charon: no trusted key)")


def test_what_came_later_is_not_told(places: dict[str, Path]) -> None:
    assert not any("refused at the gateway" in line for line in explain("laptop1", at=150.0, **places).lines)
    with pytest.raises(NotFound, match="'laptop1' up to 1970-01-01 00:00:50Z; decisions are kept"):
        explain("laptop1", at=50.0, **places)


def test_a_device_that_nobody_heard_of_is_told(places: dict[str, Path]) -> None:
    with pytest.raises(NotFound, match="nothing is recorded here about 'nobody'; decisions are kept"):
        explain("nobody", at=None, **places)


def test_a_user_is_found_by_the_whole_name_and_by_what_stands_before_the_at(
    places: dict[str, Path], settings_file: Path
) -> None:
    question = Question(tunnel="user", identity="alice@corp.contoso.com", serial="1")
    decision = Decision(allow=False, checks=(), tried=(Tried(policy="staff", failed=("it is Mon 12:00",)),))
    record = Record(id="5a", at=50.0, about="alice@corp.contoso.com", facts=Facts(question=question), decision=decision)
    Journal(places["decided_in"]).write(record)

    for name in ("alice@corp.contoso.com", "Alice@corp.contoso.com", "alice"):
        lines = explain(name, at=None, **{**places, "settings": settings_file}).lines
        assert lines[0] == "1970-01-01 00:00:50Z  decision 5a about alice@corp.contoso.com"
        assert "  policy staff: no match: it is Mon 12:00" in lines
    with pytest.raises(NotFound, match="What would be decided: evertunnel simulate"):
        explain("alice", at=None, **places)
