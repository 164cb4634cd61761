import json
from pathlib import Path

import pytest

from evertunnel.access import Decision, Facts, Question, Record
from evertunnel.access.model import Tried
from evertunnel.control_plane.why import explain
from evertunnel.errors import NotFound
from evertunnel.gateway import refusals
from evertunnel.gateway.refusals import Refusal
from evertunnel.radius.decisions import make_database
from evertunnel.radius.failures import Failure, Failures
from evertunnel.radius.journal import Journal
from evertunnel.radius.ledger import Ledger

TUNNEL_REJECT = json.dumps(
    {
        name: {"value": [value]}
        for name, value in {
            "Acct-Status-Type": "Tunnel-Reject",
            "Acct-Session-Id": "reject-1",
            "Evertunnel-Gateway": "gateway1",
            "Evertunnel-Record": 1,
            "Event-Timestamp": 250,
            "User-Name": "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f",
            "Calling-Station-Id": "198.51.100.20",
            "Evertunnel-Cause": "its certificate is revoked",
        }.items()
    }
).encode()


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
    return {"decided_in": tmp_path, "refused_in": kept, "ledger": tmp_path / "ledger", "settings": tmp_path / "no.json"}


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


def test_refusals_without_a_decision_are_told_inside(places: dict[str, Path]) -> None:
    places["ledger"].mkdir()
    Failures(places["ledger"]).keep(
        Failure(
            at=300.0,
            name="alice@corp.contoso.com",
            gateway="gateway1",
            outer="198.51.100.20",
            serial="6a",
            words="OpenSSL says error 26 : unsuitable certificate purpose\x1b",
        )
    )
    Ledger(places["ledger"]).take(TUNNEL_REJECT, 250.0)

    user = explain("alice@corp.contoso.com", at=None, **places)
    device = explain("laptop1", at=None, **places)

    (line,) = user.lines
    assert line == (
        "1970-01-01 00:05:00Z  refused by FreeRADIUS, asked by gateway1: alice@corp.contoso.com (claimed), "
        "certificate 6a from 198.51.100.20: the certificate is not for signing in to a VPN (one for e-mail, it may be)"
        " (FreeRADIUS: OpenSSL says error 26 : unsuitable certificate purpose?)"
    )
    assert "decision 4f about laptop1" in device.lines[0]
    assert device.lines[-1] == (
        "1970-01-01 00:04:10Z  refused at gateway1, as that reported:"
        " O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f from 198.51.100.20: its certificate is revoked"
    )
    assert isinstance(device.document, dict)
    assert [len(device.document[name]) for name in ("refusals", "reported", "failures")] == [1, 1, 0]
    with pytest.raises(NotFound):
        explain("laptop", at=None, **places)


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
