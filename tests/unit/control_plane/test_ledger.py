import json
from pathlib import Path

import pytest

from evertunnel.control_plane import ledger
from evertunnel.errors import DocumentError, NotFound
from evertunnel.radius.ledger import Ledger

NOW = 1_000_000.0


def test_sessions_are_read_and_told_to_programs(tmp_path: Path) -> None:
    keep(tmp_path)

    (session,) = ledger.sessions(ledger.Query(past=True), tmp_path)
    document = ledger.document(session)

    assert (document["name"], document["seconds"], document["in_octets"]) == ("alice@corp.contoso.com", 100, 7)
    assert json.loads(json.dumps(document)) == document


def test_times_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="--since"):
        ledger.sessions(ledger.Query(since=2.0, until=1.0), tmp_path)


@pytest.mark.parametrize("form", ledger.FORMATS)
def test_export_is_a_file_for_root_alone(tmp_path: Path, form: str) -> None:
    keep(tmp_path)
    path = tmp_path / "out.log"

    done = ledger.export(path, form=form, since=0, until=NOW + 1, computer="CORE1", directory=tmp_path)

    assert (done.records, path.read_bytes().count(b"alice@corp.contoso.com")) == (1, 2)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.glob(".out*")] == []


def test_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    path.write_text("before")

    with pytest.raises(NotFound):
        ledger.export(path, form="dts", since=0, until=NOW, computer="CORE1", directory=tmp_path / "none")

    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["out.log"]


def keep(directory: Path) -> None:
    said = {
        "Acct-Status-Type": "Stop",
        "Acct-Session-Id": "1-7",
        "Evertunnel-Gateway": "gateway1",
        "Evertunnel-Record": 4,
        "User-Name": "alice@corp.contoso.com",
        "Acct-Session-Time": 100,
        "Acct-Input-Octets": 7,
        "Event-Timestamp": int(NOW),
    }
    Ledger(directory).take(
        json.dumps({name: {"type": "x", "value": [value]} for name, value in said.items()}).encode(), NOW
    )
