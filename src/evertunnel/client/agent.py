"""The loop: looks at charon, at the network and at who is signed in, and has a keeper for each tunnel act on it.

It decides nothing, and it survives everything, because without it the device has no tunnel. The two tunnels share the
connection to charon and nothing else: what goes wrong with one is not felt by the other.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Protocol

from evertunnel.client import keeper, places, request, settings
from evertunnel.client.keeper import Keeper, Surroundings
from evertunnel.client.linux import LinuxDevice
from evertunnel.client.settings import Kind, Settings
from evertunnel.client.signin import DONE, SignedIn
from evertunnel.drivers import local_socket, logs
from evertunnel.drivers.host.files import Directory, Files
from evertunnel.drivers.nft import Nft
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable, EvertunnelError
from evertunnel.profiles.device import read
from evertunnel.values import Secret

QUIET_SECONDS = 1.0  # between two looks while nothing is to be expected; events cut it short
EAGER_SECONDS = 0.1
LOOK_SECONDS = 12.0  # how long a command waits for the loop to have looked

log = logs.get_logger(__name__)


class Engine(keeper.Engine, Protocol):
    """charon, with what concerns both tunnels."""

    def evict(self, device: Settings, user: Settings | None) -> bool:
        """Ends the tunnels of everybody but `user`, and forgets their keys; whether there was any such."""
        ...

    def close(self) -> None:
        """Ends the connection to charon."""
        ...


class Device(keeper.Device, Protocol):
    """The device that the agent runs on."""

    def connect(self, wake: Callable[[str, str | None], None]) -> Engine:
        """Connects to charon; on another thread `wake` gets the connection of what happened, and why, if known."""
        ...

    def outside(self) -> str:
        """The host's own routes as text."""
        ...

    def signed_in(self) -> SignedIn | None:
        """Who is signed in."""
        ...

    def tunnel_of(self, who: SignedIn) -> Settings:
        """The tunnel of who is signed in."""
        ...


def in_background(work: Callable[[], None]) -> None:
    """Does it on a thread that ends with the program."""
    threading.Thread(target=work, name="knock", daemon=True).start()


