"""The sessions service: joins charon, RADIUS and nft to the machine that decides (gateway/sessions.py).

One asyncio loop carries out the machine's commands in their order. charon is spoken to on one thread of its own, nft in
the loop (a transaction of a thousand leases takes milliseconds). Events of charon only say whom to ask about and where
to look at once; lists of its SAs, of all of them every second, are what counts. What cannot be mended by waiting ends
the process: whoever supervises it flushes every admission and starts it again.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from evertunnel import documents
from evertunnel.drivers import http, logs, vici_values
from evertunnel.drivers.host.files import make_parents
from evertunnel.drivers.nft import Nft
from evertunnel.drivers.radius import Client, Server
from evertunnel.drivers.radius_values import Answer, Question, Reject
from evertunnel.drivers.vici import CHANGES, Events, Vici
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.gateway import crls, leases, loading
from evertunnel.gateway.admission import (
    Announced,
    Answered,
    Ask,
    Close,
    Command,
    Connected,
    CrlsChanged,
    Event,
    Flush,
    Grant,
    Listed,
    Load,
    LoadCrls,
    Loaded,
    OpenLatch,
    Prove,
    Proved,
    Refuse,
    Terminate,
    Tick,
    Withdraw,
)
from evertunnel.gateway.model import Connections, SessionsSettings
from evertunnel.gateway.refusal_log import RefusalLog
from evertunnel.gateway.refusals import Journal, Refusal
from evertunnel.gateway.render import CONNECTIONS, KEPT, LOG, SESSIONS, SOCKET
from evertunnel.gateway.sessions import Machine

T = TypeVar("T")

POLL_SECONDS = 1.0
LOG_SECONDS = 0.5
CONNECT_SECONDS = 0.2
CRL_RETRY_SECONDS = 10.0
CRL_LIMIT = 8 * 1024 * 1024
CRL_NAMES = ("root.crl", "issuing.crl")

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the service finds and keeps its things."""

    connections: Path = CONNECTIONS
    settings: Path = SESSIONS
    socket: Path = SOCKET
    log: Path = LOG
    state: Path = KEPT


class Charon(loading.Charon, Protocol):
    """What is asked of a charon."""

    instance: str

    def close(self) -> None: ...
    def list_sas(self, ike_id: int | None = None) -> tuple[vici_values.Sa, ...]: ...
    def terminate(self, ike_id: int, *, force: bool = False) -> None: ...
    def load_crl(self, data: bytes) -> None: ...
    def flush_certs(self) -> None: ...


class Listener(Protocol):
    """A source of charon's events."""

    def close(self) -> None: ...


class Sets(Protocol):
    """What is asked of nft."""

    def run(self, commands: str) -> None: ...


