"""Devices in the directory, and their enrolment."""

from dataclasses import dataclass

from sqlalchemy import Connection

from evertunnel.control_plane import certificates, world
from evertunnel.directory import nesting, records
from evertunnel.directory.model import ALL, Kind, Page
from evertunnel.errors import DocumentError, Refused
from evertunnel.plan import checks
from evertunnel.plan.model import Plan
from evertunnel.profiles import linux_agent
from evertunnel.profiles.device import DeviceProfile
from evertunnel.store import REVISION, version
from evertunnel.store.audit import Act
from evertunnel.values import GroupName, HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A device as it is listed."""

    name: HostName
    enabled: bool
    groups: tuple[GroupName, ...]


def add(names: tuple[HostName, ...], groups: tuple[GroupName, ...]) -> None:
    """Adds devices and puts each into the groups; all of it or nothing."""
    act = world.act()
    with world.store().transaction() as connection:
        for name in names:
            records.add_computer(connection, name, Kind.DEVICE, act)
            for group in groups:
                records.add_member(connection, name, group, act)


def enable(names: tuple[HostName, ...]) -> None:
    """Lets devices in again."""
    act = world.act()
    _set_enabled(names, act, enabled=True)


def disable(names: tuple[HostName, ...]) -> None:
    """Keeps devices out; live ones go at their next asking."""
    act = world.act()
    _set_enabled(names, act, enabled=False)


def remove(names: tuple[HostName, ...]) -> None:
    """Forgets devices; their certificates stay on record."""
    act = world.act()
    with world.store().transaction() as connection:
        for name in names:
            _require_device(connection, name)
            records.remove_computer(connection, name, act)


def require_room(plan: Plan, name: str) -> None:
    """Refuses a plan whose pool is too small for the devices that the directory knows; `name` is the plan's file."""
    if version(world.STORE) != REVISION:
        return  # nothing is known yet
    with world.store().transaction() as connection:
        known = records.count(connection, Kind.DEVICE)
    problems = checks.pool_problems(plan, {plan.device_tunnel.pool: known})
    if problems:
        raise DocumentError(name, [each.problem() for each in problems])


def listed(page: Page = ALL, search: str = "", group: GroupName | None = None) -> tuple[Row, ...]:
    """A page of the devices whose names begin with a text, in a group if one is named."""
    with world.store().transaction() as connection:
        found = records.computers(connection, Kind.DEVICE, page, search, group)
        groups = nesting.direct_groups(connection, (device.name for device in found), "computer")
    return tuple(Row(name=device.name, enabled=device.enabled, groups=groups[device.name]) for device in found)


def enrol(plan: Plan, device: HostName, request: str) -> DeviceProfile:
    """Has the device's certificate issued and gives the profile that its agent installs."""
    common = linux_agent.device_profile(plan, certificates.trust())
    # The last, because it cannot be taken back.
    return common.of(device, certificates.issue("device", device, request))


def _set_enabled(names: tuple[HostName, ...], act: Act, *, enabled: bool) -> None:
    with world.store().transaction() as connection:
        for name in names:
            _require_device(connection, name)
            records.set_enabled(connection, name, act, enabled=enabled)


def _require_device(connection: Connection, name: HostName) -> None:
    """Refuses a host of the plan: what it is, the plan says."""
    if records.get_computer(connection, name).kind is not Kind.DEVICE:
        raise Refused(f"{name} is a host of the plan, not a device. Change the plan and apply it.")
