"""What leads from the directory as it is to what the plan puts into it.

Never removes: devices, people's changes and what an earlier plan named stay until somebody removes them by name.
"""

from dataclasses import dataclass

from evertunnel.directory.model import PlannedHost, State
from evertunnel.reconcile.model import Effect
from evertunnel.values import GroupName, HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGroup:
    """Adds an empty group."""

    name: GroupName
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"add group {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddHost:
    """Adds a host of the plan as a computer."""

    name: HostName
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"add host {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMembership:
    """Puts a host into a group, which may entitle it to certificates."""

    host: HostName
    group: GroupName
    effect: Effect = Effect.OPENS

    def __str__(self) -> str:
        return f"put {self.host} into {self.group}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateStore:
    """Makes the store, or brings it up to this version."""

    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return "bring the store to this version"


DirectoryAction = MigrateStore | AddGroup | AddHost | AddMembership


def diff(current: State, desired: State) -> tuple[DirectoryAction, ...]:
    """The store first, then groups, hosts, and who is in what."""
    there = {host.name: host.groups for host in current.hosts}
    is_behind = desired.store_is_current and not current.store_is_current
    return (
        *((MigrateStore(),) if is_behind else ()),
        *(AddGroup(name=group) for group in desired.groups if group not in current.groups),
        *(AddHost(name=host.name) for host in desired.hosts if host.name not in there),
        *(membership for host in desired.hosts for membership in _memberships(host, there.get(host.name, ()))),
    )


def _memberships(host: PlannedHost, there: tuple[GroupName, ...]) -> tuple[AddMembership, ...]:
    return tuple(AddMembership(host=host.name, group=group) for group in host.groups if group not in there)
