"""The sessions service: joins charon, RADIUS and nft to the machine that decides (gateway/sessions.py).

One asyncio loop carries out the machine's commands in their order. It listens to charon and has it list its SAs; what
charon is told to do, it is told on a thread. nft is called in the loop (a transaction of a thousand leases takes
milliseconds). Events of charon only say whom to ask about and where
to look at once; lists of its SAs, of all of them every second, are what counts. What cannot be mended by waiting ends
the process: whoever supervises it flushes every admission and starts it again.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from evertunnel import documents
from evertunnel.drivers import logs, vici_values
from evertunnel.drivers.dynamic_authorisation import listen
from evertunnel.drivers.dynamic_values import Order
from evertunnel.drivers.host.files import make_parents
from evertunnel.drivers.nft_elements import Sets
from evertunnel.drivers.radius import Client, Sender, Server
from evertunnel.drivers.radius_values import NoAnswer, Question, Reject, Usage
from evertunnel.drivers.vici import Vici
from evertunnel.drivers.vici_events import Feed
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.gateway import leases, loading
from evertunnel.gateway.accounting import INTERIM_SECONDS, Admitted
from evertunnel.gateway.admission import (
    Announced,
    Answered,
    Ask,
    Began,
    Close,
    Command,
    Connected,
    CrlsChanged,
    Event,
    Flush,
    Gone,
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
    Told,
    Withdraw,
)
from evertunnel.gateway.bookkeeping import Bookkeeper
from evertunnel.gateway.identity import DEVICE
from evertunnel.gateway.model import Connections, SessionsSettings
from evertunnel.gateway.refusal_log import RefusalLog
from evertunnel.gateway.refusals import Journal, Refusal
from evertunnel.gateway.render import CONNECTIONS, KEPT, LOG, SESSIONS, SOCKET
from evertunnel.gateway.session import Session
from evertunnel.gateway.sessions import Machine
from evertunnel.services.revocation import CrlKeeper
from evertunnel.services.sessions_engines import Admissions, Attach, Attachment, Books, Charon, Radius

T = TypeVar("T")

POLL_SECONDS = 1.0
LOG_SECONDS = 0.5
CONNECT_SECONDS = 0.2
ACCOUNTING = "accounting"

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the service finds and keeps its things."""

    connections: Path = CONNECTIONS
    settings: Path = SESSIONS
    socket: Path = SOCKET
    log: Path = LOG
    state: Path = KEPT


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
    sender = Sender(name=str(settings.host), address=settings.address, called=str(settings.called))
    async with Client(server) as client, Client(replace(server, port=radius.accounting_port)) as accounts:
        service = Service(
            at=at,
            connections=connections,
            settings=settings,
            radius=client,
            nft=Sets(),
            books=Bookkeeper(
                at.state / ACCOUNTING, send=lambda record: accounts.account(record, sender), clock=time.time
            ),
            attach=partial(_attach, at.socket),
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, _stop)
        loop.add_signal_handler(signal.SIGHUP, service.fetch_now)
        try:
            orders = settings.orders
            where = (settings.address, orders.port)
            await listen(*where, source=orders.source, secret=orders.secret, take=service.take, clock=time.time)
            await service.run()
        except Exception:
            log.exception("sessions cannot go on")
        _end(1)


def _stop() -> None:
    log.info("sessions stopped")
    _end(0)


def _end(status: int) -> None:
    # At once. A fetch or a call of charon may be under way on a thread, for many seconds, and Python 3.11's wait_for
    # can lose a cancellation. What is on disk was written to survive worse, and who supervises takes the leases away.
    os._exit(status)


