"""Rows of the directory. Every change writes its audit line in the same transaction."""

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Integer,
    RowMapping,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    update,
)

from evertunnel.directory.model import Computer, Kind
from evertunnel.errors import NotFound, Refused
from evertunnel.store import metadata
from evertunnel.store.audit import Act
from evertunnel.values import GroupName, HostName

computer = Table(
    "computer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("added", Float, nullable=False),
)
directory_group = Table("directory_group", metadata, Column("name", Text, primary_key=True))
membership = Table(
    "membership",
    metadata,
    Column("member", Text, primary_key=True),
    Column("member_kind", Text, primary_key=True),
    Column("group", Text, ForeignKey("directory_group.name"), primary_key=True),
)

Member = HostName | GroupName


def add_computer(connection: Connection, name: HostName, kind: Kind, act: Act) -> None:
    """Adds an enabled computer; refused when the name is taken."""
    if connection.execute(select(computer.c.name).where(computer.c.name == name)).first():
        raise Refused(f"{name} is in the directory already. Choose another name, or enable it if it was disabled.")
    connection.execute(insert(computer).values(name=name, kind=kind.value, enabled=1, added=act.at))
    act.record(connection, "add computer", name, kind.value)


def set_enabled(connection: Connection, name: HostName, act: Act, *, enabled: bool) -> None:
    """Enables or disables; a disabled computer is refused everything."""
    get_computer(connection, name)
    connection.execute(update(computer).where(computer.c.name == name).values(enabled=int(enabled)))
    act.record(connection, "enable computer" if enabled else "disable computer", name)


def remove_computer(connection: Connection, name: HostName, act: Act) -> None:
    """Removes a computer and its memberships; its certificates stay on record."""
    get_computer(connection, name)
    connection.execute(delete(membership).where(_is_member(name)))
    connection.execute(delete(computer).where(computer.c.name == name))
    act.record(connection, "remove computer", name)


def get_computer(connection: Connection, name: HostName) -> Computer:
    """The computer of this name."""
    found = find_computer(connection, name)
    if found is None:
        raise NotFound(f"{name} is not in the directory. Add it first.")
    return found


def find_computer(connection: Connection, name: HostName) -> Computer | None:
    """The computer of this name, if there is one."""
    row = connection.execute(select(computer).where(computer.c.name == name)).mappings().first()
    return None if row is None else _computer(row)


def computers(connection: Connection) -> tuple[Computer, ...]:
    """All computers by name."""
    return tuple(_computer(row) for row in connection.execute(select(computer).order_by(computer.c.name)).mappings())


def add_group(connection: Connection, name: GroupName, act: Act) -> None:
    """Adds an empty group."""
    if _has_group(connection, name):
        raise Refused(f"The group {name} is in the directory already.")
    connection.execute(insert(directory_group).values(name=name))
    act.record(connection, "add group", name)


def remove_group(connection: Connection, name: GroupName, act: Act) -> None:
    """Removes a group; whoever was in it is in it no more."""
    _require_group(connection, name)
    connection.execute(delete(membership).where((membership.c.group == name) | _is_member(name)))
    connection.execute(delete(directory_group).where(directory_group.c.name == name))
    act.record(connection, "remove group", name)


def groups(connection: Connection) -> tuple[GroupName, ...]:
    """All groups by name."""
    return tuple(
        GroupName(name) for name in connection.scalars(select(directory_group.c.name).order_by(directory_group.c.name))
    )


def add_member(connection: Connection, member: Member, group: GroupName, act: Act) -> None:
    """Puts a computer or a group into a group; refused when a group would end up inside itself."""
    _require_group(connection, group)
    if isinstance(member, GroupName):
        _require_group(connection, member)
        if member == group or member in groups_of(connection, group):
            raise Refused(f"{member} cannot be put into {group}: {group} would then be inside itself.")
    else:
        get_computer(connection, member)
    if group in direct_groups_of(connection, member):
        raise Refused(f"{member} is in {group} already.")
    connection.execute(insert(membership).values(member=member, member_kind=_kind(member), group=group))
    act.record(connection, "add member", member, group)


def remove_member(connection: Connection, member: Member, group: GroupName, act: Act) -> None:
    """Takes a computer or a group out of a group that it is directly in."""
    if group not in direct_groups_of(connection, member):
        raise NotFound(f"{member} is not directly in {group}.")
    connection.execute(delete(membership).where(_is_member(member), membership.c.group == group))
    act.record(connection, "remove member", member, group)


def members(connection: Connection, group: GroupName) -> tuple[Member, ...]:
    """Who is directly in a group: groups first, then computers, each by name."""
    _require_group(connection, group)
    order = (membership.c.member_kind.desc(), membership.c.member)
    rows = connection.execute(select(membership).where(membership.c.group == group).order_by(*order)).mappings()
    return tuple(GroupName(row["member"]) if row["member_kind"] == "group" else HostName(row["member"]) for row in rows)


def direct_groups_of(connection: Connection, member: Member) -> tuple[GroupName, ...]:
    """The groups that a computer or a group is directly in, by name."""
    rows = connection.scalars(select(membership.c.group).where(_is_member(member)).order_by(membership.c.group))
    return tuple(GroupName(name) for name in rows)


def groups_of(connection: Connection, member: Member) -> frozenset[GroupName]:
    """The groups that a computer or a group is in, directly or through other groups."""
    return frozenset(GroupName(name) for name in connection.scalars(select(_nested(member).c.group)))


def _nested(member: Member) -> CTE:
    direct = select(membership.c.group).where(_is_member(member)).cte("nested", recursive=True)
    return direct.union(
        select(membership.c.group).where(membership.c.member_kind == "group", membership.c.member == direct.c.group)
    )


def _is_member(member: Member) -> ColumnElement[bool]:
    return and_(membership.c.member == member, membership.c.member_kind == _kind(member))


def _kind(member: Member) -> str:
    return "group" if isinstance(member, GroupName) else "computer"


def _has_group(connection: Connection, name: GroupName) -> bool:
    return connection.execute(select(directory_group).where(directory_group.c.name == name)).first() is not None


def _require_group(connection: Connection, name: GroupName) -> None:
    if not _has_group(connection, name):
        raise NotFound(f"There is no group {name} in the directory. Add it first.")


def _computer(row: RowMapping) -> Computer:
    return Computer(
        name=HostName(row["name"]), kind=Kind(row["kind"]), enabled=bool(row["enabled"]), added=row["added"]
    )
