"""What the agent does when: a table of states and events, commands out. Pure; the moment is an argument.

    AWAY        charon is not there
    DOWN        charon is there, no tunnel; the next attempt comes at `retry_at`
    CONNECTING  an attempt is under way
    UNANSWERED  the tunnel is up and no knock was answered yet, or the last one was not
    UP          the tunnel is up and the last knock was answered (a refusal is an answer)

The list of SAs is the truth: only it moves the machine up or down. A silent probe never tears a live SA down.
An attempt is always Lock, Load, Initiate: the drop rule stands before there is an address that could leak.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address

RETRY_SECONDS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # by failures so far; jitter adds up to half
STABLE_SECONDS = 10.0  # a tunnel that lived shorter counts as a failure: it may be refused each time after it came up
CONNECT_SECONDS = 10.0  # charon gives up after 2 s by itself; beyond this an attempt hangs
KNOCK_SECONDS = 10.0
KNOCK_AGAIN_SECONDS = 2.0


class Phase(Enum):
    """Where the agent stands."""

    AWAY = "charon-away"
    DOWN = "down"
    CONNECTING = "connecting"
    UNANSWERED = "up-unanswered"
    UP = "up"


class Answer(Enum):
    """What a knock at an inside port brought."""

    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sa:
    """An IKE SA of our connection, as charon lists it; `carries` while a CHILD SA in it can carry packets."""

    unique_id: int
    carries: bool
    address: IPv4Address | None = None

    @property
    def is_live(self) -> bool:
        """Whether packets can pass with a virtual address."""
        return self.carries and self.address is not None


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class CharonHere:
    """charon answers; `instance` differs from start to start."""

    instance: str


@dataclass(frozen=True, slots=True)
class CharonGone:
    """charon's socket is gone, and with charon its interface, addresses and SAs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Every SA of our connection that charon has."""

    sas: tuple[Sa, ...]


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """A command of an attempt failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knocked:
    """A knock that left from `address` ended."""

    address: IPv4Address
    answer: Answer


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """The host's own routes or addresses changed."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""


Event = CharonHere | CharonGone | Listed | AttemptFailed | Knocked | NetworkChanged | Tick


# Commands


@dataclass(frozen=True, slots=True)
class Lock:
    """Put the drop rule in place."""


@dataclass(frozen=True, slots=True)
class Load:
    """Load credentials and connection."""


@dataclass(frozen=True, slots=True)
class Initiate:
    """Begin a connection, without waiting for its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRoutes:
    """Send what the tunnel carries into it, from `address`."""

    address: IPv4Address


@dataclass(frozen=True, slots=True)
class RemoveRoutes:
    """Take our routes away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Knock at the first management host from `address`."""

    address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate:
    """End these SAs."""

    unique_ids: tuple[int, ...]


Command = Lock | Load | Initiate | InstallRoutes | RemoveRoutes | Knock | Terminate


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an event is looked at, in seconds of a clock that never goes back, and a random number in [0, 1)."""

    now: float
    jitter: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """The live tunnel."""

    unique_id: int
    address: IPv4Address
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """All that the agent remembers."""

    phase: Phase = Phase.AWAY
    since: float = 0.0
    instance: str = ""
    failures: int = 0
    retry_at: float = 0.0
    tunnel: Tunnel | None = None
    knock_at: float = 0.0
    answered_at: float | None = None
    refused: bool = False  # whether the last answer was a refusal


Step = tuple[Machine, tuple[Command, ...]]
Handler = Callable[[Machine, "Event", Moment], Step]


def step(machine: Machine, event: Event, moment: Moment) -> Step:
    """The machine after an event, and what shall be done; an event that a state has no entry for changes nothing."""
    handler = TABLE[machine.phase].get(type(event))
    return handler(machine, event, moment) if handler else (machine, ())


def _begin(machine: Machine, event: Event, moment: Moment) -> Step:
    assert isinstance(event, CharonHere)  # noqa: S101 (the table's key)
    if event.instance == machine.instance:
        return machine, ()
    commands = (RemoveRoutes(),) if machine.tunnel else ()
    fresh = Machine(phase=Phase.DOWN, since=moment.now, instance=event.instance, retry_at=moment.now)
    return fresh, commands


def _away(machine: Machine, _: Event, moment: Moment) -> Step:
    return Machine(since=moment.now), (RemoveRoutes(),) if machine.tunnel else ()


def _listed_while_down(machine: Machine, event: Event, moment: Moment) -> Step:
    assert isinstance(event, Listed)  # noqa: S101 (the table's key)
    if _newest_live(event.sas):
        return _rise(machine, event.sas, moment)
    if event.sas:
        return replace(machine, phase=Phase.CONNECTING, since=moment.now), ()
    if moment.now < machine.retry_at:
        return machine, ()
    return replace(machine, phase=Phase.CONNECTING, since=moment.now), (Lock(), Load(), Initiate())


def _listed_while_connecting(machine: Machine, event: Event, moment: Moment) -> Step:
    assert isinstance(event, Listed)  # noqa: S101 (the table's key)
    if _newest_live(event.sas):
        return _rise(machine, event.sas, moment)
    if not event.sas:
        return _fall(machine, moment), ()
    if moment.now - machine.since < CONNECT_SECONDS:
        return machine, ()
    return _fall(machine, moment), (Terminate(unique_ids=_ids(event.sas)),)


