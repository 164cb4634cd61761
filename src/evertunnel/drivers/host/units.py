"""What a service manager is told about one service, and what it tells back."""

import hashlib
import re
from dataclasses import dataclass, field, fields
from typing import Protocol

from evertunnel import documents

NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One long-running program.

    `before` runs to its end before each start (if it fails, the program is not started); `after` runs whenever the
    program has ended, however it ended. argv[0] == "evertunnel" means the program that came with this interpreter.
    `generation` stands for the files that it reads: another generation needs another start.
    """

    name: str
    argv: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    user: str = "root"
    groups: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    generation: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not the name of a service; use small letters, digits and hyphens")
        if not self.argv:
            raise ValueError(f"service {self.name} has no program; name it first in argv")
        # These stand bare in a unit file and on setpriv's command line.
        for word in (self.user, *self.groups, *self.capabilities, *self.environment, self.generation or "none"):
            if not WORD.fullmatch(word):
                raise ValueError(f"{word!r} in service {self.name} is not a name; use letters, digits, - and _")

    def unit(self) -> "Unit":
        """The unit without what a subclass adds."""
        return Unit(**{each.name: getattr(self, each.name) for each in fields(Unit)})

    def digest(self) -> str:
        """Stands for everything that its running process depends on."""
        return hashlib.sha256(documents.to_json(self.unit()).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """A service as its manager sees it.

    `pid` is None while it does not run; `started_digest` says from which unit its process was started,
    `uptime` for how many seconds that has run.
    """

    unit: Unit
    pid: int | None = None
    started_digest: str = ""
    restarts: int = 0
    uptime: float = 0.0

    @property
    def is_running(self) -> bool:
        """Whether a process runs that was started from what is installed."""
        return self.pid is not None and self.started_digest == self.unit.digest()


class Services(Protocol):
    """A service manager. Installed services survive a reboot; what dies is started again."""

    def observe(self) -> dict[str, ServiceStatus]:
        """Everything of ours that is installed, by name."""
        ...

    def has_program(self, unit: Unit) -> bool:
        """Whether the unit's program is on this host."""
        ...

    def wait(self, seconds: float) -> None:
        """Lets the services run on for a while."""
        ...

    def install(self, unit: Unit) -> None:
        """Makes it known, without starting or restarting anything."""
        ...

    def remove(self, name: str) -> None:
        """Stops it and forgets it."""
        ...

    def start(self, name: str) -> None:
        """Starts it, if it does not run; EngineRejected if it does not come up."""
        ...

    def stop(self, name: str) -> None:
        """Stops it until it is started, or the host is."""
        ...

    def shut_down(self) -> None:
        """Ends a manager that is ours and has nothing left to manage; one that is the system's stays."""
        ...

    def restart(self, name: str) -> None:
        """Stops it if it runs, and starts it from what is installed."""
        ...
