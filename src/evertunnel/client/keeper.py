"""Keeps one tunnel up: feeds its machine, performs what the machine commands, writes the report. It decides nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from typing import Protocol, assert_never

from evertunnel.client import machine
from evertunnel.client.machine import (
    Answer,
    AttemptFailed,
    CharonGone,
    CharonHere,
    Command,
    Event,
    Initiate,
    InstallRoutes,
    Knock,
    Knocked,
    Listed,
    Load,
    Lock,
    Machine,
    Moment,
    NetworkChanged,
    Phase,
    RemoveRoutes,
    Sa,
    Terminate,
    Tick,
)
from evertunnel.client.settings import Kind, Settings
from evertunnel.client.status import Report
from evertunnel.drivers import logs
from evertunnel.errors import EngineError, EngineUnavailable

REPORT_SECONDS = 5.0
ATTEMPT = (Lock, Load, Initiate)

log = logs.get_logger(__name__)


class Engine(Protocol):
    """charon on this device, while one connection to it lasts."""

    instance: str

    def load(self, settings: Settings) -> None:
        """Loads credentials and a connection."""
        ...

    def begin(self, settings: Settings) -> None:
        """Begins a connection and returns."""
        ...

    def ours(self, settings: Settings) -> tuple[Sa, ...]:
        """The SAs of a connection."""
        ...

    def terminate(self, ike_id: int, *, force: bool) -> None:
        """Ends one of them."""
        ...


class Device(Protocol):
    """What a tunnel needs of the device that the agent runs on."""

    def lock(self, settings: Settings) -> None:
        """Puts the drop rule in place."""
        ...

    def install_routes(self, settings: Settings, address: IPv4Address) -> None:
        """Sends what the tunnel carries into it."""
        ...

    def remove_routes(self, kind: Kind) -> None:
        """Takes the tunnel's routes away."""
        ...

    def knock(self, settings: Settings, address: IPv4Address) -> Answer:
        """Knocks at the first inside host and waits for what comes."""
        ...

    def report(self, report: Report) -> None:
        """Writes the report."""
        ...

    def withdraw_report(self, kind: Kind) -> None:
        """Takes the report away."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a keeper is given: clocks and chance, threads for what may take long, and the way back from them."""

    device: Device
    clock: Callable[[], float]  # never goes back
    wall: Callable[[], float]
    jitter: Callable[[], float]  # in [0, 1)
    start: Callable[[Callable[[], None]], None]
    on_loop: Callable[[Callable[[], None]], None]


class Keeper:
    """Holds the machine of one tunnel."""

    def __init__(self, settings: Settings, surroundings: Surroundings) -> None:
        self.settings, self._around, self._device = settings, surroundings, surroundings.device
        self.machine = Machine(since=surroundings.clock())
        self._engine: Engine | None = None
        self._knocking = self._is_over = False
        self._reason = ""
        self._reported: tuple[Machine, str] | None = None
        self._reported_at = 0.0

    @property
    def is_eager(self) -> bool:
        """Whether something is to be expected soon."""
        return self.machine.phase in (Phase.CONNECTING, Phase.DOWN, Phase.AWAY)

    def turn(self, engine: Engine | None) -> None:
        """Looks at what charon has, and at the clock; without `engine` charon was slow: the next turn tells more."""
        self._engine = engine
        if engine is not None:
            self._feed(CharonHere(instance=engine.instance))
            self._feed(Listed(sas=engine.ours(self.settings)))
        self._feed(Tick())

    def lose(self) -> None:
        """Notes that charon is gone."""
        self._engine = None
        self._feed(CharonGone())

    def end(self) -> None:
        """Is no longer wanted: whatever comes now changes nothing. What charon has, `evict` ends."""
        self._is_over = True

    def note_change(self) -> None:
        """The host's own routes or addresses changed."""
        self._feed(NetworkChanged())

    def hear(self, words: str) -> None:
        """Why something failed, from charon."""
        self._reason = words

    def report(self) -> None:
        """Writes the report, if it is new or due."""
        now = self._around.clock()
        if self._reported == (self.machine, self._reason) and now - self._reported_at < REPORT_SECONDS:
            return
        self._reported, self._reported_at = (self.machine, self._reason), now
        ahead = self._around.wall() - now
        self._device.report(report_of(self.machine, self.settings, self._reason, ahead=ahead, now=now))

    def _feed(self, event: Event) -> None:
        before = self.machine
        moment = Moment(now=self._around.clock(), jitter=self._around.jitter())
        self.machine, commands = machine.step(before, event, moment)
        if self.machine.phase is not before.phase:
            kind, phase = self.settings.kind.value, self.machine.phase.value
            log.info("phase", tunnel=kind, phase=phase, before=before.phase.value)
        self._perform(commands)

    def _perform(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            try:
                self._do(command)
            except EngineError as error:
                kind = self.settings.kind.value
                log.warning("command failed", tunnel=kind, command=type(command).__name__, error=str(error))
                if isinstance(command, ATTEMPT) and Initiate() in commands:
                    # Without the drop rule there is no attempt; without the rest it is pointless.
                    self._reason = str(error)
                    self._feed(AttemptFailed())
                    return

    def _do(self, command: Command) -> None:
        match command:
            case Lock():
                self._device.lock(self.settings)
            case Load():
                self._engine_there().load(self.settings)
            case Initiate():
                self._engine_there().begin(self.settings)
            case InstallRoutes():
                self._device.install_routes(self.settings, command.address)
            case RemoveRoutes():
                self._device.remove_routes(self.settings.kind)
            case Knock():
                self._knock(command.address)
            case Terminate():
                for unique_id in command.unique_ids:
                    self._engine_there().terminate(unique_id, force=True)
            case _:
                assert_never(command)

    def _engine_there(self) -> Engine:
        if self._engine is None:
            raise EngineUnavailable("charon is not there")
        return self._engine

    def _knock(self, address: IPv4Address) -> None:
        """Knocks on a thread of its own: a silent host must not hold up the loop."""
        if self._knocking:
            return
        self._knocking = True
        self._around.start(partial(self._knock_now, address))

    def _knock_now(self, address: IPv4Address) -> None:
        answer = Answer.SILENT
        try:
            answer = self._device.knock(self.settings, address)
        finally:
            self._around.on_loop(partial(self._knocked, Knocked(address=address, answer=answer)))

    def _knocked(self, event: Knocked) -> None:
        self._knocking = False
        if not self._is_over:
            self._feed(event)


def report_of(state: Machine, settings: Settings, reason: str, *, ahead: float, now: float) -> Report:
    """The report on a machine at `now`; the wall's clock is `ahead` of its own."""
    probe, tunnel = settings.profile.probes[0], state.tunnel
    return Report(
        kind=settings.kind,
        phase=state.phase,
        since=state.since + ahead,
        name=settings.name,
        gateway=settings.profile.gateway,
        address=tunnel.address if tunnel else None,
        probe_address=probe.address,
        probe_port=probe.port,
        answered_at=None if state.answered_at is None else state.answered_at + ahead,
        refused=state.refused,
        failures=state.failures,
        retry_at=state.retry_at + ahead,
        reason=reason,
        written_at=now + ahead,
    )
