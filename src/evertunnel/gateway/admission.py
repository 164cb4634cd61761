"""The words of the sessions machine: what happens to it, what it asks for, and how a session may stand.

The table at the end is the whole life of a session; an event that it does not list for a standing changes nothing.
"""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address
from typing import TypeAlias

from evertunnel.drivers.radius_values import Answer
from evertunnel.drivers.vici_values import Sa
from evertunnel.values import Serial


class Standing(Enum):
    """How a session stands."""

    NEW = "new"  # no CHILD_SA yet: nothing to ask about
    ASKING = "asking"  # never allowed, a question is on its way
    UNANSWERED = "unanswered"  # never allowed, nobody answered: asked again soon
    ADMITTED = "admitted"  # allowed; asked again while it lives
    ENDING = "ending"  # told to go; nothing brings it back


class Turn(Enum):
    """What can turn a session from one standing to another."""

    ASKED = "asked"
    ALLOWED = "allowed"
    REFUSED = "refused"
    SILENT = "silent"
    INHERITED = "inherited"
    ENDED = "ended"


class Door(Enum):
    """How far a charon instance is from being reachable; UDP 500 and 4500 are open only when OPEN."""

    ABSENT = "absent"
    LOADING = "loading"
    PROVING = "proving"
    OPEN = "open"


# Events


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A VICI connection to this charon process stands."""

    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All connections are loaded into this charon."""

    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """RADIUS answered Status-Server, or did not."""

    instance: str
    alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What list-sas showed; a `complete` list says that what it lacks is gone, another only that `looked_for` is."""

    instance: str
    sas: tuple[Sa, ...]
    complete: bool
    looked_for: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """charon's event says that this SA has come up; nobody has listed it yet."""

    instance: str
    sa: Sa


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer to question `number`."""

    number: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class CrlsChanged:
    """A newer CRL is on disk."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event: TypeAlias = Connected | Loaded | Proved | Listed | Announced | Answered | CrlsChanged | Tick


# Commands, carried out in the order given


@dataclass(frozen=True, slots=True)
class Close:
    """Shut the latch and forget every admission."""


@dataclass(frozen=True, slots=True)
class Flush:
    """Forget every admission; the latch stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Give charon its connections and CRLs; then Loaded."""

    instance: str


@dataclass(frozen=True, slots=True)
class LoadCrls:
    """Give charon the CRLs from disk, and make it forget its verdicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """Send Status-Server; then Proved."""

    instance: str


@dataclass(frozen=True, slots=True)
class OpenLatch:
    """Let UDP 500 and 4500 in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask RADIUS about a session; then Answered with the same number."""

    number: int
    session: str
    identity: str
    serial: Serial
    outer: str
    address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An address in the set of a reach, for so many seconds."""

    reach: str
    address: IPv4Address
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Put these leases into their sets, afresh where they are there, in one transaction."""

    leases: tuple[Lease, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """Take an address out of the set of a reach."""

    reach: str
    address: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminate:
    """End an IKE_SA."""

    ike_id: int
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Write down that a session was refused or ended, and why."""

    identity: str
    outer: str
    reason: str
    text: str


Command: TypeAlias = Close | Flush | Load | LoadCrls | Prove | OpenLatch | Ask | Grant | Withdraw | Terminate | Refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An IKE_SA with its virtual address, as the machine knows it; times are the machine's `now`."""

    ike_id: int
    identity: str
    serial: Serial
    outer: str
    address: IPv4Address
    children: frozenset[int]
    standing: Standing
    since: float
    seen: float
    question: int | None = None
    asked: float = 0.0
    ask_next: float = 0.0
    allowed: float = 0.0
    ends: float | None = None
    device: str = ""
    reach: str = ""
    terminated: float = 0.0


TABLE: dict[Standing, dict[Turn, Standing]] = {
    Standing.NEW: {
        Turn.ASKED: Standing.ASKING,
        Turn.INHERITED: Standing.ADMITTED,
        Turn.ENDED: Standing.ENDING,
    },
    Standing.ASKING: {
        Turn.ALLOWED: Standing.ADMITTED,
        Turn.REFUSED: Standing.ENDING,
        Turn.SILENT: Standing.UNANSWERED,
        Turn.ENDED: Standing.ENDING,
    },
    Standing.UNANSWERED: {
        Turn.ASKED: Standing.ASKING,
        Turn.ENDED: Standing.ENDING,
    },
    Standing.ADMITTED: {
        Turn.ASKED: Standing.ADMITTED,
        Turn.ALLOWED: Standing.ADMITTED,
        Turn.REFUSED: Standing.ENDING,
        Turn.SILENT: Standing.ADMITTED,
        Turn.ENDED: Standing.ENDING,
    },
    Standing.ENDING: {},
}
