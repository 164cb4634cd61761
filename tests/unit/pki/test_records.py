from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from evertunnel import documents
from evertunnel.errors import DocumentError, NotFound, Refused
from evertunnel.pki import records
from evertunnel.pki.crl import Reason, Revoked
from evertunnel.pki.requests import Issued
from evertunnel.pki.templates import TemplateName
from evertunnel.store import audit, migrate, open_store, outbox
from evertunnel.store.audit import Act
from evertunnel.store.outbox import What
from evertunnel.values import HostName, PrincipalName, Serial, UserName

ACT = Act(at=1000.0, actor="alice")
LATER = Act(at=1500.0, actor="bob")
LAPTOP = HostName("laptop1")


def test_kept_certificate_is_found_by_serial_and_by_principal(store: Connection) -> None:
    records.keep(store, _issued("a"), ACT)
    records.keep(store, _issued("a"), ACT)

    row = records.get(store, Serial("0A"))
    assert (row.template, row.revoked, row.reason) == (TemplateName.DEVICE, None, None)
    assert records.find_by_principal(store, LAPTOP) == (row,) == records.listed(store)
    assert records.find_by_principal(store, HostName("laptop2")) == ()
    assert documents.read(records.Row, documents.write(row), name="row") == row


def test_certificates_are_listed_newest_first_in_parts(store: Connection) -> None:
    for serial, issued in (("a", 1.0), ("c", 2.0), ("b", 2.0), ("d", 3.0)):
        records.keep(store, replace(_issued(serial), issued=issued), ACT)

    assert serials(records.listed(store)) == ["d", "c", "b", "a"]
    assert serials(records.listed(store, limit=2)) == ["d", "c"]
    assert serials(records.listed(store, after=Serial("c"), limit=1)) == ["b"]
    assert records.listed(store, after=Serial("a")) == ()
    with pytest.raises(NotFound, match="no certificate e"):
        records.listed(store, after=Serial("e"))


def test_certificates_are_found_by_the_beginning_of_whose_they_are(store: Connection) -> None:
    for serial, whose in (("a", LAPTOP), ("b", HostName("laptop2")), ("c", UserName("al_ice@contoso.com"))):
        records.keep(store, _issued(serial, whose), ACT)

    assert serials(records.listed(store, "Lap")) == ["b", "a"]
    assert serials(records.listed(store, "lap", after=Serial("b"))) == ["a"]
    assert serials(records.listed(store, "al_")) == ["c"]
    assert records.listed(store, "l_p") == records.listed(store, "top1") == ()


def test_revoked_certificate_is_what_a_crl_lists_until_it_has_expired(store: Connection) -> None:
    for serial in ("a", "b"):
        records.keep(store, _issued(serial), ACT)

    row = records.revoke(store, Serial("b"), "key_compromise", LATER)

    assert (row.revoked, row.reason) == (1500.0, Reason.KEY_COMPROMISE)
    listed = (Revoked(serial=Serial("b"), at=1500.0, reason=Reason.KEY_COMPROMISE),)
    assert records.revoked(store, expired_after=1999.0) == listed
    assert records.revoked(store, expired_after=2000.0) == ()
    assert audit.lines(store, 1)[0].detail == "keyCompromise: device of laptop1"


def test_a_revocation_may_end_sessions_and_an_issue_may_not(store: Connection) -> None:
    records.keep(store, _issued("a"), ACT)
    assert outbox.waiting(store) == ()

    records.revoke(store, Serial("a"), "superseded", LATER)

    (item,) = outbox.waiting(store)
    assert (item.what, item.subject, item.at) == (What.CERTIFICATE, "a", 1500.0)


def test_a_users_certificate_is_the_users_and_no_computers(store: Connection) -> None:
    alice = UserName("alice@contoso.com")
    records.keep(store, _issued("a", alice), ACT)

    row = records.get(store, Serial("a"))
    assert type(row.principal) is UserName
    assert records.find_by_principal(store, alice) == (row,)
    assert records.find_by_principal(store, HostName("alice")) == ()
    assert documents.read(records.Row, documents.write(row), name="row") == row


def test_revoking_twice_is_refused_and_keeps_the_first_reason(store: Connection) -> None:
    records.keep(store, _issued("a"), ACT)
    records.revoke(store, Serial("a"), "superseded", ACT)

    with pytest.raises(Refused, match="revoked already"):
        records.revoke(store, Serial("a"), "keyCompromise", LATER)
    assert records.get(store, Serial("a")).reason is Reason.SUPERSEDED


def test_unknown_serial_and_unknown_reason_are_named(store: Connection) -> None:
    with pytest.raises(NotFound, match="no certificate c0ffee"):
        records.revoke(store, Serial("c0ffee"), "unspecified", ACT)
    with pytest.raises(DocumentError, match="no reason 'lost'"):
        records.revoke(store, Serial("c0ffee"), "lost", ACT)


def serials(rows: tuple[records.Row, ...]) -> list[str]:
    return [row.serial for row in rows]


def _issued(serial: str, principal: PrincipalName = LAPTOP) -> Issued:
    return Issued(
        serial=Serial(serial),
        template=TemplateName.DEVICE,
        principal=principal,
        subject="O=Contoso",
        not_before=1000.0,
        not_after=2000.0,
        pem="pem",
        issued=1000.5,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Connection]:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with open_store(path).transaction() as connection:
        yield connection
