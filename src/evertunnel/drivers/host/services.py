"""Service managers: our supervisor, asked over its socket, and systemd; `services_driver` picks this host's."""

import shutil
import time
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.files import make_parents
from evertunnel.drivers.host.processes import detach, resolve
from evertunnel.drivers.host.supervisor import Places, Reply, Request, Verb
from evertunnel.drivers.host.systemd import Systemd
from evertunnel.drivers.host.units import Services, ServiceStatus, Unit
from evertunnel.errors import EngineRejected, EngineUnavailable

ANSWER_SECONDS = 90.0
UP_SECONDS = 15.0


class SupervisorClient:
    """Services under `evertunnel supervise`, which is started when it does not answer and something shall run."""

    def __init__(self, places: Places | None = None, argv: tuple[str, ...] = ("evertunnel", "supervise")) -> None:
        self._places, self._argv = places or Places(), argv

    def observe(self) -> dict[str, ServiceStatus]:
        """What is installed; without a supervisor, the installed units, none of them running."""
        if not self._answers():
            return {unit.name: ServiceStatus(unit=unit) for unit in self._installed()}
        return {status.unit.name: status for status in self._ask(Request(verb=Verb.LIST)).services}

    def has_program(self, unit: Unit) -> bool:
        """Whether the unit's program is on this host."""
        return shutil.which(resolve(unit.argv)[0]) is not None

    def wait(self, seconds: float) -> None:
        """Lets the services run on for a while."""
        time.sleep(seconds)

    def install(self, unit: Unit) -> None:
        """Makes it known."""
        self._ensure()
        self._ask(Request(verb=Verb.INSTALL, name=unit.name, unit=unit))

    def remove(self, name: str) -> None:
        """Stops it and forgets it; its `after` runs even if no supervisor did."""
        self._ensure()
        self._ask(Request(verb=Verb.REMOVE, name=name))

    def start(self, name: str) -> None:
        """Starts it."""
        self._ensure()
        self._ask(Request(verb=Verb.START, name=name))

    def stop(self, name: str) -> None:
        """Stops it."""
        self._ensure()
        self._ask(Request(verb=Verb.STOP, name=name))

    def restart(self, name: str) -> None:
        """Stops and starts it."""
        self._ensure()
        self._ask(Request(verb=Verb.RESTART, name=name))

    def shut_down(self) -> None:
        """Ends a manager that is ours and has nothing left to manage; one that is the system's stays."""
        if not self._answers():
            return
        self._ask(Request(verb=Verb.SHUT_DOWN))
        deadline = time.monotonic() + UP_SECONDS
        # It stops answering a moment before its socket is gone.
        while self._places.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _ask(self, request: Request) -> Reply:
        answer = local_socket.ask(self._places.socket, documents.to_json(request).encode(), ANSWER_SECONDS)
        reply = documents.from_json(Reply, answer, name="the supervisor's answer")
        if reply.error:
            raise EngineRejected(reply.error)
        return reply

    def _answers(self) -> bool:
        try:
            self._ask(Request(verb=Verb.LIST))
        except EngineUnavailable:
            return False
        return True

    def _ensure(self) -> None:
        if self._answers():
            return
        output = self._places.logs / "supervisor.log"
        make_parents(output)
        with output.open("ab") as log:
            detach(self._argv, log)
        deadline = time.monotonic() + UP_SECONDS
        while not self._answers():
            if time.monotonic() >= deadline:
                raise EngineUnavailable(f"the supervisor does not come up; see {output}")
            time.sleep(0.02)

    def _installed(self) -> tuple[Unit, ...]:
        paths = sorted(self._places.units.glob("*.json"))
        return tuple(documents.from_json(Unit, path.read_bytes(), name=str(path)) for path in paths)


def services_driver(booted_with_systemd: Path = Path("/run/systemd/system")) -> Services:
    """The service manager of this host."""
    return Systemd() if booted_with_systemd.is_dir() else SupervisorClient()
