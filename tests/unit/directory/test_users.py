import itertools
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest
from sqlalchemy import Connection

from evertunnel.directory import records, users
from evertunnel.directory.model import NewUser, Page, User
from evertunnel.errors import NotFound, Refused
from evertunnel.store import audit, outbox
from evertunnel.store.audit import Act
from evertunnel.store.outbox import What
from evertunnel.values import GroupName, HostName, Sid, UserName

ACT, LATER = Act(at=1000.0, actor="alice"), Act(at=2000.0, actor="alice")
ALICE, BOB = UserName("alice.adams@contoso.com"), UserName("bob@contoso.com")
SID, OTHER_SID = Sid("S-1-5-21-1-2-3-1104"), Sid("S-1-5-21-1-2-3-1105")
ADDRESS = IPv4Address("10.99.1.20")
SALES, STAFF = GroupName("Sales"), GroupName("Staff")


def test_added_user_is_found_as_added(directory: Connection) -> None:
    assert users.get_user(directory, ALICE) == User(
        name=ALICE, display="Alice Adams", sid=SID, address=ADDRESS, enabled=True, added=1000.0
    )
    assert users.count(directory) == 1


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (NewUser(name=ALICE), "alice.adams@contoso.com is in the directory already"),
        (NewUser(name=BOB, sid=SID), "S-1-5-21-1-2-3-1104 is the SID of alice.adams@contoso.com"),
        (NewUser(name=BOB, address=ADDRESS), "10.99.1.20 is the address of alice.adams@contoso.com"),
    ],
)
def test_name_sid_and_address_are_one_users(directory: Connection, new: NewUser, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        users.add_user(directory, new, ACT)
    users.add_user(directory, NewUser(name=BOB, sid=OTHER_SID, address=IPv4Address("10.99.1.21")), ACT)
    assert users.count(directory) == 2


def test_sid_and_address_are_set_taken_away_and_free_again(directory: Connection) -> None:
    users.add_user(directory, NewUser(name=BOB), ACT)
    with pytest.raises(Refused, match="is the SID of alice"):
        users.set_sid(directory, BOB, SID, ACT)
    with pytest.raises(Refused, match="is the address of alice"):
        users.set_address(directory, BOB, ADDRESS, ACT)

    users.set_sid(directory, ALICE, None, ACT)
    users.set_address(directory, ALICE, None, ACT)
    users.set_sid(directory, BOB, SID, ACT)
    users.set_address(directory, BOB, ADDRESS, ACT)
    users.set_address(directory, BOB, ADDRESS, ACT)

    bob = users.get_user(directory, BOB)
    assert (bob.sid, bob.address) == (SID, ADDRESS)


def test_a_live_session_with_an_address_that_is_fixed_no_more_is_asked_about(directory: Connection) -> None:
    users.set_address(directory, ALICE, ADDRESS, ACT)
    assert outbox.waiting(directory) == ()

    users.set_address(directory, ALICE, IPv4Address("10.99.1.99"), ACT)

    assert [(each.what, each.subject) for each in outbox.waiting(directory)] == [(What.USER, ALICE)]


def test_disabling_and_removing_may_end_sessions_and_enabling_may_not(directory: Connection) -> None:
    users.set_enabled(directory, ALICE, ACT, enabled=False)
    assert not users.get_user(directory, ALICE).enabled
    users.set_enabled(directory, ALICE, ACT, enabled=True)
    users.remove_user(directory, ALICE, LATER)

    assert [(each.what, each.subject, each.at) for each in outbox.waiting(directory)] == [
        (What.USER, ALICE, 1000.0),
        (What.USER, ALICE, 2000.0),
    ]
    lines = [(line.action, line.subject) for line in audit.lines(directory)]
    assert lines[-3:] == [("disable user", ALICE), ("enable user", ALICE), ("remove user", ALICE)]


def test_removed_user_who_comes_back_is_new_and_in_no_group(directory: Connection) -> None:
    records.add_member(directory, ALICE, SALES, ACT)

    users.remove_user(directory, ALICE, ACT)
    assert users.find_user(directory, ALICE) is None
    assert users.users(directory, search="alice") == ()
    users.add_user(directory, NewUser(name=ALICE), LATER)

    assert records.groups_of(directory, ALICE) == set()
    assert users.get_user(directory, ALICE).added == 2000.0


@pytest.mark.parametrize(
    "attempt",
    [
        lambda connection: users.set_enabled(connection, BOB, ACT, enabled=False),
        lambda connection: users.set_address(connection, BOB, None, ACT),
        lambda connection: users.set_sid(connection, BOB, None, ACT),
        lambda connection: users.set_display(connection, BOB, "Bob", ACT),
        lambda connection: users.remove_user(connection, BOB, ACT),
        lambda connection: records.add_member(connection, BOB, SALES, ACT),
    ],
)
def test_who_is_not_there_is_named(directory: Connection, attempt: Callable[[Connection], None]) -> None:
    with pytest.raises(NotFound, match=r"bob@contoso\.com is not in the directory"):
        attempt(directory)
    users.add_user(directory, NewUser(name=BOB), ACT)
    attempt(directory)


def test_user_counts_as_member_through_groups_and_a_computer_of_the_same_name_does_not(directory: Connection) -> None:
    records.add_member(directory, ALICE, SALES, ACT)
    records.add_member(directory, SALES, STAFF, ACT)
    # No group may have this name, but nothing keeps a later version from allowing it.
    records.add_group(directory, GroupName(str(ALICE)), ACT)

    assert records.groups_of(directory, ALICE) == {SALES, STAFF}
    assert records.groups_of(directory, GroupName(str(ALICE))) == set()
    assert records.groups_of(directory, HostName("alice")) == set()


@pytest.mark.parametrize(
    "search",
    ["alice", "ALI AD", "adams ali", "alice.adams@contoso", "ada", "Zoé", "zoe", "  ", "x_%"],
)
def test_search_finds_whom_all_typed_beginnings_fit(directory: Connection, search: str) -> None:
    users.set_display(directory, ALICE, "Alice Zoé", ACT)
    users.add_user(directory, NewUser(name=BOB, display="Bob Adler"), ACT)

    found = {each.name for each in users.users(directory, search=search)}

    expected = {"ada": {ALICE}, "  ": {ALICE, BOB}, "x_%": set()}.get(search, {ALICE})
    assert found == expected


def test_search_forgets_a_display_name_that_was_changed(directory: Connection) -> None:
    users.set_display(directory, ALICE, "Carol", ACT)

    assert users.users(directory, search="carol")
    users.set_display(directory, ALICE, "", ACT)
    assert users.users(directory, search="carol") == ()


def test_pages_follow_each_other_without_gap_or_repetition(directory: Connection) -> None:
    for number in range(10):
        users.add_user(directory, NewUser(name=UserName(f"u{number}@contoso.com")), ACT)
    records.add_member(directory, SALES, STAFF, ACT)
    for number in (1, 3, 5, 7):
        records.add_member(directory, UserName(f"u{number}@contoso.com"), SALES if number > 3 else STAFF, ACT)

    assert _all_pages(directory, "u", None, 3) == [f"u{number}@contoso.com" for number in range(10)]
    assert _all_pages(directory, "", STAFF, 3) == [f"u{number}@contoso.com" for number in (1, 3, 5, 7)]
    assert _all_pages(directory, "u", STAFF, 3) == [f"u{number}@contoso.com" for number in (1, 3, 5, 7)]
    assert _all_pages(directory, "u7", SALES, 3) == ["u7@contoso.com"]
    assert len(_all_pages(directory, "", None, 4)) == 11


@pytest.mark.parametrize(("search", "group"), list(itertools.product(["", "ali", "ali ad"], [None, SALES])))
def test_no_question_scans_a_table(directory: Connection, search: str, group: GroupName | None) -> None:
    statement = users.page_of(Page(after="a", limit=10), search, group).compile(compile_kwargs={"literal_binds": True})

    plan = [row[3] for row in directory.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]

    assert any(step.startswith("SEARCH directory_user USING PRIMARY KEY") for step in plan)
    tables = ("SCAN directory_user", "SCAN user_word", "SCAN membership")
    assert not any(step.startswith(tables) for step in plan)


def _all_pages(connection: Connection, search: str, group: GroupName | None, limit: int) -> list[str]:
    found: list[str] = []
    while page := users.users(connection, Page(after=found[-1] if found else "", limit=limit), search, group):
        found += [each.name for each in page]
    return found


@pytest.fixture
def directory(store: Connection) -> Connection:
    for group in (SALES, STAFF):
        records.add_group(store, group, ACT)
    users.add_user(store, NewUser(name=ALICE, display="Alice Adams", sid=SID, address=ADDRESS), ACT)
    return store
