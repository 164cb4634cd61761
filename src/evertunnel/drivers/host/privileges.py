"""The command line that gives a program a user and the capabilities of its unit, and nothing else."""

import os
import pwd

from evertunnel.drivers.host.processes import resolve
from evertunnel.drivers.host.units import Unit


def confined(unit: Unit) -> list[str]:
    """The unit's program under setpriv; KeyError if there is no such user."""
    user = pwd.getpwnam(unit.user)
    return setpriv(unit, uid=user.pw_uid, gid=user.pw_gid, groups=os.getgrouplist(unit.user, user.pw_gid))


def setpriv(unit: Unit, *, uid: int, gid: int, groups: list[int]) -> list[str]:
    """Its user, its groups, its capabilities alone, no way to gain others, and gone when its parent is.

    A unit that is root and names no capabilities is an engine that drops its own (charon, FreeRADIUS): it keeps root's.
    """
    members = ",".join([*(str(group) for group in groups), *unit.groups])
    words = [
        "setpriv",
        "--reuid",
        str(uid),
        "--regid",
        str(gid),
        "--groups",
        members,
        "--no-new-privs",
        "--pdeathsig",
        "KILL",
    ]
    if unit.user != "root" or unit.capabilities:
        # setpriv calls CAP_NET_ADMIN "net_admin".
        names = [name.lower().removeprefix("cap_") for name in unit.capabilities]
        allowed = ",".join(["-all", *(f"+{name}" for name in names)])
        words += ["--inh-caps", allowed, "--ambient-caps", allowed, "--bounding-set", allowed]
    return [*words, "--", *resolve(unit.argv)]
