"""The directory's tables, and how a member of a group is told."""

from sqlalchemy import Column, ColumnElement, Float, ForeignKey, Index, Integer, Table, Text, and_

from evertunnel.store import metadata
from evertunnel.store.outbox import What
from evertunnel.values import GroupName, HostName, UserName

computer = Table(
    "computer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("added", Float, nullable=False),
)
directory_user = Table(
    "directory_user",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display", Text, nullable=False),
    Column("sid", Text, unique=True),
    Column("address", Text, unique=True),
    Column("enabled", Integer, nullable=False),
    Column("added", Float, nullable=False),
)
user_word = Table(
    "user_word",
    metadata,
    Column("word", Text, primary_key=True),
    Column("name", Text, ForeignKey("directory_user.name", ondelete="CASCADE"), primary_key=True),
)
directory_group = Table("directory_group", metadata, Column("name", Text, primary_key=True))
membership = Table(
    "membership",
    metadata,
    Column("member", Text, primary_key=True),
    Column("member_kind", Text, primary_key=True),
    Column("group", Text, ForeignKey("directory_group.name"), primary_key=True),
)
Index("computer_by_kind", computer.c.kind, computer.c.name)
Index("user_word_by_name", user_word.c.name)
Index("membership_by_group", membership.c.group, membership.c.member_kind, membership.c.member)

Member = HostName | GroupName | UserName
KINDS: dict[str, type[HostName] | type[GroupName] | type[UserName]] = {
    "computer": HostName,
    "group": GroupName,
    "user": UserName,
}
LAST = "\U0010ffff"


def kind_of(member: Member) -> str:
    """The word in `member_kind`."""
    return next(kind for kind, made in KINDS.items() if isinstance(member, made))


def outbox_word(member: Member) -> What:
    """What a member is in the outbox."""
    return {"computer": What.DEVICE, "group": What.GROUP, "user": What.USER}[kind_of(member)]


def is_member(member: Member) -> ColumnElement[bool]:
    """Whether a membership is this member's."""
    return and_(membership.c.member == member, membership.c.member_kind == kind_of(member))


def begins_with(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, as a range that an index of either database answers."""
    return and_(column >= text, column < text + LAST)
