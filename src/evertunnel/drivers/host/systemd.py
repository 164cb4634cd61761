"""Services under systemd: one unit file each, named evertunnel-<service>.service.

What systemd does not keep for us (which definition a running process was started from) is a file beside our sockets.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.host.boot import FIREWALL
from evertunnel.drivers.host.files import File, Files
from evertunnel.drivers.host.processes import resolve, run
from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.paths import ETC, RUN

SPECIFIERS = str.maketrans({"%": "%%", "$": "$$", "\\": "\\\\", '"': '\\"', "\n": "\\n"})
MAKE_RUN = ("install", "-d", "-m", "0755", str(RUN))
PROPERTIES = ("MainPID", "ActiveState", "NRestarts", "ActiveEnterTimestampMonotonic")


class Systemd:
    """The service manager of a host that was booted with systemd."""

    def __init__(
        self,
        *,
        units: Path = Path("/etc/systemd/system"),
        specs: Path = ETC / "services",
        started: Path = RUN / "started",
        systemctl: Callable[[Sequence[str]], str] = lambda words: run(["systemctl", *words], timeout=120),
        owner: tuple[str, str] = ("root", "root"),
    ) -> None:
        self._units, self._specs, self._started, self._systemctl, self._owner = units, specs, started, systemctl, owner
        self._files = Files()

    def observe(self) -> dict[str, ServiceStatus]:
        """What is installed; a unit file that was changed by hand counts as another definition."""
        specs = (
            documents.from_json(Unit, file.content, name=str(file.path)) for file in self._files.observe(self._specs)
        )
        return {unit.name: self._status(unit) for unit in specs}

    def has_program(self, unit: Unit) -> bool:
        """Whether the unit's program is on this host."""
        return shutil.which(resolve(unit.argv)[0]) is not None

    def wait(self, seconds: float) -> None:
        """Lets the services run on for a while."""
        time.sleep(seconds)

    def install(self, unit: Unit) -> None:
        """Writes its unit file and has it started at boot."""
        self._write(self._specs / f"{unit.name}.json", documents.to_json(unit), 0o600)
        self._write(self._unit_file(unit.name), unit_file(unit), 0o600 if unit.environment else 0o644)
        self._systemctl(["daemon-reload"])
        self._systemctl(["enable", _full(unit.name)])

    def remove(self, name: str) -> None:
        """Stops it and takes its unit file away."""
        if self._unit_file(name).exists():
            self._systemctl(["disable", "--now", _full(name)])
        for path in (self._unit_file(name), self._specs / f"{name}.json", self._started / name):
            self._files.remove(path)
        self._systemctl(["daemon-reload"])

    def start(self, name: str) -> None:
        """Starts it."""
        self._up("start", name)

    def stop(self, name: str) -> None:
        """Stops it."""
        self._systemctl(["stop", _full(name)])

    def restart(self, name: str) -> None:
        """Stops and starts it."""
        self._up("restart", name)

    def shut_down(self) -> None:
        """Ends a manager that is ours and has nothing left to manage; one that is the system's stays."""

    def _up(self, verb: str, name: str) -> None:
        text = self._unit_file(name).read_text()
        self._systemctl([verb, _full(name)])
        self._write(self._started / name, text, 0o600)

    def _status(self, unit: Unit) -> ServiceStatus:
        shown = dict(
            line.split("=", 1)
            for line in self._systemctl(["show", _full(unit.name), f"--property={','.join(PROPERTIES)}"]).splitlines()
            if "=" in line
        )
        active = shown.get("ActiveState") == "active" and shown.get("MainPID", "0") != "0"
        return ServiceStatus(
            unit=unit,
            pid=int(shown["MainPID"]) if active else None,
            started_digest=unit.digest() if self._is_current(unit) else "",
            restarts=int(shown.get("NRestarts") or 0),
            uptime=time.monotonic() - int(shown.get("ActiveEnterTimestampMonotonic") or 0) / 1e6 if active else 0.0,
        )

    def _is_current(self, unit: Unit) -> bool:
        there = self._files.read(self._unit_file(unit.name))
        started = self._files.read(self._started / unit.name)
        wanted = unit_file(unit)
        # After a reboot nothing is recorded, and whatever systemd started it took from the unit file.
        return there is not None and there.content == wanted and (started is None or started.content == wanted)

    def _write(self, path: Path, content: str, mode: int) -> None:
        self._files.write(File(path=path, content=content, mode=mode, owner=self._owner[0], group=self._owner[1]))

    def _unit_file(self, name: str) -> Path:
        return self._units / _full(name)


def unit_file(unit: Unit) -> str:
    """The unit file's text; pure."""
    allowed = " ".join(_capability(name) for name in unit.capabilities)
    confined = unit.user != "root" or bool(unit.capabilities)
    lines = [
        "[Unit]",
        f"Description=Evertunnel {unit.name}",
        # No firewall is planned for some hosts; where one is, it is required, too (drivers.host.boot).
        f"After=network.target {FIREWALL}",
        # It is to be tried for ever.
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=exec",
        # As root (+), as under our supervisor: they make what the program itself may not. /run is empty after a boot.
        *(f"ExecStartPre=+{command_line(command)}" for command in (MAKE_RUN, *unit.before)),
        f"ExecStart={command_line(unit.argv)}",
        *(f"ExecStopPost=+{command_line(command)}" for command in unit.after),
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in sorted(unit.environment.items())),
        f"User={unit.user}",
        *([f"SupplementaryGroups={' '.join(unit.groups)}"] if unit.groups else []),
        *([f"AmbientCapabilities={allowed}", f"CapabilityBoundingSet={allowed}"] if confined else []),
        "NoNewPrivileges=yes",
        "Restart=always",
        "RestartSec=200ms",
        "TimeoutStopSec=10s",
        f"# generation {unit.generation or 'none'}",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def command_line(argv: tuple[str, ...]) -> str:
    """The words as a unit file has them, so that systemd reads nothing into them."""
    return " ".join(_quoted(word) for word in resolve(argv))


def _full(name: str) -> str:
    return f"evertunnel-{name}.service"


def _quoted(word: str) -> str:
    return f'"{word.translate(SPECIFIERS)}"'


def _capability(name: str) -> str:
    return f"CAP_{name.upper().removeprefix('CAP_')}"
