"""Rows of people. Every change writes its audit line, and what may end a session its outbox row, with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from sqlalchemy import Column, Connection, RowMapping, Select, delete, func, select, update

from evertunnel.directory.model import ALL, NewUser, Page, User, search_words, words_of
from evertunnel.directory.nesting import AT_ONCE, is_inside, names_inside
from evertunnel.directory.tables import begins_with, directory_user, is_member, membership, user_word
from evertunnel.errors import NotFound, Refused
from evertunnel.store import insert_many, outbox
from evertunnel.store.audit import Act
from evertunnel.store.outbox import What
from evertunnel.values import GroupName, Sid, UserName

COLUMNS = ("name", "display", "sid", "address", "enabled", "added")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What of some new people the directory has already, and whose it is."""

    names: frozenset[str]
    sids: dict[str, str]
    addresses: dict[str, str]

    def by(self, new: NewUser) -> tuple[str, ...]:
        """Why a person cannot be added."""
        found = []
        if new.name in self.names:
            found.append(f"{new.name} is in the directory already")
        if new.sid in self.sids:
            found.append(f"{new.sid} is the SID of {self.sids[new.sid]}")
        if str(new.address) in self.addresses:
            found.append(f"{new.address} is the address of {self.addresses[str(new.address)]}")
        return tuple(found)


def add_user(connection: Connection, new: NewUser, act: Act) -> None:
    """Adds a person; refused when the name, the SID or the address is taken."""
    _require_free(connection, new)
    insert_users(connection, [new], act, ["" if new.enabled else "disabled"])


def insert_users(connection: Connection, new: Sequence[NewUser], act: Act, details: Sequence[str]) -> None:
    """Adds people of whom `taken` has found nothing; `details` are for the trail."""
    insert_many(connection, directory_user, COLUMNS, [_row_of(each, act.at) for each in new])
    _insert_words(connection, ((each.name, each.display) for each in new))
    act.record_all(connection, "add user", [(each.name, detail) for each, detail in zip(new, details, strict=True)])


def taken(connection: Connection, new: Sequence[NewUser]) -> Taken:
    """What stands in the way of adding people, by index."""
    return Taken(
        names=frozenset(_owners(connection, directory_user.c.name, (each.name for each in new))),
        sids=_owners(connection, directory_user.c.sid, (each.sid for each in new if each.sid)),
        addresses=_owners(connection, directory_user.c.address, (str(each.address) for each in new if each.address)),
    )


def set_enabled(connection: Connection, name: UserName, act: Act, *, enabled: bool) -> None:
    """Enables or disables; a disabled person is refused everything."""
    _change(connection, name, enabled=int(enabled))
    act.record(connection, "enable user" if enabled else "disable user", name)
    if not enabled:
        outbox.put(connection, What.USER, name, act.at)


def set_display(connection: Connection, name: UserName, display: str, act: Act) -> None:
    """Names the person anew, also for searches."""
    _change(connection, name, display=display)
    connection.execute(delete(user_word).where(user_word.c.name == name))
    _insert_words(connection, [(name, display)])
    act.record(connection, "set display name", name)


def set_sid(connection: Connection, name: UserName, sid: Sid | None, act: Act) -> None:
    """Gives the account's SID, which new certificates carry, or takes it away."""
    _require_free(connection, NewUser(name=name, sid=sid), known=True)
    _change(connection, name, sid=sid)
    act.record(connection, "set sid", name, sid or "none")


def set_address(connection: Connection, name: UserName, address: IPv4Address | None, act: Act) -> None:
    """Fixes the tunnel's address, or takes that away; a live session has the old one, so it is asked about again."""
    _require_free(connection, NewUser(name=name, address=address), known=True)
    before = get_user(connection, name).address
    _change(connection, name, address=None if address is None else str(address))
    act.record(connection, "set address", name, str(address or "none"))
    if before not in {None, address}:
        outbox.put(connection, What.USER, name, act.at)


