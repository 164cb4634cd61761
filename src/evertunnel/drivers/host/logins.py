"""What a log-in starts where systemd-logind is: a unit that user@UID.service pulls in, and takes along when it ends.

logind starts user@UID.service at a person's first log-in, waits for it, and stops it after the last log-out. Ours is a
unit of its own, after that one: nobody's log-in waits for it or fails with it.
"""

import pwd
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evertunnel.drivers.host.files import File, Files
from evertunnel.drivers.host.processes import resolve, run
from evertunnel.drivers.host.systemd import command_line
from evertunnel.values import UserName

LOGIND = "systemd-logind.service"
USER = re.compile(r"^User=(.+)$", re.MULTILINE)

UNIT = """\
[Unit]
Description=Evertunnel signs {user} in and out
# At shutdown signed out before agent and charon end, which have to do it.
After={manager} evertunnel-client.service evertunnel-client-charon.service
# Not BindsTo: logind asks only once for the end of its unit, and is refused while what must end with it still starts.
StopWhenUnneeded=yes
IgnoreOnIsolate=yes

[Service]
Type=oneshot
RemainAfterExit=yes
# The number of an account that was deleted may be somebody else's now.
ExecCondition={is_account}
# Refused, or the agent not there yet: the agent follows who is signed in, and the log-out signs out in any case.
ExecStart=-{sign_in}
ExecStopPost=-{sign_out}
TimeoutStartSec=60s
TimeoutStopSec=30s
NoNewPrivileges=yes

[Install]
WantedBy={manager}

[X-Evertunnel]
User={user}
"""
# systemd runs what comes after also when the condition did not hold: the person may be here, by another account.
WAS_ACCOUNT = '[ "$SERVICE_RESULT" = exec-condition ] || exec "$@"'
IS_ACCOUNT = 'test "$(id -u -- "$1")" = "$2"'


@dataclass(frozen=True, slots=True, kw_only=True)
class LogIn:
    """Who is signed in when which account logs in; `number` is the account's."""

    user: UserName
    account: str
    number: int


class Logins:
    """The log-ins of this host."""

    def __init__(
        self,
        *,
        units: Path = Path("/etc/systemd/system"),
        systemctl: Callable[[Sequence[str]], str] = lambda words: run(["systemctl", *words], timeout=120),
        booted_with_systemd: Path = Path("/run/systemd/system"),
        owner: tuple[str, str] = ("root", "root"),
    ) -> None:
        self._units, self._systemctl, self._owner = units, systemctl, owner
        self._booted_with_systemd, self._files = booted_with_systemd, Files()

    def are_seen(self) -> bool:
        """Whether systemd-logind runs here."""
        return self._has_systemd() and self._is_active(LOGIND)

    def number(self, account: str) -> int | None:
        """The number of an account of this host."""
        try:
            return pwd.getpwnam(account).pw_uid
        except KeyError:
            return None

    def observe(self) -> dict[int, UserName]:
        """Who is signed in when the account with which number logs in."""
        return {number: user for path in self._units.glob(_name("*")) for number, user in self._read(path)}

    def install(self, login: LogIn) -> None:
        """From the next log-in on; from now on if the account is logged in."""
        owner, group = self._owner
        path = self._units / _name(login.number)
        self._files.write(File(path=path, content=unit_file(login), owner=owner, group=group))
        self._systemctl(["daemon-reload"])
        self._systemctl(["enable", path.name])
        if self._is_active(_manager(login.number)):
            self._systemctl(["start", path.name])

    def remove(self, number: int) -> None:
        """From now on; who was signed in by a log-in is signed out."""
        path = self._units / _name(number)
        if self._has_systemd() and path.exists():
            # While its file is there: the unit knows no sign-out without.
            self._systemctl(["stop", path.name])
        wants = self._units / f"{_manager(number)}.wants"
        self._files.remove(wants / path.name)
        self._files.remove_directory(wants)
        self._files.remove(path)
        if self._has_systemd():
            self._systemctl(["daemon-reload"])

    def _has_systemd(self) -> bool:
        return self._booted_with_systemd.is_dir()

    def _is_active(self, unit: str) -> bool:
        return self._systemctl(["show", "--property=ActiveState", "--value", unit]).strip() == "active"

    def _read(self, path: Path) -> list[tuple[int, UserName]]:
        """Nothing where somebody else's file has such a name."""
        file, number = self._files.read(path), path.stem.rpartition("-")[2]
        found = USER.search(file.content) if file else None
        try:
            return [(int(number), UserName(found[1]))] if found else []
        except ValueError:
            return []


def unit_file(login: LogIn) -> str:
    """The unit's text; pure."""
    client = ("evertunnel", "client")
    return UNIT.format(
        user=login.user,
        manager=_manager(login.number),
        is_account=command_line(("/bin/sh", "-c", IS_ACCOUNT, "sh", login.account, str(login.number))),
        sign_in=command_line((*client, "sign-in", login.user)),
        sign_out=command_line(("/bin/sh", "-c", WAS_ACCOUNT, "sh", *resolve((*client, "sign-out", login.user)))),
    )


def _name(number: int | str) -> str:
    return f"evertunnel-sign-in-{number}.service"


def _manager(number: int) -> str:
    return f"user@{number}.service"
