"""People in the directory, their import from a file, and their certificates."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import BinaryIO

from evertunnel.control_plane import certificates, world
from evertunnel.directory import importing, nesting, records, sheet, users
from evertunnel.directory.model import ALL, NewUser, Page, User
from evertunnel.directory.sheet import Told
from evertunnel.plan.model import Plan
from evertunnel.profiles import linux_agent
from evertunnel.profiles.user import UserProfile
from evertunnel.values import GroupName, Serial, Sid, UserName


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A person as people are listed, with the groups that they are directly in."""

    name: UserName
    display: str
    enabled: bool
    sid: Sid | None
    address: IPv4Address | None
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person with all that belongs to them; certificates oldest first."""

    row: Row
    added: float
    nested_groups: tuple[GroupName, ...]
    certificates: tuple[Serial, ...]


def add(people: tuple[NewUser, ...], groups: tuple[GroupName, ...]) -> None:
    """Adds people and puts each into the groups; all of it or nothing."""
    act = world.act()
    with world.store().transaction() as connection:
        for person in people:
            users.add_user(connection, person, act)
            for group in groups:
                records.add_member(connection, person.name, group, act)


def import_file(stream: BinaryIO, *, name: str, told: Told) -> int:
    """Adds the people of a CSV file, all or none, and gives how many; `name` is what messages call the file."""
    people = sheet.read(stream, name=name, told=told)
    # As a reader first: while a long list of wrong lines is found, nobody waits for the writers' lock.
    with world.store(read_only=True).transaction() as connection:
        importing.require_addable(connection, people)
    act = world.act()
    with world.store().transaction() as connection:
        importing.put_all(connection, people, act, told=told)
    return len(people.entries)


def enable(names: tuple[UserName, ...]) -> None:
    """Lets people in again."""
    _set_enabled(names, enabled=True)


def disable(names: tuple[UserName, ...]) -> None:
    """Keeps people out; what they have open is ended."""
    _set_enabled(names, enabled=False)


def remove(names: tuple[UserName, ...]) -> None:
    """Forgets people; their certificates stay on record."""
    act = world.act()
    with world.store().transaction() as connection:
        for name in names:
            users.remove_user(connection, name, act)


def set_address(name: UserName, address: IPv4Address | None) -> None:
    """Fixes the address of the user's tunnel, or takes that away."""
    act = world.act()
    with world.store().transaction() as connection:
        users.set_address(connection, name, address, act)


def set_sid(name: UserName, sid: Sid | None) -> None:
    """Gives the SID that new certificates carry, or takes it away."""
    act = world.act()
    with world.store().transaction() as connection:
        users.set_sid(connection, name, sid, act)


def set_display(name: UserName, display: str) -> None:
    """Changes the name that people write."""
    act = world.act()
    with world.store().transaction() as connection:
        users.set_display(connection, name, display, act)


def listed(page: Page = ALL, search: str = "", group: GroupName | None = None) -> tuple[Row, ...]:
    """A page of the people whom a search finds, in a group if one is named."""
    with world.store().transaction() as connection:
        if group is not None:
            records.require_group(connection, group)
        found = users.users(connection, page, search, group)
        groups = nesting.direct_groups(connection, (person.name for person in found), "user")
    return tuple(_row(person, groups[person.name]) for person in found)


def show(name: UserName) -> Person:
    """One person."""
    held = certificates.of(name)
    with world.store().transaction() as connection:
        person = users.get_user(connection, name)
        direct = records.direct_groups_of(connection, name)
        nested = records.groups_of(connection, name)
    return Person(
        row=_row(person, direct),
        added=person.added,
        nested_groups=tuple(sorted(nested.difference(direct))),
        certificates=tuple(each.serial for each in held),
    )


def enrol(name: UserName, template: str, request: str) -> str:
    """Has the user's certificate issued; in PEM, with the issuing authority's below it."""
    certificate = certificates.issue(template, name, request)
    _, issuing = certificates.authorities()
    return certificate + issuing


def enrol_for_agent(plan: Plan, name: UserName, request: str) -> UserProfile:
    """Has the user's certificate issued and gives the profile with which they sign in on a device with our agent."""
    common = linux_agent.user_profile(plan, certificates.trust())
    # The last, because it cannot be taken back.
    return common.of(name, certificates.issue("user", name, request))


def _set_enabled(names: tuple[UserName, ...], *, enabled: bool) -> None:
    act = world.act()
    with world.store().transaction() as connection:
        for name in names:
            users.set_enabled(connection, name, act, enabled=enabled)


def _row(person: User, groups: tuple[GroupName, ...]) -> Row:
    return Row(
        name=person.name,
        display=person.display,
        enabled=person.enabled,
        sid=person.sid,
        address=person.address,
        groups=groups,
    )
