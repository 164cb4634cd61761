import io
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from evertunnel.directory import importing, records, sheet, users
from evertunnel.directory.model import NewUser
from evertunnel.directory.sheet import Entry, Flaw, Sheet
from evertunnel.errors import DocumentError
from evertunnel.store import audit, outbox
from evertunnel.store.audit import Act
from evertunnel.values import GroupName, Sid, UserName

ACT = Act(at=1000.0, actor="alice")
ALICE, BOB, CAROL = (UserName(f"{name}@contoso.com") for name in ("alice", "bob", "carol"))
SALES, STAFF, SID = GroupName("Sales"), GroupName("Staff"), Sid("S-1-5-21-1-2-3-4")


def test_everybody_is_added_with_groups_words_and_trail(directory: Connection) -> None:
    told: list[tuple[int, str]] = []
    people = _sheet(_entry(3, CAROL), _entry(2, BOB, SALES, STAFF))

    importing.put_all(directory, people, ACT, told=lambda done, what: told.append((done, what)))

    assert [each.name for each in users.users(directory)] == [ALICE, BOB, CAROL]
    assert records.direct_groups_of(directory, BOB) == (SALES, STAFF)
    assert [each.name for each in users.users(directory, search="car")] == [CAROL]
    assert [(line.action, line.subject, line.detail) for line in audit.lines(directory, 2)] == [
        ("add user", BOB, "imported, in Sales; Staff"),
        ("add user", CAROL, "imported, in no group"),
    ]
    assert told == [(2, "people added")]
    assert outbox.waiting(directory) == ()


def test_whoever_is_in_the_way_is_told_by_line_and_nobody_is_added(directory: Connection) -> None:
    people = _sheet(
        _entry(2, BOB),
        _entry(3, ALICE),
        Entry(line=4, user=NewUser(name=CAROL, sid=SID), groups=(GroupName("Nobody"),)),
    )

    with pytest.raises(DocumentError) as caught:
        importing.put_all(directory, people, ACT, told=lambda _done, _what: None)

    leave, first = (
        "Leave the line out, or remove what is there.",
        "Add the group first, or take it out of the line.",
    )
    assert str(caught.value).splitlines() == [
        f"people.csv: line 3: alice@contoso.com is in the directory already. {leave}",
        f"people.csv: line 4: S-1-5-21-1-2-3-4 is the SID of alice@contoso.com. {leave}",
        f"people.csv: line 4: there is no group Nobody in the directory. {first}",
    ]
    assert users.count(directory) == 1


def test_what_the_file_and_what_the_directory_shows_is_told_at_once_in_the_order_of_lines(
    directory: Connection,
) -> None:
    text = (
        b"name,groups\nbob@contoso.com,Nobody\nx,\nalice@contoso.com,a/b\nbob@contoso.com,\ncarol@contoso.com,Staff\n"
    )
    people = sheet.read(io.BytesIO(text), name="people.csv", told=lambda _done, _what: None)

    with pytest.raises(DocumentError) as caught:
        importing.require_addable(directory, people)

    assert [(each.path, each.what.partition(";")[0]) for each in caught.value.problems] == [
        ("line 2", "there is no group Nobody in the directory"),
        ("line 3", "'x' is not a user name"),
        ("line 4", "'a/b' is not a group name"),
        ("line 4", "alice@contoso.com is in the directory already"),
        ("line 5", "bob@contoso.com stands on line 2 already"),
    ]


def test_who_is_on_a_line_that_the_file_shows_to_be_wrong_is_not_added_nor_is_anybody_else(
    directory: Connection,
) -> None:
    good = _sheet(_entry(2, BOB), _entry(3, CAROL))

    with pytest.raises(DocumentError, match="line 3: odd"):
        importing.put_all(
            directory, replace(good, flaws=(Flaw(line=3, what="odd", mend="Mend it"),)), ACT, told=lambda *_: None
        )
    assert users.count(directory) == 1

    importing.require_addable(directory, good)
    importing.put_all(directory, good, ACT, told=lambda *_: None)
    assert users.count(directory) == 3


def test_thousands_are_added_in_parts(directory: Connection) -> None:
    told: list[int] = []
    people = _sheet(
        *(_entry(number, UserName(f"u{number}@contoso.com"), SALES) for number in range(importing.PART + 1))
    )

    importing.put_all(directory, people, ACT, told=lambda done, _what: told.append(done))

    assert users.count(directory) == importing.PART + 2
    assert len(records.members(directory, SALES)) == importing.PART + 1
    assert told == [importing.PART, importing.PART + 1]


def _sheet(*entries: Entry) -> Sheet:
    return Sheet(name="people.csv", entries=entries)


def _entry(line: int, name: UserName, *groups: GroupName) -> Entry:
    return Entry(line=line, user=NewUser(name=name), groups=groups)


@pytest.fixture
def directory(store: Connection) -> Connection:
    for group in (SALES, STAFF):
        records.add_group(store, group, ACT)
    users.add_user(store, NewUser(name=ALICE, sid=SID), ACT)
    return store
