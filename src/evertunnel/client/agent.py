"""The loop: asks charon and the network, feeds the machine, performs its commands, writes the status.

It decides nothing. A command that fails is logged and, inside an attempt, reported to the machine; the loop survives
everything, because without it the device has no tunnel.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from queue import Empty, SimpleQueue
from typing import Protocol, assert_never

from evertunnel.client import machine, places, request
from evertunnel.client.linux import LinuxDevice
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
from evertunnel.client.status import Report
from evertunnel.drivers import logs
from evertunnel.drivers.host.files import Files
from evertunnel.drivers.nft import Nft
from evertunnel.errors import EngineError, EngineUnavailable, EvertunnelError
from evertunnel.profiles.device import DeviceProfile, read
from evertunnel.values import Secret

QUIET_SECONDS = 1.0  # between two looks while nothing is to be expected; events cut it short
EAGER_SECONDS = 0.1
REPORT_SECONDS = 5.0
ATTEMPT = (Lock, Load, Initiate)

log = logs.get_logger(__name__)


class Engine(Protocol):
    """charon on this device, while one connection to it lasts."""

    instance: str

    def load(self) -> None:
        """Loads credentials and the connection."""
        ...

    def begin(self) -> None:
        """Begins a connection and returns."""
        ...

    def ours(self) -> tuple[Sa, ...]:
        """The SAs of our connection."""
        ...

    def terminate(self, ike_id: int, *, force: bool) -> None:
        """Ends one of them."""
        ...

    def close(self) -> None:
        """Ends the connection to charon."""
        ...


class Device(Protocol):
    """The device that the agent runs on."""

    def connect(self, wake: Callable[[str | None], None]) -> Engine:
        """Connects to charon; on another thread `wake` gets each sign that something happened, or why."""
        ...

    def lock(self) -> None:
        """Puts the drop rule in place."""
        ...

    def install_routes(self, address: IPv4Address) -> None:
        """Sends what the tunnel carries into it."""
        ...

    def remove_routes(self) -> None:
        """Takes our routes away."""
        ...

    def knock(self, address: IPv4Address) -> Answer:
        """Knocks at the first management host and waits for what comes."""
        ...

    def outside(self) -> str:
        """The host's own routes as text."""
        ...

    def report(self, report: Report) -> None:
        """Writes the status."""
        ...


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed, heard from charon."""

    words: str


def in_background(work: Callable[[], None]) -> None:
    """Does it on a thread that ends with the program."""
    threading.Thread(target=work, name="knock", daemon=True).start()


class Agent:
    """Holds the machine, the connection to charon, and what other threads sent."""

    def __init__(
        self,
        profile: DeviceProfile,
        device: Device,
        *,
        clock: Callable[[], float] = time.monotonic,
        start: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        self._profile, self._device, self._clock, self._start = profile, device, clock, start
        self._inbox: SimpleQueue[Event | Reason | None] = SimpleQueue()
        self._engine: Engine | None = None
        self._knocking = False
        self._outside = device.outside()
        self._reason = ""
        self._reported: tuple[Machine, str] | None = None
        self._reported_at = 0.0
        self.machine = Machine(since=clock())

    def run(self) -> None:
        """Turns for ever."""
        while True:
            try:
                self.turn()
            except EvertunnelError as error:
                log.warning("turn failed", error=str(error))
            except Exception:
                # The top of the loop: whatever breaks here, the device must still get its tunnel back.
                log.exception("turn broke")
            self._wait()

    def turn(self) -> None:
        """Looks once at everything and does what follows."""
        self._read_inbox()
        outside = self._device.outside()
        if outside != self._outside:
            self._outside = outside
            self._feed(NetworkChanged())
        self._look_at_charon()
        self._feed(Tick())
        self._report()

    def _read_inbox(self) -> None:
        while True:
            try:
                message = self._inbox.get_nowait()
            except Empty:
                return
            self._take(message)

    def _take(self, message: Event | Reason | None) -> None:
        if isinstance(message, Reason):
            self._reason = message.words
        elif isinstance(message, Knocked):
            self._knocking = False
            self._feed(message)

    def _wait(self) -> None:
        eager = self.machine.phase in (Phase.CONNECTING, Phase.DOWN, Phase.AWAY)
        try:
            self._take(self._inbox.get(timeout=EAGER_SECONDS if eager else QUIET_SECONDS))
        except Empty:
            return

    def _look_at_charon(self) -> None:
        if self._engine is None:
            self._connect()
        if self._engine is None:
            return
        try:
            sas = self._engine.ours()
        except EngineUnavailable as error:
            # Whether charon is gone or only slow, the next turn's connection tells.
            log.warning("charon silent", error=str(error))
            self._disconnect()
            return
        self._feed(Listed(sas=sas))

    def _connect(self) -> None:
        try:
            self._engine = self._device.connect(self._wake)
        except EngineUnavailable:
            self._feed(CharonGone())
            return
        self._feed(CharonHere(instance=self._engine.instance))

    def _disconnect(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _wake(self, words: str | None) -> None:
        self._inbox.put(Reason(words) if words else None)

    def _feed(self, event: Event) -> None:
        before = self.machine
        moment = Moment(now=self._clock(), jitter=random.random())  # noqa: S311 (spreads devices, keeps no secret)
        self.machine, commands = machine.step(before, event, moment)
        if self.machine.phase is not before.phase:
            log.info("phase", phase=self.machine.phase.value, before=before.phase.value)
        self._perform(commands)

    def _perform(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            try:
                self._do(command)
            except EngineError as error:
                log.warning("command failed", command=type(command).__name__, error=str(error))
                if isinstance(command, ATTEMPT) and Initiate() in commands:
                    # Without the drop rule there is no attempt; without the rest it is pointless.
                    self._reason = str(error)
                    self._feed(AttemptFailed())
                    return

    def _do(self, command: Command) -> None:
        match command:
            case Lock():
                self._device.lock()
            case Load():
                self._engine_there().load()
            case Initiate():
                self._engine_there().begin()
            case InstallRoutes():
                self._device.install_routes(command.address)
            case RemoveRoutes():
                self._device.remove_routes()
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
        self._start(partial(self._knock_now, address))

    def _knock_now(self, address: IPv4Address) -> None:
        answer = Answer.SILENT
        try:
            answer = self._device.knock(address)
        finally:
            self._inbox.put(Knocked(address=address, answer=answer))

    def _report(self) -> None:
        now = self._clock()
        if self._reported == (self.machine, self._reason) and now - self._reported_at < REPORT_SECONDS:
            return
        self._reported, self._reported_at = (self.machine, self._reason), now
        self._device.report(report_of(self.machine, self._profile, self._reason, ahead=time.time() - now, now=now))


def report_of(state: Machine, profile: DeviceProfile, reason: str, *, ahead: float, now: float) -> Report:
    """The report on a machine at `now`; the wall's clock is `ahead` of its own."""
    probe, tunnel = profile.probes[0], state.tunnel
    return Report(
        phase=state.phase,
        since=state.since + ahead,
        device=profile.device,
        gateway=profile.gateway,
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


def main() -> None:
    """Runs the agent of the installed profile until it is ended."""
    files = Files()
    profile, key = files.read(places.PROFILE), files.read(places.KEY)
    if profile is None or key is None:
        raise EvertunnelError("no profile or no key on this device; run: evertunnel client install PROFILE")
    secret = Secret(key.content)
    request.read_key(secret)
    wanted = read(profile.content)
    device = LinuxDevice(wanted, secret, Nft())
    # Before all else: charon may have kept its tunnel while the agent was away.
    device.lock()
    Agent(wanted, device).run()