def _listed_while_up(machine: Machine, event: Event, moment: Moment) -> Step:
    assert isinstance(event, Listed)  # noqa: S101 (the table's key)
    newest, tunnel = _newest_live(event.sas), machine.tunnel
    if newest is None:
        return _lost(machine, event.sas, moment)
    if tunnel is None or newest.address != tunnel.address:
        return _rise(machine, event.sas, moment)
    if newest.unique_id == tunnel.unique_id:
        return machine, _end_older(event.sas, newest)
    # A rekeyed or reauthenticated IKE SA is a new one with the same address: the same tunnel. Between the two the
    # address may have been gone for a moment, and its routes with it.
    kept = replace(machine, tunnel=replace(tunnel, unique_id=newest.unique_id), knock_at=moment.now)
    return kept, (InstallRoutes(address=tunnel.address), *_end_older(event.sas, newest))


def _failed(machine: Machine, _: Event, moment: Moment) -> Step:
    return _fall(machine, moment), ()


def _knock(machine: Machine, _: Event, moment: Moment) -> Step:
    if machine.tunnel is None or moment.now < machine.knock_at:
        return machine, ()
    return replace(machine, knock_at=moment.now + KNOCK_SECONDS), (Lock(), Knock(address=machine.tunnel.address))


def _knocked(machine: Machine, event: Event, moment: Moment) -> Step:
    assert isinstance(event, Knocked)  # noqa: S101 (the table's key)
    if machine.tunnel is None or event.address != machine.tunnel.address:
        return machine, ()
    if event.answer is Answer.SILENT:
        # The routes may have been taken away by another program; putting them there again costs nothing.
        again = replace(machine, phase=Phase.UNANSWERED, knock_at=moment.now + KNOCK_AGAIN_SECONDS)
        return again, (InstallRoutes(address=machine.tunnel.address),)
    refused = event.answer is Answer.REFUSED
    return replace(machine, phase=Phase.UP, answered_at=moment.now, refused=refused), ()


def _retry_soon(machine: Machine, _: Event, moment: Moment) -> Step:
    return replace(machine, retry_at=min(machine.retry_at, moment.now)), ()


def _knock_soon(machine: Machine, _: Event, moment: Moment) -> Step:
    return replace(machine, knock_at=min(machine.knock_at, moment.now)), ()


UP_EVENTS: Mapping[type[Event], Handler] = {
    CharonHere: _begin,
    CharonGone: _away,
    Listed: _listed_while_up,
    Knocked: _knocked,
    NetworkChanged: _knock_soon,
    Tick: _knock,
}
TABLE: Mapping[Phase, Mapping[type[Event], Handler]] = {
    Phase.AWAY: {CharonHere: _begin},
    Phase.DOWN: {
        CharonHere: _begin,
        CharonGone: _away,
        Listed: _listed_while_down,
        NetworkChanged: _retry_soon,
    },
    Phase.CONNECTING: {
        CharonHere: _begin,
        CharonGone: _away,
        Listed: _listed_while_connecting,
        AttemptFailed: _failed,
    },
    Phase.UNANSWERED: UP_EVENTS,
    Phase.UP: UP_EVENTS,
}


def _rise(machine: Machine, sas: tuple[Sa, ...], moment: Moment) -> Step:
    newest = _newest_live(sas)
    assert newest is not None  # noqa: S101 (both callers looked)
    assert newest.address is not None  # noqa: S101 (live means that it has one)
    tunnel = Tunnel(unique_id=newest.unique_id, address=newest.address, since=moment.now)
    risen = replace(
        machine,
        phase=Phase.UNANSWERED,
        since=moment.now,
        tunnel=tunnel,
        knock_at=moment.now + KNOCK_SECONDS,
        answered_at=None,
    )
    commands = (InstallRoutes(address=tunnel.address), Knock(address=tunnel.address))
    return risen, (*commands, *_end_older(sas, newest))


def _lost(machine: Machine, sas: tuple[Sa, ...], moment: Moment) -> Step:
    last = machine.tunnel.unique_id if machine.tunnel else 0
    older = _ids(tuple(sa for sa in sas if sa.unique_id <= last))
    commands = (RemoveRoutes(), Terminate(unique_ids=older)) if older else (RemoveRoutes(),)
    fallen = _fall(machine, moment)
    if len(older) == len(sas):
        return fallen, commands
    # charon authenticates anew by itself where the gateway limits a session; ended half way, the gateway would keep it.
    return replace(fallen, phase=Phase.CONNECTING), commands


def _fall(machine: Machine, moment: Moment) -> Machine:
    stable = machine.tunnel is not None and moment.now - machine.tunnel.since >= STABLE_SECONDS
    failures = 0 if stable else machine.failures + 1
    delay = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)] * (1 + moment.jitter / 2)
    return replace(
        machine,
        phase=Phase.DOWN,
        since=moment.now,
        failures=failures,
        retry_at=moment.now + delay,
        tunnel=None,
        answered_at=None,
    )


def _newest_live(sas: tuple[Sa, ...]) -> Sa | None:
    return max((sa for sa in sas if sa.is_live), key=lambda sa: sa.unique_id, default=None)


def _end_older(sas: tuple[Sa, ...], newest: Sa) -> tuple[Command, ...]:
    older = _ids(tuple(sa for sa in sas if sa.is_live and sa.unique_id != newest.unique_id))
    return (Terminate(unique_ids=older),) if older else ()


def _ids(sas: tuple[Sa, ...]) -> tuple[int, ...]:
    return tuple(sorted(sa.unique_id for sa in sas))
