"""`evertunnel supervise`: keeps the installed services running where systemd does not.

Services are installed as files (they survive a reboot); everything else is asked over a socket that root alone may use.
It works as the first process of a PID namespace too, and takes its services down when it is told to end.
"""

import grp
import os
import pwd
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers import local_socket, logs
from evertunnel.drivers.host.child import Child
from evertunnel.drivers.host.files import File, Files, make_parents
from evertunnel.drivers.host.journal import Journal
from evertunnel.drivers.host.units import NAME, ServiceStatus, Unit
from evertunnel.errors import EvertunnelError, NotFound, Refused
from evertunnel.paths import ETC, LOG, RUN

WAIT_OWN_CHILDREN = 0x20000000  # __WNOTHREAD: only children of this very thread, so never another thread's service
UMASK = 0o022  # as systemd gives it
STOPPING = frozenset({signal.SIGTERM, signal.SIGINT})
SIGNALS_AT_ONCE = 4096

log = logs.get_logger(__name__)


class Verb(Enum):
    """What the supervisor can be asked."""

    LIST = "list"
    INSTALL = "install"
    REMOVE = "remove"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    SHUT_DOWN = "shut down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked, of which service; `unit` goes with INSTALL."""

    verb: Verb
    name: str = ""
    unit: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The services when LIST was asked, and the reason when something could not be done."""

    error: str = ""
    services: tuple[ServiceStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the supervisor keeps its things."""

    units: Path = ETC / "services"
    socket: Path = RUN / "supervisor.sock"
    logs: Path = LOG


class Supervisor:
    """The services of this host, each with its thread."""

    def __init__(
        self,
        places: Places,
        *,
        clock: Callable[[], float] = time.monotonic,
        shut_down: Callable[[], None] = lambda: None,
    ) -> None:
        self._places, self._clock, self._shut_down = places, clock, shut_down
        self._files = Files()
        self._children: dict[str, Child] = {}
        # One request changes services at a time; LIST does not wait for a slow start.
        self._changing = threading.Lock()

    def load(self) -> None:
        """Starts what is installed, once their `after` has cleaned up what a killed predecessor's services left."""
        for file in self._files.observe(self._places.units):
            try:
                unit = documents.from_json(Unit, file.content, name=str(file.path))
            except EvertunnelError as error:
                log.warning("service not loaded", error=str(error))
                continue
            self._children[unit.name] = self._child(unit)
        for child in self._children.values():
            child.run_after()
        for child in self._children.values():
            child.want()

    def answer(self, peer: local_socket.Peer, request: bytes) -> bytes:
        """Answers one request of root's, or of whoever runs this supervisor."""
        try:
            if peer.uid not in {0, os.geteuid()}:
                raise Refused("only root may ask the supervisor")
            reply = self.handle(documents.from_json(Request, request, name="request"))
        except EvertunnelError as error:
            reply = Reply(error=str(error))
        return documents.to_json(reply).encode()

    def handle(self, request: Request) -> Reply:
        """Does what is asked."""
        if request.verb is Verb.LIST:
            return Reply(services=tuple(child.status() for _, child in sorted(self._children.items())))
        with self._changing:
            self._change(request)
        return Reply()

    def end(self) -> None:
        """Stops every service, all at the same time."""
        with self._changing:
            threads = [threading.Thread(target=child.end) for child in self._children.values()]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _change(self, request: Request) -> None:
        match request.verb:
            case Verb.INSTALL if request.unit is not None:
                self._install(request.unit)
            case Verb.REMOVE:
                self._remove(request.name)
            case Verb.SHUT_DOWN:
                if self._children:
                    raise Refused(f"services are installed: {', '.join(sorted(self._children))}")
                self._shut_down()
            case Verb.START:
                self._named(request.name).start()
            case Verb.STOP:
                self._named(request.name).stop()
            case Verb.RESTART:
                child = self._named(request.name)
                child.stop()
                child.start()
            case _:
                raise Refused(f"{request.verb.value} is not complete")

    def _install(self, unit: Unit) -> None:
        owner, group = _me()
        self._files.write(
            File(path=self._file(unit.name), content=documents.to_json(unit), mode=0o600, owner=owner, group=group)
        )
        if unit.name in self._children:
            self._children[unit.name].install(unit)
        else:
            self._children = {**self._children, unit.name: self._child(unit)}

    def _remove(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise Refused(f"{name!r} is not the name of a service")
        child = self._children.get(name)
        if child is not None:
            child.end()
        self._files.remove(self._file(name))
        self._children = {each: child for each, child in self._children.items() if each != name}

    def _named(self, name: str) -> Child:
        if name not in self._children:
            raise NotFound(f"no service {name!r} is installed")
        return self._children[name]

    def _child(self, unit: Unit) -> Child:
        return Child(unit, Journal(self._places.logs / f"{unit.name}.log"), clock=self._clock)

    def _file(self, name: str) -> Path:
        return self._places.units / f"{name}.json"


def supervise(places: Places | None = None) -> None:
    """Runs until SIGTERM or SIGINT; for the main thread, which starts no process and so reaps only orphans."""
    places = places or Places()
    # Signals arrive as bytes of a pipe. A handler that takes a lock (an Event has one) stands still for ever when the
    # signal comes while the thread that it interrupts holds that lock.
    signals, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (*STOPPING, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    # Services inherit it; whoever started us may have had a stranger one.
    os.umask(UMASK)
    make_parents(places.socket)
    # The first process of a namespace is its life: it ends by signal alone.
    supervisor = Supervisor(
        places, shut_down=lambda: None if os.getpid() == 1 else os.kill(os.getpid(), signal.SIGTERM)
    )
    # Listening first: a second supervisor ends here, before it touches a service.
    server = local_socket.Server(path=places.socket, answer=supervisor.answer)
    supervisor.load()
    threading.Thread(target=server.run, daemon=True).start()
    log.info("supervisor ready", socket=str(places.socket))
    while not STOPPING.intersection(os.read(signals, SIGNALS_AT_ONCE)):
        reap_orphans()
    server.close()
    supervisor.end()


def reap_orphans() -> None:
    """Buries what init inherits; services are buried by their own threads."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG | WAIT_OWN_CHILDREN)
        except ChildProcessError:
            return
        if pid == 0:
            return


def _me() -> tuple[str, str]:
    """Whoever runs the supervisor owns its files: root, but for tests."""
    return pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
