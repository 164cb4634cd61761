"""Brings the plan's groups and hosts into the store of the directory's host."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from evertunnel.directory import records
from evertunnel.directory.diff import AddGroup, AddHost, AddMembership, DirectoryAction, MigrateStore, diff
from evertunnel.directory.model import Kind, PlannedHost, State
from evertunnel.errors import EngineRejected, NotFound, Refused
from evertunnel.reconcile.model import Action, Evidence
from evertunnel.store import REVISION, migrate, open_store, version
from evertunnel.store.audit import Act


class DirectoryEngine:
    """Engine[State] over a store; `actor` is who the audit trail names."""

    name = "directory"

    def __init__(self, *, store: Path, actor: str, clock: Callable[[], float]) -> None:
        self._store, self._actor, self._clock = store, actor, clock

    def observe(self) -> State:
        """The groups and hosts that are there; one of another version shows nothing."""
        if version(self._store) != REVISION:
            return State()
        with open_store(self._store, read_only=True).transaction() as connection:
            return State(store_is_current=True, groups=records.groups(connection), hosts=_hosts(connection))

    def diff(self, current: State, desired: State) -> tuple[DirectoryAction, ...]:
        """What leads from one to the other."""
        return diff(current, desired)

    def check(self, desired: State) -> None:
        """Refuses a host whose name a device has."""
        if version(self._store) != REVISION:
            return
        with open_store(self._store, read_only=True).transaction() as connection:
            there = [records.find_computer(connection, host.name) for host in desired.hosts]
        taken = [each.name for each in there if each is not None and each.kind is Kind.DEVICE]
        if taken:
            raise EngineRejected(
                f"{', '.join(taken)}: the directory has a device of this name. Rename the host or remove the device."
            )

    def perform(self, action: Action) -> None:
        """Does one action of `diff`; what is there already is left as it is."""
        if isinstance(action, MigrateStore):
            migrate(self._store)
            return
        try:
            with open_store(self._store).transaction() as connection:
                self._add(connection, action)
        except (Refused, NotFound) as error:
            raise EngineRejected(f"{action}: {error}") from error

    def verify(self, desired: State) -> tuple[Evidence, ...]:
        """What is planned is there; tells what else is."""
        current = self.observe()
        missing = "; ".join(str(action) for action in diff(current, desired))
        beyond = [f"group {group}" for group in current.groups if group not in desired.groups]
        beyond += [f"{host} in {group}" for host, group in sorted(_memberships(current) - _memberships(desired))]
        there = f"{len(desired.groups)} groups and {len(desired.hosts)} hosts are in the directory"
        more = f"; there beside the plan, and left alone: {', '.join(beyond)}" if beyond else ""
        what = f"left to do: {missing}" if missing else there + more
        return (Evidence(part="directory", held=not missing, what=what),)

    def empty(self) -> State:
        """Nothing wanted, which removes nothing: the directory is the organisation's."""
        return State()

    def _add(self, connection: Connection, action: Action) -> None:
        act = Act(at=self._clock(), actor=self._actor)
        match action:
            case AddGroup(name=name):
                if name not in records.groups(connection):
                    records.add_group(connection, name, act)
            case AddHost(name=name):
                if records.find_computer(connection, name) is None:
                    records.add_computer(connection, name, Kind.HOST, act)
            case AddMembership(host=host, group=group):
                if group not in records.direct_groups_of(connection, host):
                    records.add_member(connection, host, group, act)
            case _:
                raise EngineRejected(f"{self.name} cannot do {action!r}")


def _hosts(connection: Connection) -> tuple[PlannedHost, ...]:
    return tuple(
        PlannedHost(name=each.name, groups=records.direct_groups_of(connection, each.name))
        for each in records.computers(connection, Kind.HOST)
    )


def _memberships(state: State) -> set[tuple[str, str]]:
    return {(host.name, group) for host in state.hosts for group in host.groups}
