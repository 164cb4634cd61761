"""charon and the sessions service on this host."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from evertunnel import documents
from evertunnel.drivers.nft import Element
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.gateway import loading
from evertunnel.gateway.diff import LoadConnections, UnloadConnection, diff
from evertunnel.gateway.model import CONNECTION_PREFIX, Connections, State
from evertunnel.gateway.render import CHARON, CONNECTIONS, DIRECTORY, KEPT, SOCKET
from evertunnel.reconcile.local import HostDrivers, LocalEngine, Owned
from evertunnel.reconcile.model import Action, Evidence
from evertunnel.reconcile.services import Service

T = TypeVar("T")

OWNED = Owned(
    tree=DIRECTORY,
    services=("charon", "sessions"),
    directories=(DIRECTORY, KEPT),
    programs=("evertunnel", "env", "nft", "install"),
)
OPEN_PORTS = {"500", "4500"}
VERIFY_TRIES, VERIFY_PAUSE = 100, 0.1


class Charon(loading.Charon, Protocol):
    """What is asked of a charon."""

    def close(self) -> None: ...


class Sets(Protocol):
    """What is asked of nft."""

    def elements(self, set_name: str) -> tuple[Element, ...]: ...


def real_charon() -> Charon:
    """The charon of this host; EngineUnavailable where none runs."""
    return Vici(SOCKET)


class GatewayEngine:
    """Engine[State]. `charon` connects anew for each use, because charon may have been restarted in between."""

    name = "gateway"

    def __init__(
        self,
        *,
        host: HostDrivers,
        sets: Sets,
        charon: Callable[[], Charon] = real_charon,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._local = LocalEngine(name=self.name, owned=OWNED, host=host, sleep=sleep)
        self._files = host.files
        self._sets = sets
        self._charon = charon
        self._sleep = sleep

    def observe(self) -> State:
        """What lies and runs here, and what charon has loaded."""
        connections, pools = self._loaded()
        local = self._local.observe()
        shut = bool(local.services) and self._open_ports() != OPEN_PORTS
        return State(local=local, connections=connections, pools=pools, latch_is_shut=shut)

    def diff(self, current: State, desired: State) -> tuple[Action, ...]:
        """What leads from one to the other."""
        return diff(current, desired)

    def check(self, desired: State) -> None:
        """Refuses what is not installed, and a document that the sessions service would not read."""
        self._local.check(desired.local)
        _check_programs(desired.local.services)
        for file in desired.local.files:
            if file.path == CONNECTIONS:
                documents.from_json(Connections, file.content, name=str(file.path))

    def perform(self, action: Action) -> None:
        """Does one action of `diff`."""
        match action:
            case UnloadConnection(name=name):
                self._with_charon(lambda charon: charon.unload_conn(name))
            case LoadConnections():
                connections = self._connections(CONNECTIONS)
                self._with_charon(lambda charon: loading.load(charon, connections))
            case _:
                self._local.perform(action)

    def verify(self, desired: State) -> tuple[Evidence, ...]:
        """Files and services, the connections that charon names, and the latch that sessions opens last of all."""
        local = self._local.verify(desired.local)
        if not desired.local.services:
            return local
        loaded = self._loaded_evidence(desired)
        # Without its connections the latch stays shut, however long one waits.
        return (*local, loaded, self._latch_evidence(tries=VERIFY_TRIES if loaded.held else 1))

    def empty(self) -> State:
        """Nothing of ours."""
        return State()

    def _loaded(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        try:
            return self._with_charon(lambda charon: (_ours(charon.get_conns()), _ours(charon.get_pools())))
        except EngineUnavailable:
            return (), ()

    def _open_ports(self) -> set[str]:
        return {element.value for element in self._sets.elements("latch")}

    def _with_charon(self, use: Callable[[Charon], T]) -> T:
        charon = self._charon()
        try:
            return use(charon)
        finally:
            charon.close()

    def _connections(self, path: Path) -> Connections:
        file = self._files.read(path)
        if file is None:
            raise EngineRejected(f"{path} is not there; apply writes it")
        return documents.from_json(Connections, file.content, name=str(path))

    def _loaded_evidence(self, desired: State) -> Evidence:
        wanted = ({*desired.connections}, {*desired.pools})
        for _ in range(VERIFY_TRIES):
            connections, pools = self._loaded()
            if ({*connections}, {*pools}) == wanted:
                break
            self._sleep(VERIFY_PAUSE)
        what = f"charon has {', '.join((*connections, *pools)) or 'nothing'} loaded"
        return Evidence(part="gateway connections", held=({*connections}, {*pools}) == wanted, what=what)

    def _latch_evidence(self, *, tries: int) -> Evidence:
        for _ in range(tries):
            ports = self._open_ports()
            if ports == OPEN_PORTS:
                return Evidence(part="gateway latch", held=True, what="UDP 500 and 4500 are open")
            self._sleep(VERIFY_PAUSE)
        what = (
            f"open: UDP {', '.join(sorted(ports)) or 'none'}; charon has no connections yet, or RADIUS does not answer"
        )
        return Evidence(part="gateway latch", held=False, what=what)


def _check_programs(services: tuple[Service, ...]) -> None:
    commands = [words for service in services for words in (service.argv, *service.before, *service.after)]
    if any(words[:1] == CHARON[:1] and words != CHARON for words in commands):
        raise EngineRejected(
            "gateway: not this domain's to manage: a program under env that is not charon as we start it"
        )
    needed = [*(["nft"] if services else []), *(["prlimit", CHARON[-1]] if CHARON in commands else [])]
    missing = [program for program in needed if shutil.which(program) is None]
    if missing:
        raise EngineRejected(f"gateway: not installed on this host: {', '.join(missing)}")


def _ours(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name.startswith(CONNECTION_PREFIX)))
