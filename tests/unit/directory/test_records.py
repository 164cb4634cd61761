import pytest
from sqlalchemy import Connection

from evertunnel.directory import records
from evertunnel.directory.model import ALL, Computer, Kind, NewUser, Page
from evertunnel.directory.users import add_user
from evertunnel.errors import NotFound, Refused
from evertunnel.store import audit, outbox
from evertunnel.store.audit import Act
from evertunnel.store.outbox import What
from evertunnel.values import GroupName, HostName, UserName

ACT = Act(at=1000.0, actor="alice")
LAPTOP = HostName("laptop1")
DEVICES, SALES, STAFF = GroupName("VPN Devices"), GroupName("Sales"), GroupName("Staff")


def test_added_computer_is_enabled_and_listed(directory: Connection) -> None:
    assert records.computers(directory, Kind.DEVICE) == (
        Computer(name=LAPTOP, kind=Kind.DEVICE, enabled=True, added=1000.0),
    )


def test_name_is_taken_once(directory: Connection) -> None:
    with pytest.raises(Refused, match="in the directory already"):
        records.add_computer(directory, LAPTOP, Kind.HOST, ACT)
    records.add_computer(directory, HostName("laptop2"), Kind.DEVICE, ACT)


def test_disabling_and_enabling(directory: Connection) -> None:
    records.set_enabled(directory, LAPTOP, ACT, enabled=False)
    assert not records.get_computer(directory, LAPTOP).enabled

    records.set_enabled(directory, LAPTOP, ACT, enabled=True)
    assert records.get_computer(directory, LAPTOP).enabled


def test_membership_counts_through_groups(directory: Connection) -> None:
    records.add_member(directory, LAPTOP, SALES, ACT)
    records.add_member(directory, SALES, STAFF, ACT)
    records.add_member(directory, STAFF, DEVICES, ACT)

    assert records.groups_of(directory, LAPTOP) == {SALES, STAFF, DEVICES}
    assert records.direct_groups_of(directory, LAPTOP) == (SALES,)
    assert records.member_groups(directory, STAFF) == (SALES,)


def test_taking_a_group_out_of_the_middle_takes_its_members_out(directory: Connection) -> None:
    records.add_member(directory, LAPTOP, SALES, ACT)
    records.add_member(directory, SALES, DEVICES, ACT)

    records.remove_member(directory, SALES, DEVICES, ACT)

    assert records.groups_of(directory, LAPTOP) == {SALES}


def test_computer_named_like_a_group_inherits_nothing_from_it(directory: Connection) -> None:
    group = GroupName("laptop1")
    records.add_group(directory, group, ACT)
    records.add_member(directory, group, DEVICES, ACT)

    assert records.groups_of(directory, LAPTOP) == set()
    assert records.groups_of(directory, group) == {DEVICES}


@pytest.mark.parametrize("last", [SALES, STAFF, DEVICES])
def test_group_cannot_end_up_inside_itself(directory: Connection, last: GroupName) -> None:
    records.add_member(directory, SALES, STAFF, ACT)
    records.add_member(directory, STAFF, DEVICES, ACT)

    with pytest.raises(Refused, match="inside itself"):
        records.add_member(directory, last, SALES, ACT)


def test_same_membership_twice_is_refused(directory: Connection) -> None:
    records.add_member(directory, LAPTOP, SALES, ACT)

    with pytest.raises(Refused, match="is in Sales already"):
        records.add_member(directory, LAPTOP, SALES, ACT)


def test_what_is_not_there_is_named(directory: Connection) -> None:
    nobody, nothing = HostName("laptop9"), GroupName("Nothing")

    with pytest.raises(NotFound, match="laptop9 is not in the directory"):
        records.set_enabled(directory, nobody, ACT, enabled=False)
    with pytest.raises(NotFound, match="laptop9 is not in the directory"):
        records.add_member(directory, nobody, SALES, ACT)
    with pytest.raises(NotFound, match="no group Nothing"):
        records.add_member(directory, LAPTOP, nothing, ACT)
    with pytest.raises(NotFound, match="no group Nothing"):
        records.add_member(directory, nothing, SALES, ACT)
    with pytest.raises(NotFound, match="not directly in Sales"):
        records.remove_member(directory, LAPTOP, SALES, ACT)


def test_removed_computer_that_comes_back_is_in_no_group(directory: Connection) -> None:
    records.add_member(directory, LAPTOP, SALES, ACT)

    records.remove_computer(directory, LAPTOP, ACT)
    records.add_computer(directory, LAPTOP, Kind.DEVICE, ACT)

    assert records.groups_of(directory, LAPTOP) == set()


