"""Puts the people of a file into the directory: all of them, or nobody and every line that is in the way."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from evertunnel.directory import users
from evertunnel.directory.sheet import Entry, Told
from evertunnel.directory.tables import directory_group, membership
from evertunnel.errors import DocumentError, Problem
from evertunnel.store import insert_many
from evertunnel.store.audit import Act

PART = 5000  # people between two words about progress
NAMESAKE = "Leave the line out, or remove what is there"
GROUP_FIRST = "Add the group first, or take it out of the line"


def put_all(connection: Connection, entries: Sequence[Entry], act: Act, *, name: str, told: Told) -> None:
    """Adds everybody; a DocumentError about the file `name` comes before anything is written."""
    problems = _problems(connection, entries)
    if problems:
        raise DocumentError(name, problems)
    # In the order of the tables' keys, so that pages fill one after the other.
    ordered = sorted(entries, key=lambda entry: entry.user.name)
    for start in range(0, len(ordered), PART):
        part = ordered[start : start + PART]
        users.insert_users(connection, [entry.user for entry in part], act, [_detail(entry) for entry in part])
        _insert_memberships(connection, part)
        told(start + len(part), "people added")


def _problems(connection: Connection, entries: Sequence[Entry]) -> list[Problem]:
    taken = users.taken(connection, [entry.user for entry in entries])
    groups = set(connection.scalars(select(directory_group.c.name)))
    found = []
    for entry in entries:
        found += [_problem(entry, reason, NAMESAKE) for reason in taken.by(entry.user)]
        missing = (group for group in entry.groups if group not in groups)
        found += [_problem(entry, f"there is no group {group!s} in the directory", GROUP_FIRST) for group in missing]
    return found


def _insert_memberships(connection: Connection, part: Sequence[Entry]) -> None:
    rows = sorted((str(entry.user.name), "user", str(group)) for entry in part for group in entry.groups)
    insert_many(connection, membership, ("member", "member_kind", "group"), rows)


def _detail(entry: Entry) -> str:
    """One line of the trail for a person, groups included: lines are what an import mostly waits for."""
    state = "" if entry.user.enabled else "disabled, "
    return f"{state}imported, in {'; '.join(entry.groups) or 'no group'}"


def _problem(entry: Entry, what: str, mend: str) -> Problem:
    return Problem(path=f"line {entry.line}", what=what, mend=f"{mend}.")
