from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from evertunnel.errors import DocumentError, EngineRejected
from evertunnel.pki import journal, records
from evertunnel.pki.journal import Journal
from evertunnel.pki.requests import Issued
from evertunnel.pki.templates import TemplateName
from evertunnel.store import migrate, open_store
from evertunnel.store.audit import Act
from evertunnel.values import HostName, Serial

ACT = Act(at=1000.0, actor="alice")


def test_what_was_appended_is_read_in_order(path: Path) -> None:
    for serial in ("1", "2"):
        Journal(path=path).append(_issued(serial))

    assert journal.read(path) == (_issued("1"), _issued("2"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_no_journal_is_an_empty_one(path: Path) -> None:
    assert journal.read(path) == ()


def test_torn_last_line_is_left_aside_and_overwritten(path: Path) -> None:
    Journal(path=path).append(_issued("1"))
    with path.open("ab") as stream:
        stream.write(b'{"serial": "2", "templ')

    assert journal.read(path) == (_issued("1"),)
    Journal(path=path).append(_issued("3"))
    assert journal.read(path) == (_issued("1"), _issued("3"))


def test_journal_of_one_torn_line_starts_afresh(path: Path) -> None:
    path.write_bytes(b"x" * 100_000)

    Journal(path=path).append(_issued("1"))

    assert journal.read(path) == (_issued("1"),)


def test_wrong_line_in_the_middle_is_named(path: Path) -> None:
    path.write_text('{"serial": "1"}\n')

    with pytest.raises(DocumentError, match=r"journal\.jsonl:1: "):
        journal.read(path)


def test_journal_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineRejected, match="nothing was issued"):
        Journal(path=tmp_path / "nowhere" / "journal.jsonl").append(_issued("1"))


def test_what_only_the_journal_knows_is_recovered_once(path: Path, store: Connection) -> None:
    for serial in ("1", "2", "3"):
        Journal(path=path).append(_issued(serial))
    records.keep(store, _issued("2"), ACT)

    assert journal.recover(store, path, ACT) == ("1", "3")
    assert journal.recover(store, path, ACT) == ()
    assert [row.serial for row in records.listed(store)] == ["3", "2", "1"]


def _issued(serial: str) -> Issued:
    return Issued(
        serial=Serial(serial),
        template=TemplateName.DEVICE,
        principal=HostName("laptop1"),
        subject=f"O=Contoso, CN=laptop1.corp.contoso.com, serialNumber={serial}",
        not_before=1000.0,
        not_after=2000.0,
        pem="-----BEGIN CERTIFICATE-----\n",
        issued=1000.5,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Connection]:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with open_store(path).transaction() as connection:
        yield connection
