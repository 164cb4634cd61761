"""Where a lab keeps its things, and how those of a dead lab are found and removed."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.namespaces.cell import kill_process, wait_until
from evertunnel.errors import DocumentError

BASE = Path("/run/evertunnel-lab")
STAMP = "lab.json"
GONE_TRIES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a lab tells about itself: the pid and start time of each host's init."""

    plan: str
    hosts: dict[str, tuple[int, int]]
    kept: bool = False  # the claims are done; it stands for people to look at


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDirectory:
    """One lab's directory, named after the lab's process and its start time, because process ids are used again."""

    path: Path

    @classmethod
    def create(cls, base: Path = BASE) -> "RunDirectory":
        """Makes the directory of this process."""
        path = base / f"{os.getpid()}-{started(os.getpid())}"
        path.mkdir(parents=True, mode=0o700)
        return cls(path=path)

    def host(self, name: str) -> Path:
        """What a host keeps over a reboot."""
        return self.path / "hosts" / name

    def stamp(self, value: Stamp) -> None:
        """Writes down which hosts live."""
        draft = self.path / f".{STAMP}"
        draft.write_text(documents.to_json(value))
        draft.rename(self.path / STAMP)

    def read(self) -> Stamp:
        """The stamp; an empty one when the lab had none yet."""
        try:
            text = (self.path / STAMP).read_text()
        except FileNotFoundError:
            return Stamp(plan="", hosts={})
        return documents.from_json(Stamp, text, name=str(self.path / STAMP))

    def lives(self) -> bool:
        """Whether the lab's process still runs."""
        pid, start = self.identity()
        return pid > 0 and started(pid) == start

    def identity(self) -> tuple[int, int]:
        """The pid and start time of the lab's process; zeros when the directory is not named so."""
        pid, _, start = self.path.name.partition("-")
        return (int(pid), int(start)) if pid.isdigit() and start.isdigit() else (0, 0)

    def remove(self) -> None:
        """Removes everything; the hosts have ended."""
        shutil.rmtree(self.path, ignore_errors=True)
        try:
            self.path.parent.rmdir()
        except OSError:
            return  # another lab lives there


def labs(base: Path = BASE) -> tuple[RunDirectory, ...]:
    """All labs of this machine, living and dead."""
    found = (RunDirectory(path=path) for path in sorted(base.glob("*-*")) if path.is_dir())
    return tuple(lab for lab in found if lab.identity() != (0, 0))


def live_lab(base: Path = BASE) -> RunDirectory | None:
    """The lab that runs, if any; the newest of several."""
    living = [lab for lab in labs(base) if lab.lives()]
    return max(living, key=lambda lab: lab.path.stat().st_mtime, default=None)


def cleanup_stale(base: Path = BASE) -> tuple[str, ...]:
    """Removes what dead labs left, and says whose; never touches a living one."""
    dead = [lab for lab in labs(base) if not lab.lives()]
    for lab in dead:
        _end_hosts(lab)
        lab.remove()
    return tuple(lab.path.name for lab in dead)


def started(pid: int) -> int:
    """When a process started, in ticks after boot; 0 when it is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if fields[0] in "ZX" else int(fields[19])


def wait_gone(pid: int, start: int) -> None:
    """Waits until a process has ended, some seconds at most."""
    for _ in range(GONE_TRIES):
        if started(pid) != start:
            return
        wait_until(0.01)


def _end_hosts(lab: RunDirectory) -> None:
    try:
        hosts = lab.read().hosts
    except DocumentError:
        hosts = {}
    for pid, start in hosts.values():
        if started(pid) == start:
            kill_process(pid)
            wait_gone(pid, start)
