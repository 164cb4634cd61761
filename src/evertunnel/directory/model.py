"""The directory's nouns, and its State: what the plan itself puts into it."""

from dataclasses import dataclass
from enum import Enum

from evertunnel.values import GroupName, HostName


class Kind(Enum):
    """What a computer is: a device that connects from outside, or a host of the plan."""

    DEVICE = "device"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computer:
    """A known computer; only an enabled one gets anything."""

    name: HostName
    kind: Kind
    enabled: bool
    added: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedHost:
    """A host as the plan names it, with its direct groups in order."""

    name: HostName
    groups: tuple[GroupName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Whether the store is of this version, and groups and hosts, each sorted; devices are no part of a plan."""

    store_is_current: bool = False
    groups: tuple[GroupName, ...] = ()
    hosts: tuple[PlannedHost, ...] = ()