class Agent:
    """Holds the connection to charon, a keeper per tunnel, and what other threads sent."""

    def __init__(
        self,
        wanted: Settings,
        device: Device,
        *,
        clock: Callable[[], float] = time.monotonic,
        start: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._around = Surroundings(
            device=device,
            clock=clock,
            wall=time.time,
            jitter=random.random,
            start=start,
            on_loop=self._inbox.put,
        )
        self._device = device
        self._engine: Engine | None = None
        self._outside = device.outside()
        self._signed_in: SignedIn | None = None
        self._is_tidy = False  # nothing of anybody who is not signed in is left in charon and among the routes
        self._looking: list[threading.Event] = []
        self.device = Keeper(wanted, self._around)
        self.user: Keeper | None = None

    def run(self) -> None:
        """Turns for ever."""
        while True:
            for step in chain(self._steps(), (self._wait,)):
                try:
                    step()
                except EvertunnelError as error:
                    log.warning("turn failed", error=str(error))
                except Exception:
                    # The top of the loop: whatever breaks here, the device must still get its tunnels back.
                    log.exception("turn broke")

    def turn(self) -> None:
        """Looks once at everything and does what follows."""
        for step in self._steps():
            step()

    def look(self) -> bool:
        """For other threads: has the loop look who is signed in; whether what follows from that was done in time."""
        done = threading.Event()
        self._inbox.put(partial(self._looking.append, done))
        return done.wait(LOOK_SECONDS)

    def _steps(self) -> Iterator[Callable[[], None]]:
        yield self._read_inbox
        yield self._look_outside
        yield self._look_at_charon
        yield partial(self._turn, self.device)
        yield self._follow_sign_in
        yield self._tidy_up
        if self.user is not None and self._is_tidy:
            yield partial(self._turn, self.user)
        yield self._answer

    def _read_inbox(self) -> None:
        while True:
            try:
                work = self._inbox.get_nowait()
            except Empty:
                return
            work()

    def _wait(self) -> None:
        eager = not self._is_tidy or any(each.is_eager for each in self._keepers())
        try:
            work = self._inbox.get(timeout=EAGER_SECONDS if eager else QUIET_SECONDS)
        except Empty:
            return
        work()

    def _keepers(self) -> tuple[Keeper, ...]:
        return (self.device, self.user) if self.user else (self.device,)

    def _look_outside(self) -> None:
        outside = self._device.outside()
        if outside != self._outside:
            self._outside = outside
            for each in self._keepers():
                each.note_change()

    def _look_at_charon(self) -> None:
        if self._engine is not None:
            return
        # Whoever signed out while the agent or charon was away.
        self._is_tidy = False
        try:
            self._engine = self._device.connect(self._wake)
        except EngineUnavailable:
            for each in self._keepers():
                each.lose()

    def _turn(self, each: Keeper) -> None:
        try:
            each.turn(self._engine)
        except EngineUnavailable as error:
            # Whether charon is gone or only slow, the next turn's connection tells.
            log.warning("charon silent", error=str(error))
            self._disconnect()
            each.turn(None)
        each.report()

    def _disconnect(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _follow_sign_in(self) -> None:
        wanted = self._wanted()
        if wanted == self._signed_in:
            return
        log.info("sign-in", before=self._signed_in is not None, now=wanted is not None)
        self._signed_in, self._is_tidy = wanted, False
        if self.user is not None:
            self.user.end()
            self.user = None
        if wanted is not None:
            self.user = Keeper(self._device.tunnel_of(wanted), self._around)

    def _wanted(self) -> SignedIn | None:
        try:
            return self._device.signed_in()
        except DocumentError as error:
            if self._signed_in is not None:
                log.warning("nobody is signed in", error=str(error))
            return None

    def _tidy_up(self) -> None:
        """Nobody's tunnel begins before all that is left of others has ended."""
        if self._is_tidy or self._engine is None:
            return
        try:
            evicted = self._engine.evict(self.device.settings, self.user.settings if self.user else None)
        except EngineUnavailable as error:
            log.warning("charon silent", error=str(error))
            self._disconnect()
            return
        if evicted or self.user is None:
            self._device.remove_routes(Kind.USER)
            self._device.withdraw_report(Kind.USER)
        # What charon was about to begin is not listed yet: tidy is only what was looked at and found so.
        self._is_tidy = not evicted

    def _answer(self) -> None:
        if self._is_tidy:
            for done in self._looking:
                done.set()
            self._looking.clear()

    def _wake(self, connection: str, words: str | None) -> None:
        """On another thread: something happened to a connection, and why, if charon says so."""
        self._inbox.put(partial(self._hear, connection, words))

    def _hear(self, connection: str, words: str | None) -> None:
        for each in self._keepers():
            if words and each.settings.connection == connection:
                each.hear(words)


def main() -> None:
    """Runs the agent of the installed profile until it is ended."""
    files = Files()
    profile, key = files.read(places.PROFILE), files.read(places.KEY)
    if profile is None or key is None:
        raise EvertunnelError("no profile or no key on this device; run: evertunnel client install PROFILE")
    secret = Secret(key.content)
    request.read_key(secret)
    wanted = settings.of_device(read(profile.content), secret)
    device = LinuxDevice(Nft(), files)
    # Before all else: charon may have kept its tunnel while the agent was away.
    device.lock(wanted)
    agent = Agent(wanted, device)
    try:
        _listen(agent, files)
    except EngineRejected as error:
        # Commands are then followed within a second instead of at once.
        log.warning("no commands heard", error=str(error))
    agent.run()


def _listen(agent: Agent, files: Files) -> None:
    """Hears commands on a thread of its own; that nobody may speak but root, the socket's mode says."""
    files.make_directory(Directory(path=places.AGENT.parent))
    server = local_socket.Server(path=places.AGENT, answer=lambda _peer, _asked: DONE if agent.look() else b"")
    threading.Thread(target=server.run, name="commands", daemon=True).start()
