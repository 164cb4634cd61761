from pathlib import Path

import pytest

from evertunnel.access import Decision, Facts, Question, Record
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
    return {"decided_in": tmp_path, "refused_in": kept}


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
