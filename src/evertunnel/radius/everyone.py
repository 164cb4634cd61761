"""The facts of everyone who could connect, in a few readings: of all of them is asked what another policy would change.

As `facts` reads them one by one, but whoever has no usable certificate is left out, and a session's serial and EAP
type, which the ledger does not have, are taken to be those that the person would have now.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evertunnel.access import Facts, Policy
from evertunnel.access.changes import Known
from evertunnel.access.model import Certificate, Computer, Live, Origin, Person
from evertunnel.plan.tunnels import Tunnel
from evertunnel.radius.facts import Database
from evertunnel.radius.suppose import device_question, said_by, user_question

CERTIFICATES = """
SELECT principal, serial, not_before, not_after, issued FROM certificate
WHERE template = ? AND revoked IS NULL AND not_before <= ? AND not_after > ? ORDER BY issued
"""
PEOPLE = "SELECT name, enabled, added, sid, address FROM directory_user ORDER BY name"
COMPUTERS = "SELECT name, kind, enabled, added FROM computer WHERE kind = 'device' ORDER BY name"
MEMBERSHIP = 'SELECT member, "group" FROM membership WHERE member_kind = ?'
LIVE = """
SELECT name, session, gateway, "outer", "inner", device, started FROM ledger_session
WHERE ended IS NULL AND tunnel = ? ORDER BY started, session
"""


def read(store: Path, ledger: Path, policy: Policy, now: float) -> Iterator[Known]:
    """Everyone with a usable certificate: devices, then people; OSError or sqlite3.Error when they cannot be read."""
    files = (Database(store), Database(ledger))
    try:
        yield from _read(*files, policy, now)
    finally:
        for file in files:
            file.disconnect()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is read once, for one kind of tunnel."""

    certificates: dict[str, Certificate]
    groups: "Groups"
    live: dict[str, tuple[Live, ...]]
    policy: Policy


class Groups:
    """Nested membership: each mixture of direct groups is worked out once."""

    def __init__(self, connection: sqlite3.Connection, kind: str, above: dict[str, list[str]]) -> None:
        self._direct = _listed(connection, kind)
        self._above = above
        self._nested: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """The groups of a member, sorted."""
        direct = tuple(self._direct.get(name, ()))
        if direct not in self._nested:
            found, waiting = set(direct), list(direct)
            while waiting:
                new = [group for group in self._above.get(waiting.pop(), ()) if group not in found]
                found.update(new)
                waiting.extend(new)
            self._nested[direct] = tuple(sorted(found))
        return self._nested[direct]


def _read(store: Database, ledger: Database, policy: Policy, now: float) -> Iterator[Known]:
    connection = store.connected()
    connection.execute("BEGIN")
    above = _listed(connection, "group")
    devices, people = (
        Sources(
            certificates=_certificates(connection, tunnel.value, now),
            groups=Groups(connection, kind, above),
            live=_live(ledger, tunnel),
            policy=policy,
        )
        for tunnel, kind in ((Tunnel.DEVICE, "computer"), (Tunnel.USER, "user"))
    )
    enabled: set[str] = set()
    for row in connection.execute(COMPUTERS):
        computer = Computer(name=row[0], kind=row[1], enabled=row[2] == 1, added=row[3])
        if computer.enabled:
            enabled.add(computer.name)
        if computer.name in devices.certificates:
            yield _device(devices, computer)
    origins = _origins(devices, enabled)
    for row in connection.execute(PEOPLE):
        person = Person(name=row[0], enabled=row[1] == 1, added=row[2], sid=row[3], address=row[4])
        if person.name in people.certificates:
            yield _person(people, person, origins)
    connection.execute("COMMIT")


def _device(sources: Sources, computer: Computer) -> Known:
    certificate = sources.certificates[computer.name]
    facts = Facts(
        question=device_question(computer.name, certificate.serial, sources.policy),
        certificate=certificate,
        computer=computer,
        groups=sources.groups.of(computer.name),
    )
    live = sources.live.get(computer.name, ())
    return Known(facts=facts, sessions=tuple(_session(facts, each, sources.policy) for each in live))


def _person(sources: Sources, person: Person, origins: dict[str, tuple[Origin, ...]]) -> Known:
    certificate = sources.certificates[person.name]
    facts = Facts(
        question=user_question(person.name, certificate.serial, sources.policy),
        certificate=certificate,
        person=person,
        groups=sources.groups.of(person.name),
    )
    live = sources.live.get(person.name, ())
    sessions = (
        replace(
            _session(facts, each, sources.policy),
            live=tuple(other for other in live if other is not each),
            since=each.started,
            origins=origins.get(each.outer, ()),
        )
        for each in live
    )
    return Known(facts=facts, sessions=tuple(sessions))


def _session(facts: Facts, live: Live, policy: Policy) -> Facts:
    where = said_by(live.gateway, policy)
    asked = {"outer": live.outer, "inner": live.inner, "session": live.session, "phase": "authorize-only"}
    return replace(facts, question=replace(facts.question, **where, **asked))


def _origins(devices: Sources, enabled: Collection[str]) -> dict[str, tuple[Origin, ...]]:
    """The devices whose tunnel is up, by outer address; a disabled one has none of its groups (as in `origins`)."""
    found: dict[str, list[Origin]] = defaultdict(list)
    for name, sessions in sorted(devices.live.items()):
        origin = Origin(device=name, groups=devices.groups.of(name) if name in enabled else ())
        for outer in {each.outer for each in sessions}:
            found[outer].append(origin)
    return {outer: tuple(origins) for outer, origins in found.items()}


def _certificates(connection: sqlite3.Connection, template: str, now: float) -> dict[str, Certificate]:
    """The usable certificate of each principal that was issued last."""
    return {
        row[0]: Certificate(
            serial=row[1], template=template, principal=row[0], not_before=row[2], not_after=row[3], issued=row[4]
        )
        for row in connection.execute(CERTIFICATES, (template, now, now))
    }


def _listed(connection: sqlite3.Connection, kind: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for member, group in connection.execute(MEMBERSHIP, (kind,)):
        groups[member].append(group)
    return groups


def _live(ledger: Database, tunnel: Tunnel) -> dict[str, tuple[Live, ...]]:
    try:
        rows = ledger.connected().execute(LIVE, (tunnel.value,)).fetchall()
    except FileNotFoundError:
        return {}
    found: dict[str, list[Live]] = defaultdict(list)
    for name, *rest in rows:
        found[name].append(
            Live(session=rest[0], gateway=rest[1], outer=rest[2], inner=rest[3], device=rest[4], started=rest[5])
        )
    return {name: tuple(sessions) for name, sessions in found.items()}
