"""Rows of computers, groups and who is in them; people's are in users.py.

Every change writes its audit line, and what may end a session its outbox row, in the same transaction.
"""

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from evertunnel.directory.model import ALL, Computer, Kind, Page
from evertunnel.directory.nesting import groups_around, groups_inside, names_inside
from evertunnel.directory.tables import (
    KINDS,
    Member,
    begins_with,
    computer,
    directory_group,
    is_member,
    kind_of,
    membership,
    outbox_word,
)
from evertunnel.directory.users import get_user
from evertunnel.errors import NotFound, Refused
from evertunnel.store import outbox
from evertunnel.store.audit import Act
from evertunnel.store.outbox import What
from evertunnel.values import GroupName, HostName, UserName


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
    if not enabled:
        outbox.put(connection, What.DEVICE, name, act.at)


def remove_computer(connection: Connection, name: HostName, act: Act) -> None:
    """Removes a computer and its memberships; its certificates stay on record."""
    get_computer(connection, name)
    connection.execute(delete(membership).where(is_member(name)))
    connection.execute(delete(computer).where(computer.c.name == name))
    act.record(connection, "remove computer", name)
    outbox.put(connection, What.DEVICE, name, act.at)


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


def computers(
    connection: Connection, kind: Kind, page: Page = ALL, search: str = "", group: GroupName | None = None
) -> tuple[Computer, ...]:
    """The computers of a kind by name; `search` is a beginning, `group` one that they are in, nested or not."""
    if group is not None:
        require_group(connection, group)
    return tuple(_computer(row) for row in connection.execute(_page_of(kind, page, search, group)).mappings())


def count(connection: Connection, kind: Kind) -> int:
    """How many computers of a kind the directory knows."""
    return int(connection.execute(select(func.count()).where(computer.c.kind == kind.value)).scalar_one())


def add_group(connection: Connection, name: GroupName, act: Act) -> None:
    """Adds an empty group."""
    if _has_group(connection, name):
        raise Refused(f"The group {name} is in the directory already.")
    connection.execute(insert(directory_group).values(name=name))
    act.record(connection, "add group", name)


def remove_group(connection: Connection, name: GroupName, act: Act) -> None:
    """Removes a group; whoever was in it is in it no more."""
    require_group(connection, name)
    connection.execute(delete(membership).where((membership.c.group == name) | is_member(name)))
    connection.execute(delete(directory_group).where(directory_group.c.name == name))
    act.record(connection, "remove group", name)
    outbox.put(connection, What.GROUP, name, act.at)


def groups(connection: Connection, page: Page = ALL, search: str = "") -> tuple[GroupName, ...]:
    """Groups by name; `search` is a beginning, upper and lower case as the group has it."""
    chosen = select(directory_group.c.name).where(directory_group.c.name > page.after).order_by(directory_group.c.name)
    if search:
        chosen = chosen.where(begins_with(directory_group.c.name, search))
    return tuple(GroupName(name) for name in connection.scalars(chosen.limit(page.limit)))


def require_group(connection: Connection, name: GroupName) -> None:
    """Refuses a group that is not there."""
    if not _has_group(connection, name):
        raise NotFound(f'There is no group {name} in the directory. Add it first: evertunnel group add "{name}"')


def add_member(connection: Connection, member: Member, group: GroupName, act: Act) -> None:
    """Puts a user, a computer or a group into a group; refused when a group would end up inside itself."""
    require_group(connection, group)
    _require(connection, member)
    if isinstance(member, GroupName) and (member == group or member in groups_of(connection, group)):
        raise Refused(f"{member} cannot be put into {group}: {group} would then be inside itself.")
    if group in direct_groups_of(connection, member):
        raise Refused(f"{member} is in {group} already.")
    connection.execute(insert(membership).values(member=member, member_kind=kind_of(member), group=group))
    act.record(connection, "add member", member, group)


def remove_member(connection: Connection, member: Member, group: GroupName, act: Act) -> None:
    """Takes a user, a computer or a group out of a group that it is directly in."""
    if group not in direct_groups_of(connection, member):
        raise NotFound(f"{member} is not directly in {group}.")
    connection.execute(delete(membership).where(is_member(member), membership.c.group == group))
    act.record(connection, "remove member", member, group)
    outbox.put(connection, outbox_word(member), member, act.at)


def members(connection: Connection, group: GroupName, page: Page = ALL, *, nested: bool = False) -> tuple[Member, ...]:
    """Computers and users of a group, all by name; directly in it, or also through other groups."""
    require_group(connection, group)
    found: list[Member] = []
    for kind in ("computer", "user"):
        names = select(membership.c.member).where(membership.c.group == group, membership.c.member_kind == kind)
        direct = names.where(membership.c.member > page.after).order_by(membership.c.member).limit(page.limit)
        chosen = names_inside(group, kind, page) if nested else direct
        found.extend(KINDS[kind](name) for name in connection.scalars(chosen))
    return tuple(sorted(found))[: page.limit]


def member_groups(connection: Connection, group: GroupName, *, nested: bool = False) -> tuple[GroupName, ...]:
    """The groups in a group, by name."""
    require_group(connection, group)
    direct = select(membership.c.member).where(membership.c.group == group, membership.c.member_kind == "group")
    names = connection.scalars(groups_inside(group).select() if nested else direct)
    return tuple(sorted(GroupName(name) for name in names if name != group))


def direct_groups_of(connection: Connection, member: Member) -> tuple[GroupName, ...]:
    """The groups that a user, a computer or a group is directly in, by name."""
    rows = connection.scalars(select(membership.c.group).where(is_member(member)).order_by(membership.c.group))
    return tuple(GroupName(name) for name in rows)


def groups_of(connection: Connection, member: Member) -> frozenset[GroupName]:
    """The groups that a user, a computer or a group is in, directly or through other groups."""
    return frozenset(GroupName(name) for name in connection.scalars(select(groups_around(member).c.group)))


def _page_of(kind: Kind, page: Page, search: str, group: GroupName | None) -> Select[tuple[object, ...]]:
    chosen = select(computer).where(computer.c.kind == kind.value, computer.c.name > page.after)
    if search:
        chosen = chosen.where(begins_with(computer.c.name, search.lower()))
    if group is not None:
        chosen = chosen.where(computer.c.name.in_(names_inside(group, "computer", page if not search else ALL)))
    return chosen.order_by(computer.c.name).limit(page.limit)


def _require(connection: Connection, member: Member) -> None:
    match member:
        case GroupName():
            require_group(connection, member)
        case UserName():
            get_user(connection, member)
        case _:
            get_computer(connection, member)


def _has_group(connection: Connection, name: GroupName) -> bool:
    return connection.execute(select(directory_group).where(directory_group.c.name == name)).first() is not None


def _computer(row: RowMapping) -> Computer:
    return Computer(
        name=HostName(row["name"]), kind=Kind(row["kind"]), enabled=bool(row["enabled"]), added=row["added"]
    )
