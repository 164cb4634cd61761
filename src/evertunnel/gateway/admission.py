"""The words of the sessions machine: what happens to it, and what it asks for."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address
from typing import TypeAlias

from evertunnel.drivers.dynamic_values import Order
from evertunnel.drivers.radius_values import Answer
from evertunnel.drivers.vici_values import Sa
from evertunnel.gateway.identity import Who
from evertunnel.gateway.session import Session


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The inside says, by dynamic authorisation, that a session is to end or that sessions are to be asked about."""

    order: Order


@dataclass(frozen=True, slots=True)
class CrlsChanged:
    """A newer CRL is on disk."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event: TypeAlias = Connected | Loaded | Proved | Listed | Announced | Answered | Told | CrlsChanged | Tick


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
    """Ask RADIUS about a session; then Answered with the same number. `port` is the IKE_SA that it began as."""

    number: int
    ike_id: int
    session: str
    port: int
    who: Who
    outer: str
    address: IPv4Address
    is_admitted: bool


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

    ike_id: int
    identity: str
    outer: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Began:
    """Account for a session from now on, or go on to: it was let in, let stay, or has a new IKE_SA."""

    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """An IKE_SA is there no more."""

    ike_id: int


Command: TypeAlias = (
    Close | Flush | Load | LoadCrls | Prove | OpenLatch | Ask | Grant | Withdraw | Terminate | Refuse | Began | Gone
)
