"""Puts the people of a file into the directory: all of them, or nobody and every line that is in the way."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from evertunnel.directory import sheet, users
from evertunnel.directory.sheet import Entry, Flaw, Sheet, Told
from evertunnel.directory.tables import directory_group, membership
from evertunnel.store import insert_many
from evertunnel.store.audit import Act

PART = 5000  # people between two words about progress
NAMESAKE = "Leave the line out, or remove what is there"
GROUP_FIRST = "Add the group first, or take it out of the line"


def put_all(connection: Connection, people: Sheet, act: Act, *, told: Told) -> None:
    """Adds everybody; a DocumentError comes before anything is written."""
    require_addable(connection, people)
    # In the order of the tables' keys, so that pages fill one after the other.
    ordered = sorted(people.entries, key=lambda entry: entry.user.name)
    for start in range(0, len(ordered), PART):
        part = ordered[start : start + PART]
        users.insert_users(connection, [entry.user for entry in part], act, [_detail(entry) for entry in part])
        _insert_memberships(connection, part)
        told(start + len(part), "people added")


def require_addable(connection: Connection, people: Sheet) -> None:
    """Finds each wrong line, whether the file shows it or only the directory; a DocumentError if there is one."""
    flaws = (*people.flaws, *_in_the_way(connection, people.entries))
    if flaws:
        raise sheet.wrong(people.name, flaws)


def _in_the_way(connection: Connection, entries: Sequence[Entry]) -> Iterator[Flaw]:
    taken = users.taken(connection, [entry.user for entry in entries])
    groups = set(connection.scalars(select(directory_group.c.name)))
    for entry in entries:
        for reason in taken.by(entry.user):
            yield Flaw(line=entry.line, what=reason, mend=NAMESAKE)
        for group in entry.groups:
            if group not in groups:
                yield Flaw(line=entry.line, what=f"there is no group {group!s} in the directory", mend=GROUP_FIRST)


def _insert_memberships(connection: Connection, part: Sequence[Entry]) -> None:
    rows = sorted((str(entry.user.name), "user", str(group)) for entry in part for group in entry.groups)
    insert_many(connection, membership, ("member", "member_kind", "group"), rows)


def _detail(entry: Entry) -> str:
    """One line of the trail for a person, groups included: lines are what an import mostly waits for."""
    state = "" if entry.user.enabled else "disabled, "
    return f"{state}imported, in {'; '.join(entry.groups) or 'no group'}"
