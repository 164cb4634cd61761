"""A session: an IKE_SA with its virtual address, how it may stand, and what can be said of it.

The table is the whole life of a session; an event that it does not list for a standing changes nothing.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address

from evertunnel.drivers.dynamic_values import EVERYBODY, Order, Wish
from evertunnel.drivers.radius_values import Accept
from evertunnel.drivers.vici_values import Sa
from evertunnel.gateway.identity import DEVICE, Who
from evertunnel.gateway.model import CONNECTION_PREFIX


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An IKE_SA with its virtual address, as the machine knows it; times are the machine's `now`.

    `port` is the IKE_SA that it began as, before any rekeying: by it RADIUS knows who authenticated. `name` is who it
    is to RADIUS, a device's name or a user's; `octets` are what it had carried when that was `moved` last.
    """

    ike_id: int
    port: int
    who: Who
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
    name: str = ""
    reach: str = ""
    decision: str = ""
    interim: int | None = None
    terminated: float = 0.0
    doubted: bool = False  # the answer to the question under way counts for nothing: something changed after it
    idle: int | None = None
    octets: int = 0
    moved: float = 0.0


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


def is_ours(sa: Sa) -> bool:
    return sa.connection.startswith(CONNECTION_PREFIX)


def has_child(sa: Sa) -> bool:
    return any(child.state in ("INSTALLED", "UPDATING", "REKEYING", "REKEYED") for child in sa.children)


def met(sa: Sa, who: Who, now: float) -> Session:
    return Session(
        ike_id=sa.ike_id,
        port=sa.ike_id,
        who=who,
        outer=sa.remote_host,
        address=sa.addresses[0],
        children=children_of(sa),
        standing=Standing.NEW,
        since=now,
        seen=now,
        octets=octets_of(sa),
        moved=now,
    )


def octets_of(sa: Sa) -> int:
    return sum(child.usage.in_octets + child.usage.out_octets for child in sa.children if child.usage)


def moved(session: Session, octets: int, now: float) -> Session:
    """The session, with the time at which its counters changed last: also to less, with a new CHILD_SA."""
    return session if octets == session.octets else replace(session, octets=octets, moved=now)


def device_of(session: Session) -> str:
    return session.name if session.who.tunnel == DEVICE else ""


def is_meant(session: Session, order: Order, session_id: str) -> bool:
    """Whether an order is about a session; while its name is not known yet, it may be."""
    named = order.name in (session.name, EVERYBODY) or (not session.name and order.wish is Wish.ASK_AGAIN)
    return named and order.session in ("", session_id) and session.standing is not Standing.ENDING


def children_of(sa: Sa) -> frozenset[int]:
    return frozenset(child.unique for child in sa.children)


def supersedes(newer: Session, older: Session) -> bool:
    """Whether a later tunnel, not the same one rekeyed, has the same address; also one that was told to go."""
    later = newer.address == older.address and newer.ike_id > older.ike_id
    return later and not newer.children & older.children


def has_heir(session: Session, sessions: Iterable[Session]) -> bool:
    """Whether another admitted tunnel may hold the lease that this one held: the newest, or a rekeyed one of it."""
    claims = [each for each in sessions if each.address == session.address]
    return any(
        is_admitted(other)
        and other.reach == session.reach
        and other.ike_id != session.ike_id
        # Where a later one, refused perhaps, is still there, the packets are that one's.
        and not any(supersedes(each, other) for each in claims)
        for other in claims
    )


def by_address(sessions: Iterable[Session]) -> dict[IPv4Address, list[Session]]:
    """Who claims which address: to look through all sessions for each would take a busy gateway longer than it has."""
    found: dict[IPv4Address, list[Session]] = {}
    for session in sessions:
        found.setdefault(session.address, []).append(session)
    return found


def is_admitted(session: Session) -> bool:
    return session.standing is Standing.ADMITTED


def problem_with(answer: Accept, reaches: frozenset[str]) -> str:
    """Why an accept admits nobody; empty where it does."""
    if answer.reach not in reaches:
        return f"RADIUS named the reach {answer.reach!r}, which this gateway does not have"
    return "" if answer.name else "RADIUS did not say who it is"


def spread_of(instance: str, ike_id: int) -> float:
    """Between 0.8 and 1, the same for one session each time, so that questions do not come all at once."""
    return 0.8 + 0.2 * (zlib.crc32(f"{instance}-{ike_id}".encode()) % 1000) / 1000
