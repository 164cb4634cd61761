"""The built-in directory (AD DS): which groups there are."""

from dataclasses import dataclass

from evertunnel.plan.settings import setting
from evertunnel.values import GroupName


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The groups that the plan itself names; people and devices are added on the command line."""

    groups: tuple[GroupName, ...] = setting("Groups that shall exist, like VPN Servers.")