def test_removed_group_takes_memberships_on_both_sides_along(directory: Connection) -> None:
    records.add_member(directory, LAPTOP, SALES, ACT)
    records.add_member(directory, SALES, DEVICES, ACT)

    records.remove_group(directory, SALES, ACT)
    records.add_group(directory, SALES, ACT)

    assert records.groups_of(directory, LAPTOP) == set()
    assert records.groups_of(directory, SALES) == set()


def test_every_change_is_in_the_trail(directory: Connection) -> None:
    records.add_member(directory, LAPTOP, SALES, ACT)
    records.set_enabled(directory, LAPTOP, ACT, enabled=False)
    records.remove_computer(directory, LAPTOP, ACT)

    lines = [(line.actor, line.action, line.subject, line.detail) for line in audit.lines(directory)]
    assert lines[-3:] == [
        ("alice", "add member", "laptop1", "Sales"),
        ("alice", "disable computer", "laptop1", ""),
        ("alice", "remove computer", "laptop1", ""),
    ]


def test_a_page_of_computers_is_of_one_kind_and_narrowed_by_beginning_and_group(directory: Connection) -> None:
    for number in range(2, 6):
        records.add_computer(directory, HostName(f"laptop{number}"), Kind.DEVICE, ACT)
    records.add_computer(directory, HostName("core1"), Kind.HOST, ACT)
    records.add_computer(directory, HostName("tablet1"), Kind.DEVICE, ACT)
    records.add_member(directory, HostName("laptop4"), SALES, ACT)
    records.add_member(directory, SALES, STAFF, ACT)

    def found(page: Page = ALL, search: str = "", group: GroupName | None = None) -> list[str]:
        return [each.name for each in records.computers(directory, Kind.DEVICE, page, search, group)]

    assert found(Page(after="laptop2", limit=2)) == ["laptop3", "laptop4"]
    assert found(search="T") == ["tablet1"]
    assert found(group=STAFF) == ["laptop4"]
    assert found(search="tab", group=STAFF) == []
    assert records.count(directory, Kind.DEVICE) == 6
    with pytest.raises(NotFound, match="no group Nobody"):
        found(group=GroupName("Nobody"))


def test_members_come_in_pages_by_name_directly_or_through_groups(directory: Connection) -> None:
    bob = UserName("bob@contoso.com")
    add_user(directory, NewUser(name=bob), ACT)
    records.add_member(directory, SALES, STAFF, ACT)
    records.add_member(directory, DEVICES, SALES, ACT)
    records.add_member(directory, LAPTOP, STAFF, ACT)
    records.add_member(directory, bob, SALES, ACT)

    assert records.members(directory, STAFF) == (LAPTOP,)
    assert records.members(directory, STAFF, nested=True) == (bob, LAPTOP)
    assert records.members(directory, STAFF, Page(limit=1), nested=True) == (bob,)
    assert records.members(directory, STAFF, Page(after=bob, limit=1), nested=True) == (LAPTOP,)
    assert records.member_groups(directory, STAFF) == (SALES,)
    assert records.member_groups(directory, STAFF, nested=True) == (SALES, DEVICES)


def test_groups_come_in_pages(directory: Connection) -> None:
    assert records.groups(directory, Page(after=SALES, limit=1)) == (STAFF,)
    assert records.groups(directory, search="S") == (SALES, STAFF)


def test_whatever_may_end_a_session_is_in_the_outbox_and_what_gives_access_is_not(directory: Connection) -> None:
    bob = UserName("bob@contoso.com")
    add_user(directory, NewUser(name=bob), ACT)
    records.add_member(directory, LAPTOP, SALES, ACT)
    records.add_member(directory, SALES, STAFF, ACT)
    records.add_member(directory, bob, STAFF, ACT)
    records.set_enabled(directory, LAPTOP, ACT, enabled=True)
    assert outbox.waiting(directory) == ()

    records.set_enabled(directory, LAPTOP, ACT, enabled=False)
    records.remove_member(directory, LAPTOP, SALES, ACT)
    records.remove_member(directory, SALES, STAFF, ACT)
    records.remove_member(directory, bob, STAFF, ACT)
    records.remove_group(directory, STAFF, ACT)
    records.remove_computer(directory, LAPTOP, ACT)

    assert [(each.what, each.subject) for each in outbox.waiting(directory)] == [
        (What.DEVICE, "laptop1"),
        (What.DEVICE, "laptop1"),
        (What.GROUP, "Sales"),
        (What.USER, bob),
        (What.GROUP, "Staff"),
        (What.DEVICE, "laptop1"),
    ]


@pytest.fixture
def directory(store: Connection) -> Connection:
    for group in (DEVICES, SALES, STAFF):
        records.add_group(store, group, ACT)
    records.add_computer(store, LAPTOP, Kind.DEVICE, ACT)
    return store
