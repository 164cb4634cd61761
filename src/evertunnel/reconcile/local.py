"""A domain that lives in accounts, directories, files and services of a host: its state, difference and engine.

A domain's engine is either `LocalEngine` itself, or holds one and adds what only it knows (connections, rules).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evertunnel.drivers.host.units import Services, ServiceStatus
from evertunnel.drivers.host.values import Account, Directory, File
from evertunnel.errors import EngineRejected
from evertunnel.reconcile.files import (
    FileAction,
    MakeDirectory,
    RemoveDirectory,
    RemoveFile,
    WriteFile,
    diff_directories,
    diff_files,
)
from evertunnel.reconcile.model import Action, Effect, Evidence
from evertunnel.reconcile.services import (
    RemoveService,
    RestartService,
    Service,
    ServiceAction,
    StartService,
    diff_services,
    observed,
)

SETTLE_SECONDS = 0.3
VERIFY_TRIES, VERIFY_PAUSE = 50, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What a domain has on a host; `holding` are (observed) directories with data in them, which stay wanted or not."""

    accounts: tuple[Account, ...] = ()
    directories: tuple[Directory, ...] = ()
    files: tuple[File, ...] = ()
    services: tuple[Service, ...] = ()
    holding: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What belongs to a domain, wanted or not, so that what is no longer wanted is found.

    Everything below `tree` is the domain's; `files`, `directories` and `accounts` are single ones elsewhere.
    Accounts are never removed by a difference, because files of theirs may stay. `programs` are those that its
    services may run: a bundle is believed in what it says, not in what it is allowed to touch.
    """

    tree: Path
    services: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    directories: tuple[Path, ...] = ()
    accounts: tuple[str, ...] = ()
    programs: tuple[str, ...] = ("evertunnel",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAccount:
    """Makes a system account."""

    account: Account
    effect: Effect = Effect.NEUTRAL

    def __str__(self) -> str:
        return f"make system account {self.account.name} in group {self.account.group}"


LocalAction = MakeAccount | MakeDirectory | RemoveDirectory | FileAction | ServiceAction


class FilesDriver(Protocol):
    """What is asked of a file system."""

    def observe(self, directory: Path) -> tuple[File, ...]: ...
    def read(self, path: Path) -> File | None: ...
    def write(self, file: File) -> None: ...
    def remove(self, path: Path) -> None: ...


class DirectoriesDriver(Protocol):
    """What is asked of a file system about directories."""

    def directory(self, path: Path) -> Directory | None: ...
    def inside(self, path: Path) -> tuple[Path, ...]: ...
    def make_directory(self, directory: Directory) -> None: ...
    def remove_directory(self, path: Path) -> None: ...


class AccountsDriver(Protocol):
    """What is asked of the user database."""

    def observe(self, name: str) -> Account | None: ...
    def make(self, account: Account) -> None: ...


class FileSystem(FilesDriver, DirectoriesDriver, Protocol):
    """Both together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDrivers:
    """The drivers of one host."""

    files: FileSystem
    accounts: AccountsDriver
    services: Services


def diff_local(current: Local, desired: Local) -> tuple[LocalAction, ...]:
    """Accounts, directories, files, then the services that need them; stopping closes, and so comes first anyway."""
    accounts = tuple(MakeAccount(account=account) for account in desired.accounts if account not in current.accounts)
    files = diff_files(current.files, desired.files)
    rewritten = frozenset(action.file.path for action in files if isinstance(action, WriteFile))
    services = diff_services(current.services, desired.services, rewritten)
    directories = diff_directories(current.directories, desired.directories, current.holding)
    makes = tuple(action for action in directories if isinstance(action, MakeDirectory))
    removes = tuple(action for action in directories if isinstance(action, RemoveDirectory))
    return (*accounts, *makes, *files, *removes, *services)


