import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from evertunnel.directory import records
from evertunnel.directory.model import Computer, Kind
from evertunnel.errors import NotFound, Refused
from evertunnel.store import audit, migrate, open_store
from evertunnel.store.audit import Act
from evertunnel.values import GroupName, HostName

ACT = Act(at=1000.0, actor="alice")
LAPTOP = HostName("laptop1")
DEVICES, SALES, STAFF = GroupName("VPN Devices"), GroupName("Sales"), GroupName("Staff")


def test_added_computer_is_enabled_and_listed(directory: Connection) -> None:
    assert records.computers(directory) == (Computer(name=LAPTOP, kind=Kind.DEVICE, enabled=True, added=1000.0),)


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
    assert records.members(directory, STAFF) == (SALES,)


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


def test_nested_groups_are_found_without_a_full_scan(directory: Connection) -> None:
    statement = records._nested(LAPTOP).select().compile(compile_kwargs={"literal_binds": True})  # noqa: SLF001 (its plan is the point)

    plan = str(directory.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all())

    assert plan.count("SEARCH membership") == 2
    assert "SCAN membership" not in plan


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once and copied: migrations are slow."""
    folder = tmp_path_factory.mktemp("empty") / "store"
    migrate(folder / "store.db")
    return folder


@pytest.fixture
def directory(tmp_path: Path, empty_store: Path) -> Iterator[Connection]:
    shutil.copytree(empty_store, tmp_path / "store")
    with open_store(tmp_path / "store" / "store.db").transaction() as connection:
        for group in (DEVICES, SALES, STAFF):
            records.add_group(connection, group, ACT)
        records.add_computer(connection, LAPTOP, Kind.DEVICE, ACT)
        yield connection