def _attach(path: Path) -> Attachment:
    charon = Vici(path)
    try:
        version = charon.version()
        events = Feed(path)
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
        at: Places,
        connections: Connections,
        settings: SessionsSettings,
        radius: Radius,
        nft: Admissions,
        books: Books,
        attach: Attach,
    ) -> None:
        self._books = books
        self._crls = CrlKeeper(at.state, settings.crls, connections.authorities)
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
        self._journal = Journal(at.state / "refusals.jsonl")
        self._refusals = RefusalLog(at.log, self._keep, clock=time.time)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charon")
        self._attached: Attachment | None = None
        self._heard_of: asyncio.Queue[vici_values.Event] = asyncio.Queue()
        self._hints: set[int] = set()
        self._whole_at = 0.0
        self._look = asyncio.Event()

    async def run(self) -> None:
        """Runs for ever; ends with the first error that waiting does not mend."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._watch())
            tasks.create_task(self._listen())
            tasks.create_task(self._follow_log())
            tasks.create_task(self._books.run())
            tasks.create_task(self._crls.run(lambda: self._happened(CrlsChanged())))

    def fetch_now(self) -> None:
        """Fetches the CRLs at once."""
        self._crls.fetch_now()

    def take(self, order: Order) -> bool:
        """Does what the inside orders; whether it concerns anybody here."""
        concerns = self._machine.concerns(order)
        if concerns:
            log.info("told", wish=order.wish.value)
            self._happened(Told(order=order))
        return concerns

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
        # Cleared here, not where the look is taken: while charon is away, nobody takes one.
        timer = self._loop.call_later(seconds, self._look.set)
        try:
            await self._look.wait()
        finally:
            timer.cancel()
            self._look.clear()

    async def _attach(self) -> None:
        if self._attached is not None:
            return
        self._attached = attached = await self._loop.run_in_executor(self._thread, self._attach_to)
        attached.events.begin(self._loop, self._heard_of.put_nowait)
        self._refusals.begin(attached.version)
        self._books.connected(attached.charon.instance)
        log.info("charon is there", version=attached.version, instance=attached.charon.instance)
        self._happened(Connected(instance=attached.charon.instance))

    def _detach(self) -> None:
        if self._attached is not None:
            self._attached.charon.close()
            self._attached.events.close()
        self._attached = None

    async def _look_at_sas(self) -> None:
        hints, self._hints = self._hints, set()
        for ike_id in sorted(hints):
            await self._list(ike_id)
        # However many hints come: leases are refreshed only for what a list has shown lately.
        if not hints or time.monotonic() - self._whole_at > POLL_SECONDS:
            await self._list(None)

    async def _list(self, ike_id: int | None) -> None:
        attached = self._attached
        if attached is None:
            raise EngineUnavailable("charon is away")
        sas, instance = await attached.events.list_sas(ike_id), attached.charon.instance
        for sa in sas:
            # Before anybody hears that it is gone: its last counters stand here.
            self._books.count(sa.ike_id, _readings(sa))
        self._happened(Listed(instance=instance, sas=sas, complete=ike_id is None, looked_for=ike_id))
        if ike_id is None:
            self._books.listed(frozenset(sa.ike_id for sa in sas))
            self._whole_at = time.monotonic()

    async def _on_charon(self, call: Callable[[Charon], T]) -> T:
        if self._attached is None:
            raise EngineUnavailable("charon is away")
        return await self._loop.run_in_executor(self._thread, call, self._attached.charon)

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
        if event.shown is not None:
            self._books.count(event.ike_id, _readings(event.shown), whole=False)
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
                self._nft.change(leases.grant(command))
            case Withdraw():
                self._nft.change(leases.withdraw(command))
            case Refuse():
                self._write_down(command)
            case Began():
                self._books.admit(_admitted(command.session, self._machine.id_of(command.session)))
            case Gone():
                self._books.gone(command.ike_id)
            case Load() | LoadCrls() | Prove() | Ask() | Terminate():
                self._tasks.create_task(self._later(command))

    async def _later(self, command: Load | LoadCrls | Prove | Ask | Terminate) -> None:
        try:
            match command:
                case Load():
                    await self._load(command.instance)
                case LoadCrls():
                    await self._on_charon(self._crls.load)
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
            self._crls.load(charon)
            return True

        if await self._on_charon(load):
            log.info("connections loaded", instance=instance)
            self._happened(Loaded(instance=instance))

    async def _ask(self, command: Ask) -> None:
        settings = self._settings
        question = Question(
            identity=command.who.identity,
            serial=command.who.serial,
            tunnel=command.who.tunnel,
            session=command.session,
            port=command.port,
            address=command.address,
            outer=command.outer,
            called=str(settings.called),
            nas_name=str(settings.host),
            nas_address=settings.address,
        )
        if self._books.problem and not command.is_admitted:
            # What could not be accounted for does not begin; who is in stays.
            self._happened(Answered(number=command.number, answer=NoAnswer()))
            return
        try:
            answer = await self._radius.ask(question)
        except EngineRejected as error:
            answer = Reject(message=str(error))
        self._happened(Answered(number=command.number, answer=answer))

    def _write_down(self, refused: Refuse) -> None:
        log.info("session ended", reason=refused.reason)
        self._books.ending(refused.ike_id, refused.reason, refused.text)
        self._keep(
            Refusal(
                at=time.time(), identity=refused.identity, outer=refused.outer, reason=refused.reason, text=refused.text
            )
        )

    def _keep(self, refusal: Refusal) -> None:
        self._books.reject(refusal.identity, refusal.outer, refusal.text)
        try:
            self._journal.append(refusal)
        except OSError as error:
            # A stranger who is refused while the disk is full must not end everybody's sessions.
            log.warning("a refusal is not written down", error=str(error))


def _readings(sa: vici_values.Sa) -> dict[int, Usage]:
    return {child.unique: child.usage for child in sa.children if child.usage is not None}


def _admitted(session: Session, session_id: str) -> Admitted:
    return Admitted(
        ike_id=session.ike_id,
        session=session_id,
        tunnel=session.who.tunnel,
        name=session.name,
        device=session.name if session.who.tunnel == DEVICE else "",
        outer=session.outer,
        inner=str(session.address),
        children=session.children,
        class_=session.decision,
        interim=session.interim or INTERIM_SECONDS,
    )