def remove_user(connection: Connection, name: UserName, act: Act) -> None:
    """Removes a person with memberships; the certificates stay on record, and are of no use to a later namesake."""
    get_user(connection, name)
    connection.execute(delete(membership).where(is_member(name)))
    connection.execute(delete(directory_user).where(directory_user.c.name == name))
    act.record(connection, "remove user", name)
    outbox.put(connection, What.USER, name, act.at)


def get_user(connection: Connection, name: UserName) -> User:
    """The person of this name."""
    found = find_user(connection, name)
    if found is None:
        raise NotFound(f"{name} is not in the directory. Add it first: evertunnel user add {name}")
    return found


def find_user(connection: Connection, name: UserName) -> User | None:
    """The person of this name, if there is one."""
    row = connection.execute(select(directory_user).where(directory_user.c.name == name)).mappings().first()
    return None if row is None else _user(row)


def users(
    connection: Connection, page: Page = ALL, search: str = "", group: GroupName | None = None
) -> tuple[User, ...]:
    """People by name; `search` holds beginnings of words of theirs, `group` is one that they are in, nested or not."""
    return tuple(_user(row) for row in connection.execute(page_of(page, search, group)).mappings())


def count(connection: Connection) -> int:
    """How many people the directory knows."""
    return int(connection.execute(select(func.count()).select_from(directory_user)).scalar_one())


def page_of(page: Page, search: str, group: GroupName | None) -> Select[tuple[object, ...]]:
    """The question behind `users`: the longest word narrows by index, all else looks only at what it found."""
    chosen = select(directory_user).where(directory_user.c.name > page.after).order_by(directory_user.c.name)
    first, *others = sorted(search_words(search), key=len, reverse=True) or [""]
    if first:
        chosen = chosen.where(directory_user.c.name.in_(_with_word(first)))
    for word in others:
        own = select(user_word.c.word).where(user_word.c.name == directory_user.c.name)
        chosen = chosen.where(own.where(begins_with(user_word.c.word, word)).exists())
    if group is not None and first:
        chosen = chosen.where(is_inside(directory_user.c.name, "user", group))
    elif group is not None:
        chosen = chosen.where(directory_user.c.name.in_(names_inside(group, "user", page)))
    return chosen.limit(page.limit)


def _with_word(word: str) -> Select[tuple[str]]:
    return select(user_word.c.name).where(begins_with(user_word.c.word, word))


def _owners(connection: Connection, column: Column[str], values: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = list(values)
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        rows = connection.execute(select(column, directory_user.c.name).where(column.in_(part)))
        found.update((value, name) for value, name in rows)
    return found


def _require_free(connection: Connection, new: NewUser, *, known: bool = False) -> None:
    found = taken(connection, [new])
    others = Taken(
        names=frozenset() if known else found.names,
        sids={sid: name for sid, name in found.sids.items() if name != new.name},
        addresses={address: name for address, name in found.addresses.items() if name != new.name},
    )
    reasons = others.by(new)
    if reasons:
        raise Refused(*(f"{reason}. A person has a name, a SID and an address alone." for reason in reasons))


def _change(connection: Connection, name: UserName, **columns: object) -> None:
    get_user(connection, name)
    connection.execute(update(directory_user).where(directory_user.c.name == name).values(**columns))


def _row_of(new: NewUser, at: float) -> tuple[str | int | float | None, ...]:
    sid = None if new.sid is None else str(new.sid)
    address = None if new.address is None else str(new.address)
    return (str(new.name), new.display, sid, address, int(new.enabled), at)


def _insert_words(connection: Connection, people: Iterable[tuple[UserName, str]]) -> None:
    words = sorted((str(word), str(name)) for name, display in people for word in words_of(name, display))
    insert_many(connection, user_word, ("word", "name"), words)


def _user(row: RowMapping) -> User:
    return User(
        name=UserName(row["name"]),
        display=row["display"],
        sid=None if row["sid"] is None else Sid(row["sid"]),
        address=None if row["address"] is None else IPv4Address(row["address"]),
        enabled=bool(row["enabled"]),
        added=row["added"],
    )