class LocalEngine:
    """Engine[Local] for the things that `owned` names."""

    def __init__(
        self,
        *,
        name: str,
        owned: Owned,
        host: HostDrivers,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.name = name
        self._owned, self._host, self._sleep = owned, host, sleep or host.services.wait

    def observe(self) -> Local:
        """What is there and runs."""
        owned, host = self._owned, self._host
        singles = (host.files.read(path) for path in owned.files)
        directories = (host.files.directory(path) for path in owned.directories)
        accounts = (host.accounts.observe(name) for name in owned.accounts)
        files = (*host.files.observe(owned.tree), *(file for file in singles if file is not None))
        ours = frozenset(file.path for file in files)
        return Local(
            accounts=tuple(account for account in accounts if account is not None),
            directories=tuple(directory for directory in directories if directory is not None),
            files=tuple(sorted(files, key=lambda file: file.path)),
            services=tuple(observed(status) for status in self._statuses().values()),
            holding=tuple(path for path in owned.directories if self._holds(path, ours)),
        )

    def diff(self, current: Local, desired: Local) -> tuple[Action, ...]:
        """What leads from one to the other."""
        return diff_local(current, desired)

    def check(self, desired: Local) -> None:
        """Refuses a service whose program is not on this host, and anything that `owned` does not cover."""
        strangers = sorted(self._strangers(desired))
        if strangers:
            raise EngineRejected(f"{self.name}: not this domain's to manage: {', '.join(strangers)}")
        missing = [service.argv[0] for service in desired.services if not self._host.services.has_program(service)]
        if missing:
            raise EngineRejected(f"{self.name}: not installed on this host: {', '.join(sorted(set(missing)))}")

    def perform(self, action: Action) -> None:
        """Does one action of `diff_local`."""
        match action:
            case MakeAccount(account=account):
                self._host.accounts.make(account)
            case StartService() | RestartService() | RemoveService():
                self._serve(action)
            case WriteFile(file=file):
                self._host.files.write(file)
            case RemoveFile(path=path):
                self._host.files.remove(path)
            case MakeDirectory(directory=directory):
                self._host.files.make_directory(directory)
            case RemoveDirectory(path=path):
                self._host.files.remove_directory(path)
            case _:
                raise EngineRejected(f"{self.name} cannot do {action!r}")

    def verify(self, desired: Local) -> tuple[Evidence, ...]:
        """Files by content, services by living on from the wanted definition for a moment."""
        files = self._files_evidence(desired)
        return (files, *(self._service_evidence(service) for service in desired.services))

    def empty(self) -> Local:
        """Nothing; accounts stay in the system and are not looked at."""
        return Local()

    def _serve(self, action: ServiceAction) -> None:
        services = self._host.services
        match action:
            case StartService(service=service):
                services.install(service.unit())
                services.restart(service.name)
            case RestartService(service=service):
                services.install(service.unit())
                services.restart(service.name)
            case RemoveService(name=name):
                services.remove(name)

    def _holds(self, directory: Path, ours: frozenset[Path]) -> bool:
        """Whether anything in the directory would outlive the domain: neither a file of ours nor an empty directory."""
        return any(
            self._holds(path, ours) if path in self._owned.directories else path not in ours
            for path in self._host.files.inside(directory)
        )

    def _owns(self, path: Path) -> bool:
        inside = path.is_relative_to(self._owned.tree) and ".." not in path.parts
        return inside or path in (*self._owned.files, *self._owned.directories)

    def _strangers(self, desired: Local) -> Iterator[str]:
        owned = self._owned
        paths = [*(file.path for file in desired.files), *(directory.path for directory in desired.directories)]
        commands = [
            command for service in desired.services for command in (service.argv, *service.before, *service.after)
        ]
        yield from (str(path) for path in paths if not self._owns(path))
        yield from (each.name for each in desired.services if each.name not in owned.services)
        yield from (f"account {each.name}" for each in desired.accounts if each.name not in owned.accounts)
        yield from {f"program {' '.join(words[:1])!r}" for words in commands if not {*words[:1]} & {*owned.programs}}

    def _statuses(self) -> dict[str, ServiceStatus]:
        found = self._host.services.observe()
        return {name: found[name] for name in self._owned.services if name in found}

    def _files_evidence(self, desired: Local) -> Evidence:
        current = self.observe()
        directories = diff_directories(current.directories, desired.directories, current.holding)
        left = [*diff_files(current.files, desired.files), *directories]
        what = "; ".join(str(action) for action in left) or f"{len(desired.files)} files are as planned"
        return Evidence(part=f"{self.name} files", held=not left, what=what)

    def _service_evidence(self, service: Service) -> Evidence:
        for _ in range(VERIFY_TRIES):
            status = self._statuses().get(service.name)
            if status is not None and _holds(status, service):
                return Evidence(part=f"service {service.name}", held=True, what=_words(status))
            self._sleep(VERIFY_PAUSE)
        return Evidence(part=f"service {service.name}", held=False, what=_words(self._statuses().get(service.name)))


def _holds(status: ServiceStatus, service: Service) -> bool:
    # A program that cannot live with its files dies within moments of its start.
    return status.is_running and status.unit == service.unit() and status.uptime >= SETTLE_SECONDS


def _words(status: ServiceStatus | None) -> str:
    if status is None:
        return "is not installed"
    if status.pid is None:
        return f"does not run ({status.restarts} restarts)"
    if not status.is_running:
        return f"runs as process {status.pid}, from an older definition"
    return f"runs as process {status.pid}, generation {status.unit.generation or 'none'}"
