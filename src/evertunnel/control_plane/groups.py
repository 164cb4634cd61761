"""Groups in the directory, and who is in them."""

from dataclasses import dataclass

from evertunnel.control_plane import world
from evertunnel.directory import records
from evertunnel.directory.model import ALL, Page
from evertunnel.directory.tables import Member, kind_of
from evertunnel.values import GroupName


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A group as groups are listed, with the groups that it is directly in."""

    name: GroupName
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A member as members are listed: a group, a computer or a user."""

    kind: str
    name: str


def add(names: tuple[GroupName, ...]) -> None:
    """Adds empty groups, all or none."""
    act = world.act()
    with world.store().transaction() as connection:
        for name in names:
            records.add_group(connection, name, act)


def remove(names: tuple[GroupName, ...]) -> None:
    """Removes groups; whoever was in one has no longer what it gave."""
    act = world.act()
    with world.store().transaction() as connection:
        for name in names:
            records.remove_group(connection, name, act)


def listed(page: Page = ALL, search: str = "") -> tuple[Row, ...]:
    """A page of the groups that begin with a text."""
    with world.store().transaction() as connection:
        return tuple(
            Row(name=name, groups=records.direct_groups_of(connection, name))
            for name in records.groups(connection, page, search)
        )


def members(group: GroupName, page: Page = ALL, *, nested: bool = False) -> tuple[MemberRow, ...]:
    """The groups in a group (on the first page), then computers and users by name."""
    with world.store().transaction() as connection:
        inner = () if page.after else records.member_groups(connection, group, nested=nested)
        others = records.members(connection, group, page, nested=nested)
    return tuple(MemberRow(kind=kind_of(member), name=member) for member in (*inner, *others))


def add_members(group: GroupName, new: tuple[Member, ...]) -> None:
    """Puts users, computers and groups into a group, all or none."""
    act = world.act()
    with world.store().transaction() as connection:
        for member in new:
            records.add_member(connection, member, group, act)


def remove_members(group: GroupName, old: tuple[Member, ...]) -> None:
    """Takes users, computers and groups out of a group, all or none; what that ends is ended."""
    act = world.act()
    with world.store().transaction() as connection:
        for member in old:
            records.remove_member(connection, member, group, act)
