"""Stand-ins for the host's drivers: in memory, and passing the same contract tests as the real ones."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from evertunnel.drivers.host.logins import LogIn
from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.drivers.host.values import Account, Directory, File, Route, Sysctl
from evertunnel.errors import EngineRejected, NotFound
from evertunnel.values import UserName


class FakeFiles:
    """A file system of files and directories."""

    def __init__(self, files: Iterable[File] = ()) -> None:
        self.files = {file.path: file for file in files}
        self.directories: dict[Path, Directory] = {}
        self.broken: set[Path] = set()

    def observe(self, directory: Path) -> tuple[File, ...]:
        """Every file below `directory`."""
        return tuple(file for path, file in sorted(self.files.items()) if path.is_relative_to(directory))

    def read(self, path: Path) -> File | None:
        """The file at `path`."""
        return self.files.get(path)

    def write(self, file: File) -> None:
        """Keeps the file; a path in `broken` is refused."""
        if file.path in self.broken:
            raise EngineRejected(f"cannot write {file.path}: planted fault")
        # Whether a file is secret is the writer's knowledge: the disk does not show it.
        self.files[file.path] = replace(file, secret=False)

    def remove(self, path: Path) -> None:
        """Forgets the file."""
        self.files.pop(path, None)

    def directory(self, path: Path) -> Directory | None:
        """The directory at `path`."""
        return self.directories.get(path)

    def inside(self, path: Path) -> tuple[Path, ...]:
        """What lies directly in the directory."""
        below = [each for each in (*self.files, *self.directories) if path in each.parents]
        return tuple(sorted({path / each.relative_to(path).parts[0] for each in below}))

    def make_directory(self, directory: Directory) -> None:
        """Keeps the directory."""
        self.directories[directory.path] = directory

    def remove_directory(self, path: Path) -> None:
        """Forgets the directory, unless something is in it."""
        if not self.inside(path):
            self.directories.pop(path, None)


class FakeAccounts:
    """A user database."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}

    def observe(self, name: str) -> Account | None:
        """The account."""
        return self.accounts.get(name)

    def make(self, account: Account) -> None:
        """Keeps the account."""
        self.accounts[account.name] = account


class FakeServices:
    """A service manager whose programs do nothing, for ever; an argv in `refused` does not start."""

    def __init__(self) -> None:
        self.statuses: dict[str, ServiceStatus] = {}
        self.missing: set[str] = set()
        self.refused: set[tuple[str, ...]] = set()
        self.told: list[str] = []
        self._pids = 100

    def observe(self) -> dict[str, ServiceStatus]:
        """What is installed."""
        return dict(self.statuses)

    def has_program(self, unit: Unit) -> bool:
        """Whether the program is not in `missing`."""
        return unit.argv[0] not in self.missing

    def wait(self, seconds: float) -> None:
        """Nothing happens meanwhile."""

    def install(self, unit: Unit) -> None:
        """Keeps the unit."""
        there = self.statuses.get(unit.name)
        self.statuses[unit.name] = replace(there, unit=unit) if there else ServiceStatus(unit=unit)

    def remove(self, name: str) -> None:
        """Forgets it."""
        self.told.append(f"remove {name}")
        self.statuses.pop(name, None)

    def start(self, name: str) -> None:
        """Gives it a process, if it has none."""
        self.told.append(f"start {name}")
        self._run(name)

    def stop(self, name: str) -> None:
        """Takes its process away."""
        self.told.append(f"stop {name}")
        self.statuses[name] = replace(self._named(name), pid=None)

    def restart(self, name: str) -> None:
        """Gives it another process."""
        self.told.append(f"restart {name}")
        self.statuses[name] = replace(self._named(name), pid=None)
        self._run(name)

    def shut_down(self) -> None:
        """Ends a manager that is ours and has nothing left to manage; one that is the system's stays."""
        self.told.append("shut down")

    def _run(self, name: str) -> None:
        status = self._named(name)
        if status.unit.argv in self.refused:
            raise EngineRejected(f"service {name} does not start: planted fault")
        if status.pid is None:
            self._pids += 1
            self.statuses[name] = replace(status, pid=self._pids, started_digest=status.unit.digest(), uptime=60.0)

    def _named(self, name: str) -> ServiceStatus:
        if name not in self.statuses:
            raise NotFound(f"no service {name!r} is installed")
        return self.statuses[name]


class FakeNetwork:
    """Kernel settings and routes."""

    def __init__(self, sysctls: dict[str, str] | None = None) -> None:
        self.sysctls = dict(sysctls or {})
        self.kept: tuple[Route, ...] = ()

    def sysctl(self, name: str) -> str | None:
        """The setting's value."""
        return self.sysctls.get(name)

    def set_sysctl(self, setting: Sysctl) -> None:
        """Changes a setting that there is."""
        if setting.name not in self.sysctls:
            raise EngineRejected(f"cannot set {setting.name} to {setting.value}: no such setting")
        self.sysctls[setting.name] = setting.value

    def routes(self) -> tuple[Route, ...]:
        """Our routes."""
        return tuple(sorted(self.kept, key=str))

    def add_route(self, route: Route) -> None:
        """Adds a route."""
        self.kept = (*(each for each in self.kept if each != route), route)

    def remove_route(self, route: Route) -> None:
        """Takes a route away."""
        if route not in self.kept:
            raise EngineRejected(f"ip: no route {route}")
        self.kept = tuple(each for each in self.kept if each != route)


class FakeLogins:
    """A device with accounts, by number, and with logind unless `is_there` is False."""

    def __init__(self, accounts: dict[str, int] | None = None, *, is_there: bool = True) -> None:
        self.accounts, self.is_there = accounts or {}, is_there
        self.installed: dict[int, LogIn] = {}
        self.removed: list[int] = []

    def are_seen(self) -> bool:
        """Whether logind is there."""
        return self.is_there

    def number(self, account: str) -> int | None:
        """The account's number."""
        return self.accounts.get(account)

    def observe(self) -> dict[int, UserName]:
        """Who is signed in by which account's log-in."""
        return {number: login.user for number, login in self.installed.items()}

    def install(self, login: LogIn) -> None:
        """Keeps it."""
        self.installed[login.number] = login

    def remove(self, number: int) -> None:
        """Forgets it."""
        self.removed.append(number)
        self.installed.pop(number, None)


class FakeBoot:
    """A host that loads its packet filter at boot when it is told to; None: it is nobody's question."""

    def __init__(self, *, at_boot: bool | None = None) -> None:
        self.at_boot = at_boot

    def kept(self) -> bool | None:
        """Whether it does."""
        return self.at_boot

    def keep(self) -> None:
        """Does from now on."""
        self.at_boot = True

    def forget(self) -> None:
        """Does no longer."""
        self.at_boot = False
