"""Groups in groups, both ways, each a recursive question that the indexes of `membership` answer."""

from collections.abc import Iterable

from sqlalchemy import CTE, ColumnElement, Connection, Select, literal, select

from evertunnel.directory.model import Page
from evertunnel.directory.tables import Member, is_member, membership
from evertunnel.values import GroupName

AT_ONCE = 500  # values in one statement: every SQLite takes 999


def groups_around(member: Member) -> CTE:
    """The groups that a member is in, directly or through other groups."""
    direct = select(membership.c.group).where(is_member(member)).cte("nested", recursive=True)
    return direct.union(
        select(membership.c.group).where(membership.c.member_kind == "group", membership.c.member == direct.c.group)
    )


def groups_inside(group: GroupName) -> CTE:
    """A group itself, and those that are in it, directly or through other groups."""
    itself = select(literal(str(group)).label("group")).cte("inside", recursive=True)
    return itself.union(
        select(membership.c.member).where(membership.c.member_kind == "group", membership.c.group == itself.c.group)
    )


def names_inside(group: GroupName, kind: str, page: Page) -> Select[tuple[str]]:
    """A page of the names of the users or computers that are in a group, directly or through other groups."""
    inside = groups_inside(group)
    return (
        select(membership.c.member)
        .distinct()
        .select_from(inside.join(membership, membership.c.group == inside.c.group))
        .where(membership.c.member_kind == kind, membership.c.member > page.after)
        .order_by(membership.c.member)
        .limit(page.limit)
    )


def is_inside(name: ColumnElement[str], kind: str, group: GroupName) -> ColumnElement[bool]:
    """Whether a user or a computer is in a group, directly or not; for few who were found otherwise."""
    own = select(membership.c.group).where(membership.c.member == name, membership.c.member_kind == kind)
    return own.where(membership.c.group.in_(groups_inside(group).select())).exists()


def direct_groups(connection: Connection, names: Iterable[str], kind: str) -> dict[str, tuple[GroupName, ...]]:
    """The groups that each of some users or computers is directly in, by name."""
    found: dict[str, tuple[GroupName, ...]] = dict.fromkeys(names, ())
    wanted = list(found)
    for start in range(0, len(wanted), AT_ONCE):
        chosen = select(membership.c.member, membership.c.group).where(
            membership.c.member_kind == kind, membership.c.member.in_(wanted[start : start + AT_ONCE])
        )
        for name, group in connection.execute(chosen.order_by(membership.c.group)):
            found[name] += (GroupName(group),)
    return found