class Radius(Protocol):
    """What is asked of RADIUS."""

    async def ask(self, question: Question) -> Answer: ...
    async def is_alive(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A charon process, with its events."""

    charon: Charon
    events: Listener
    version: str


Attach = Callable[[Callable[[vici_values.Event], None]], Attachment]


def main(places: Places | None = None) -> None:
    """Runs until it is told to stop, or cannot do its work."""
    at = places or Places()
    connections = documents.from_json(Connections, at.connections.read_bytes(), name=str(at.connections))
    settings = documents.from_json(SessionsSettings, at.settings.read_bytes(), name=str(at.settings))
    make_parents(at.state)
    at.state.mkdir(mode=0o700, exist_ok=True)
    asyncio.run(_serve(at, connections, settings))


async def _serve(at: Places, connections: Connections, settings: SessionsSettings) -> None:
    radius = settings.radius
    server = Server(
        address=radius.address,
        port=radius.port,
        secret=radius.secret,
        vendor=radius.vendor,
        seconds=radius.timeout_seconds,
        tries=radius.tries,
    )
    async with Client(server) as client:
        service = Service(
            state=at.state,
            charon_log=at.log,
            connections=connections,
            settings=settings,
            radius=client,
            nft=Nft(),
            attach=partial(_attach, at.socket),
        )
        loop = asyncio.get_running_loop()
        main = asyncio.current_task()
        if main is not None:
            loop.add_signal_handler(signal.SIGTERM, main.cancel)
        loop.add_signal_handler(signal.SIGHUP, service.fetch_now)
        status = 1
        try:
            await service.run()
        except asyncio.CancelledError:
            log.info("sessions stopped")
            status = 0
        except Exception:
            log.exception("sessions cannot go on")
        # A fetch or a call of charon may be under way on a thread, for many seconds, and nobody waits for it.
        os._exit(status)


def _attach(path: Path, deliver: Callable[[vici_values.Event], None]) -> Attachment:
    charon = Vici(path)
    try:
        version = charon.version()
        events = Events(path, deliver, names=CHANGES)
    except (EngineUnavailable, EngineRejected):
        charon.close()
        raise
    if events.instance != charon.instance:
        charon.close()
        events.close()
        raise EngineUnavailable("charon was restarted while it was connected to")
    return Attachment(charon=charon, events=events, version=version)


class Service:
    """The loop. Everything but `_on_charon`'s calls happens on the event loop's thread."""

    def __init__(
        self,
        *,
        state: Path,
        charon_log: Path,
        connections: Connections,
        settings: SessionsSettings,
        radius: Radius,
        nft: Sets,
        attach: Attach,
    ) -> None:
        self._state = state
        self._connections = connections
        self._settings = settings
        self._radius = radius
        self._nft = nft
        self._attach_to = attach
        self._machine = Machine(
            limits=settings.limits,
            reaches=settings.reaches,
            pools=settings.pools,
            patience=settings.radius.timeout_seconds * settings.radius.tries + 1.0,
        )
        self._journal = Journal(state / "refusals.jsonl")
        self._refusals = RefusalLog(charon_log, self._keep, clock=time.time)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charon")
        self._attached: Attachment | None = None
        self._heard_of: asyncio.Queue[vici_values.Event] = asyncio.Queue()
        self._hints: set[int] = set()
        self._whole_at = 0.0
        self._look = asyncio.Event()
        self._fetch = asyncio.Event()

    async def run(self) -> None:
        """Runs for ever; ends with the first error that waiting does not mend."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._watch())
            tasks.create_task(self._listen())
            tasks.create_task(self._follow_log())
            tasks.create_task(self._keep_crls())

    def fetch_now(self) -> None:
        """Fetches the CRLs at once."""
        self._fetch.set()

    # charon

    async def _watch(self) -> None:
        away = False
        while True:
            try:
                await self._attach()
                away = False
                await self._look_at_sas()
            except EngineUnavailable as error:
                if not away:
                    log.warning("charon is away", error=str(error))
                away = True
                self._detach()
                self._happened(Tick())
            await self._wait(CONNECT_SECONDS if away else POLL_SECONDS)

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._look.wait(), seconds)
        except TimeoutError:
            return

    async def _attach(self) -> None:
        if self._attached is not None:
            return
        self._attached = attached = await self._loop.run_in_executor(self._thread, self._attach_to, self._heard)
        self._refusals.begin(attached.version)
        log.info("charon is there", version=attached.version, instance=attached.charon.instance)
        self._happened(Connected(instance=attached.charon.instance))

    def _detach(self) -> None:
        if self._attached is not None:
            self._attached.charon.close()
            self._attached.events.close()
        self._attached = None

    async def _look_at_sas(self) -> None:
        self._look.clear()
        hints, self._hints = self._hints, set()
        for ike_id in sorted(hints):
            await self._list(ike_id)
        # However many hints come: leases are refreshed only for what a list has shown lately.
        if not hints or time.monotonic() - self._whole_at > POLL_SECONDS:
            await self._list(None)

    async def _list(self, ike_id: int | None) -> None:
        sas, instance = await self._on_charon(lambda charon: (charon.list_sas(ike_id), charon.instance))
        self._happened(Listed(instance=instance, sas=sas, complete=ike_id is None, looked_for=ike_id))
        if ike_id is None:
            self._whole_at = time.monotonic()

    async def _on_charon(self, call: Callable[[Charon], T]) -> T:
        if self._attached is None:
            raise EngineUnavailable("charon is away")
        return await self._loop.run_in_executor(self._thread, call, self._attached.charon)

    def _heard(self, event: vici_values.Event) -> None:
        # Runs on the events' thread.
        self._loop.call_soon_threadsafe(self._heard_of.put_nowait, event)

    async def _listen(self) -> None:
        while True:
            self._hear(await self._heard_of.get())

    def _hear(self, event: vici_values.Event) -> None:
        match event:
            case vici_values.Changed():
                self._changed(event)
            case vici_values.Ended():
                self._look.set()
            case vici_values.LogLine():
                pass

    def _changed(self, event: vici_values.Changed) -> None:
        if event.sa is not None and self._attached is not None:
            self._happened(Announced(instance=self._attached.charon.instance, sa=event.sa))
        # An IKE_SA that came up has no CHILD_SA yet: its list would wait for charon, and show nothing to ask about.
        if event.sa is not None or not event.up:
            self._hints.add(event.ike_id)
            self._look.set()

    async def _follow_log(self) -> None:
        while True:
            more = self._refusals.read()
            # Reasons may come late, answers may not: between the two it is everybody else's turn.
            await asyncio.sleep(0 if more else LOG_SECONDS)

    # The machine

    def _happened(self, event: Event) -> None:
        for command in self._machine.handle(event, time.monotonic()):
            self._perform(command)

    def _perform(self, command: Command) -> None:
        match command:
            case Close():
                self._nft.run(leases.close_commands(list(self._settings.reaches)))
            case Flush():
                self._nft.run(leases.flush_commands(list(self._settings.reaches)))
            case OpenLatch():
                self._nft.run(leases.OPEN_LATCH)
                log.info("gateway is open")
            case Grant():
                self._nft.run(leases.grant(command))
            case Withdraw():
                self._nft.run(leases.withdraw(command))
            case Refuse():
                self._write_down(command)
            case Load() | LoadCrls() | Prove() | Ask() | Terminate():
                self._tasks.create_task(self._later(command))

    async def _later(self, command: Load | LoadCrls | Prove | Ask | Terminate) -> None:
        try:
            match command:
                case Load():
                    await self._load(command.instance)
                case LoadCrls():
                    await self._on_charon(self._load_crls)
                case Terminate():
                    await self._on_charon(lambda charon: charon.terminate(command.ike_id, force=command.force))
                case Prove():
                    self._happened(Proved(instance=command.instance, alive=await self._radius.is_alive()))
                case Ask():
                    await self._ask(command)
        except EngineUnavailable:
            # charon went away meanwhile: _watch finds out, and its next instance starts afresh.
            self._look.set()

    async def _load(self, instance: str) -> None:
        def load(charon: Charon) -> bool:
            if charon.instance != instance:
                return False
            loading.load(charon, self._connections)
            self._load_crls(charon)
            return True

        if await self._on_charon(load):
            log.info("connections loaded", instance=instance)
            self._happened(Loaded(instance=instance))

    async def _ask(self, command: Ask) -> None:
        settings = self._settings
        question = Question(
            identity=command.identity,
            serial=command.serial,
            tunnel="device",
            session=command.session,
            address=command.address,
            outer=command.outer,
            called=str(settings.called),
            nas_name=str(settings.host),
            nas_address=settings.address,
        )
        try:
            answer = await self._radius.ask(question)
        except EngineRejected as error:
            answer = Reject(message=str(error))
        self._happened(Answered(number=command.number, answer=answer))

    def _write_down(self, refused: Refuse) -> None:
        log.info("session ended", reason=refused.reason)
        self._keep(
            Refusal(
                at=time.time(), identity=refused.identity, outer=refused.outer, reason=refused.reason, text=refused.text
            )
        )

    def _keep(self, refusal: Refusal) -> None:
        try:
            self._journal.append(refusal)
        except OSError as error:
            # A stranger who is refused while the disk is full must not end everybody's sessions.
            log.warning("a refusal is not written down", error=str(error))

    # CRLs

    def _load_crls(self, charon: Charon) -> None:
        for name in CRL_NAMES:
            data = self._held(name)
            if data is not None:
                charon.load_crl(data)
        # A CRL loaded after a device's first success changes nothing until the verdicts are forgotten.
        charon.flush_certs()

    def _held(self, name: str) -> bytes | None:
        authority = self._connections.authorities[CRL_NAMES.index(name)]
        try:
            data = (self._state / name).read_bytes()
            crls.checked(data, authority)
        except FileNotFoundError:
            return None
        except EngineRejected as error:
            log.warning("the CRL on disk is not used", name=name, error=str(error))
            return None
        return data

    async def _keep_crls(self) -> None:
        while True:
            self._fetch.clear()
            news = [await asyncio.to_thread(self._fetch_crl, name) for name in CRL_NAMES]
            if any(news):
                self._happened(CrlsChanged())
            whole = all((self._state / name).exists() for name in CRL_NAMES)
            seconds = self._settings.crls.fetch_seconds if whole else CRL_RETRY_SECONDS
            try:
                await asyncio.wait_for(self._fetch.wait(), seconds)
            except TimeoutError:
                continue

    def _fetch_crl(self, name: str) -> bool:
        """Whether a newer one came."""
        place = CRL_NAMES.index(name)
        try:
            offered = http.get(self._settings.crls.urls[place], 10.0, CRL_LIMIT)
            data = crls.taken(self._held(name), offered, self._connections.authorities[place])
            if data is None:
                return False
            fresh = self._state / f".{name}"
            fresh.write_bytes(data)
            fresh.replace(self._state / name)
        except (EngineUnavailable, EngineRejected, OSError) as error:
            log.warning("no newer CRL", name=name, error=str(error))
            return False
        log.info("newer CRL", name=name)
        return True
