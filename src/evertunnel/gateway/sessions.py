"""Who is let through, and for how long: a pure machine of events in and commands out.

- Nothing is leased before an allow. An allow counts from when its question was sent, and for the plan's grace.
- Leases are granted and refreshed only for an SA that was listed within the last seconds: a stuck charon keeps nobody
  in.
- An event of charon may bring the question forward, and nothing else: its answer is kept until a list shows the very
  tunnel that was asked about, and whatever a list shows first is asked about anew.
- A new charon instance forgets everything, closes, and opens the latch last (door.py). Commands are carried out in
  order, and only this machine opens the latch; so no lease of a former instance can meet an address that the new one
  gives away.
- The first charon that a machine meets may have been up all along, with tunnels that live: then the latch is open, and
  rightly so, because it is closed before every start of charon. The machine forgets admissions and leaves the latch.
- Away is not refused: silence ends nobody before the grace is over. Who was never allowed is asked again and again for
  UNADMITTED_SECONDS, so that the return of RADIUS lets in all who wait without a storm of reconnections; then it goes,
  because a session that nobody answers for would hold an address for ever.
- An address claimed by two identities is leased to neither; if the next whole list still shows both, both go.
- An IKE_SA that took over a CHILD_SA from an admitted one of the same identity and address is that one rekeyed: it goes
  on with the same allow, and is asked about at once.
- Without that CHILD_SA it is a new tunnel. charon gives a device that comes back from the same place its old address
  while the old tunnel is still up: then only the newest may hold the lease, and only on its own allow.
- A device has one tunnel, its newest; how many a user may have, RADIUS decides.
- When the inside says that something changed, who is concerned is asked about anew, and what was asked before that
  counts for nothing: its answer may be older than the change.
"""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from evertunnel.drivers.dynamic_values import Order, Wish
from evertunnel.drivers.radius_values import Accept, Answer, NoAnswer, Reject
from evertunnel.drivers.vici_values import Sa
from evertunnel.gateway.admission import (
    Announced,
    Answered,
    Ask,
    Began,
    Command,
    Connected,
    CrlsChanged,
    Door,
    Event,
    Gone,
    Grant,
    Lease,
    Listed,
    LoadCrls,
    Loaded,
    Proved,
    Refuse,
    Terminate,
    Tick,
    Told,
    Withdraw,
)
from evertunnel.gateway.door import Doorkeeper
from evertunnel.gateway.early import EarlyQuestions
from evertunnel.gateway.identity import DEVICE, problem_of, who_is
from evertunnel.gateway.model import Limits
from evertunnel.gateway.session import (
    TABLE,
    Session,
    Standing,
    Turn,
    by_address,
    children_of,
    device_of,
    has_child,
    has_heir,
    is_admitted,
    is_meant,
    is_ours,
    met,
    moved,
    octets_of,
    problem_with,
    spread_of,
    supersedes,
)

UNADMITTED_SECONDS = 120.0
FRESH_SECONDS = 3.0  # list-sas is polled every second
RETRY_SECONDS = 5.0
FORCE_SECONDS = 2.0
LIVE = ("ESTABLISHED", "REKEYING")


class Machine:
    """All sessions of one gateway. `patience` is how long RADIUS may take to answer or be given up."""

    def __init__(
        self, *, limits: Limits, reaches: tuple[str, ...], pools: tuple[IPv4Network, ...], patience: float
    ) -> None:
        self._limits = limits
        self._reaches = frozenset(reaches)
        self._pools = pools
        self._patience = patience
        self._keeper = Doorkeeper()
        self._sessions: dict[int, Session] = {}
        self._early = EarlyQuestions()
        self._disputed: frozenset[IPv4Address] = frozenset()
        self._refresh_next = 0.0
        self._number = 0
        self._commands: list[Command] = []

    @property
    def door(self) -> Door:
        """How far the present charon instance is."""
        return self._keeper.door

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions by IKE unique id."""
        return tuple(session for _, session in sorted(self._sessions.items()))

    def handle(self, event: Event, now: float) -> tuple[Command, ...]:
        """Takes one event; gives what is to be done, in order."""
        match event:
            case Connected() | Loaded() | Proved():
                self._door_turns(event, now)
            case Listed():
                self._listed(event, now)
            case Announced():
                self._announced(event, now)
            case Answered():
                self._answered(event, now)
            case Told():
                self._told(event.order, now)
            case CrlsChanged():
                # Also while it is still loading: that may have read the disk a moment too early.
                if self.door is not Door.ABSENT:
                    self._commands.append(LoadCrls())
            case Tick():
                self._tick(now)
        commands, self._commands = tuple(self._commands), []
        return commands

    def _door_turns(self, event: Connected | Loaded | Proved, now: float) -> None:
        before = self._keeper.instance
        self._commands.extend(self._keeper.turn(event, now))
        if self._keeper.instance != before:
            self._sessions.clear()
            self._early.clear()
            self._disputed = frozenset()
            self._refresh_next = 0.0

    # What list-sas shows

    def _listed(self, event: Listed, now: float) -> None:
        if event.instance != self._keeper.instance:
            return
        live = {sa.ike_id: sa for sa in event.sas if is_ours(sa) and sa.state in LIVE}
        for sa in sorted(live.values(), key=lambda each: each.ike_id):
            self._see(sa, now)
        gone = {sa.ike_id for sa in event.sas} - live.keys()
        if event.looked_for is not None:
            gone |= {event.looked_for} - live.keys()
        if event.complete:
            gone |= self._sessions.keys() - live.keys()
        for ike_id in sorted(gone & self._sessions.keys()):
            self._forget(ike_id)
        self._settle_disputes(complete=event.complete, now=now)
        # After the disputes: an address that two claim is granted to neither, not even for a moment.
        for answered in self._early.settled(event):
            self._answered(answered, now)
        self._tick(now)
        self._refresh(now)

    def _see(self, sa: Sa, now: float) -> None:
        known = self._sessions.get(sa.ike_id)
        if known is None:
            self._meet(sa, now)
            return
        children = children_of(sa) or known.children
        self._sessions[sa.ike_id] = moved(
            replace(known, seen=now, outer=sa.remote_host, children=children), octets_of(sa), now
        )
        problem = problem_of(sa, self._pools)
        if not problem and (sa.addresses, who_is(sa)) != ((known.address,), known.who):
            problem = f"it changed from {known.address} to {', '.join(map(str, sa.addresses))}"
        if problem:
            self._end(sa.ike_id, "address", problem, now)
        elif known.standing is Standing.NEW and has_child(sa):
            self._ask(sa.ike_id, now)

    def _meet(self, sa: Sa, now: float) -> None:
        problem, who = problem_of(sa, self._pools), who_is(sa)
        if problem or who is None:
            self._turn_away(sa, problem or "its identity holds no certificate serial, and no user has authenticated")
            return
        session = met(sa, who, now)
        self._sessions[sa.ike_id] = heir = self._inherited(session)
        if is_admitted(heir):
            self._commands.append(Began(heir))
        self._suspend_older(session)
        early = self._early.about(session)
        if early is not None:
            self._asked(sa.ike_id, early.number, early.about.asked)
        elif has_child(sa):
            self._ask(sa.ike_id, now)

    def _inherited(self, session: Session) -> Session:
        for other in self.sessions:
            same = (other.who, other.address) == (session.who, session.address)
            if same and other.children & session.children and is_admitted(other):
                return replace(
                    session,
                    standing=TABLE[session.standing][Turn.INHERITED],
                    port=other.port,
                    allowed=other.allowed,
                    ends=other.ends,
                    name=other.name,
                    reach=other.reach,
                    decision=other.decision,
                    interim=other.interim,
                    idle=other.idle,
                )
        return session

    def _suspend_older(self, session: Session) -> None:
        """Takes the lease of an older tunnel with the same address away until the newer one has been answered for."""
        for other in self.sessions:
            if is_admitted(other) and supersedes(session, other):
                self._commands.append(Withdraw(reach=other.reach, address=other.address))

    def _turn_away(self, sa: Sa, problem: str) -> None:
        # Not kept: the next list shows it again, and it is told to go again, until it is gone.
        identity = sa.remote_eap_id or sa.remote_id
        self._commands.append(
            Refuse(ike_id=sa.ike_id, identity=identity, outer=sa.remote_host, reason="session", text=problem)
        )
        self._commands.append(Terminate(ike_id=sa.ike_id, force=True))

    def _forget(self, ike_id: int) -> None:
        self._withdraw(self._sessions.pop(ike_id))
        self._commands.append(Gone(ike_id=ike_id))

    def _settle_disputes(self, *, complete: bool, now: float) -> None:
        claims = by_address(self._sessions.values())
        disputed = frozenset(address for address, each in claims.items() if len({session.who for session in each}) > 1)
        for session in self.sessions:
            if session.address in disputed - self._disputed and is_admitted(session):
                self._commands.append(Withdraw(reach=session.reach, address=session.address))
            if complete and session.address in disputed & self._disputed:
                self._end(session.ike_id, "address", f"{session.address} is claimed by another, too", now)
        if self._disputed - disputed:
            self._refresh_next = now
        # Only whole lists count as "seen twice": a hint may have come between an address's release and its next use.
        self._disputed = disputed if complete else disputed | self._disputed & disputed

    # What RADIUS says

    def _ask(self, ike_id: int, now: float) -> None:
        session = self._sessions[ike_id]
        if session.question is not None or Turn.ASKED not in TABLE[session.standing]:
            return
        self._number += 1
        self._asked(ike_id, self._number, now)
        self._question(session, self._number)

    def _asked(self, ike_id: int, number: int, at: float) -> None:
        session = self._sessions[ike_id]
        standing = TABLE[session.standing][Turn.ASKED]
        self._sessions[ike_id] = replace(session, standing=standing, question=number, asked=at)

    def _question(self, about: Session, number: int) -> None:
        self._commands.append(
            Ask(
                number=number,
                ike_id=about.ike_id,
                session=self.id_of(about),
                port=about.port,
                who=about.who,
                outer=about.outer,
                address=about.address,
                is_admitted=is_admitted(about),
            )
        )

    def _announced(self, event: Announced, now: float) -> None:
        sa, who = event.sa, who_is(event.sa)
        if event.instance != self._keeper.instance or sa.ike_id in self._sessions or sa.ike_id in self._early:
            return
        if who is None or problem_of(sa, self._pools) or not (is_ours(sa) and has_child(sa)):
            return
        self._number += 1
        about = replace(met(sa, who, now), asked=now)
        self._early.add(about, self._number)
        self._question(about, self._number)

    def _answered(self, event: Answered, now: float) -> None:
        # A number is asked once in the machine's life: an answer meant for a former instance finds nobody.
        for session in self.sessions:
            if session.question == event.number:
                self._sessions[session.ike_id] = replace(session, question=None, doubted=False)
                if session.doubted:
                    self._ask_anew(session.ike_id, now)
                else:
                    self._take(session.ike_id, event.answer, now)
        self._early.answered(event)

    def _take(self, ike_id: int, answer: Answer, now: float) -> None:
        match answer:
            case NoAnswer():
                self._silent(ike_id, now)
            case Reject():
                self._refused(ike_id, "radius", answer.message, now)
            case Accept():
                problem = problem_with(answer, self._reaches)
                if problem:
                    self._refused(ike_id, "radius", problem, now)
                else:
                    self._allowed(ike_id, answer, now)

    def _silent(self, ike_id: int, now: float) -> None:
        session = self._sessions[ike_id]
        standing = TABLE[session.standing].get(Turn.SILENT)
        if standing is not None:
            spread = spread_of(self._keeper.instance, ike_id)
            self._sessions[ike_id] = replace(
                session, standing=standing, question=None, ask_next=now + RETRY_SECONDS * spread
            )

    def _refused(self, ike_id: int, reason: str, text: str, now: float) -> None:
        if Turn.REFUSED in TABLE[self._sessions[ike_id].standing]:
            self._end(ike_id, reason, text, now)

    def _allowed(self, ike_id: int, answer: Accept, now: float) -> None:
        session = self._sessions[ike_id]
        standing = TABLE[session.standing].get(Turn.ALLOWED)
        if standing is None:
            return
        if is_admitted(session) and session.reach != answer.reach:
            self._withdraw(session)
        ends = None if answer.seconds is None else now + answer.seconds
        self._sessions[ike_id] = replace(
            session,
            standing=standing,
            allowed=session.asked,
            ask_next=session.asked + self._limits.ask_again * spread_of(self._keeper.instance, ike_id),
            # A limit only ever comes nearer: an answer that repeats it must not push the end away.
            ends=min((each for each in (session.ends, ends) if each is not None), default=None),
            name=answer.name,
            reach=answer.reach,
            decision=answer.decision,
            interim=answer.interim,
            idle=answer.idle,
            moved=session.moved if is_admitted(session) else now,
        )
        self._commands.append(Began(self._sessions[ike_id]))
        if session.who.tunnel == DEVICE:
            self._keep_newest(answer.name, now)
        self._expire(ike_id, now)
        self._grant([session for session in self.sessions if session.ike_id == ike_id], now)

    def _keep_newest(self, device: str, now: float) -> None:
        admitted = [each.ike_id for each in self.sessions if is_admitted(each) and device_of(each) == device]
        for ike_id in admitted[:-1]:
            self._end(ike_id, "replaced", f"{device} has a newer tunnel", now)

    # What the inside says

    def concerns(self, order: Order) -> bool:
        """Whether an order is about any session here."""
        return any(is_meant(session, order, self.id_of(session)) for session in self.sessions)

    def id_of(self, session: Session) -> str:
        """A session's name to RADIUS, the same over every rekeying."""
        return f"{self._keeper.instance}-{session.port}"

    def _told(self, order: Order, now: float) -> None:
        if order.wish is Wish.ASK_AGAIN:
            # Who was only announced is asked about when it is listed.
            self._early.clear()
        for session in self.sessions:
            if is_meant(session, order, self.id_of(session)):
                if order.wish is Wish.END:
                    self._end(session.ike_id, "ended", "it was ended by hand", now)
                elif session.question is not None:
                    self._sessions[session.ike_id] = replace(session, doubted=True)
                else:
                    self._ask(session.ike_id, now)

    def _ask_anew(self, ike_id: int, now: float) -> None:
        session = self._sessions[ike_id]
        if session.standing is Standing.ASKING:
            self._sessions[ike_id] = replace(session, standing=TABLE[session.standing][Turn.SILENT])
        self._ask(ike_id, now)

    # Time

    def _tick(self, now: float) -> None:
        self._commands.extend(self._keeper.tick(now))
        for session in self.sessions:
            if session.question is not None and now - session.asked > self._patience:
                self._silent(session.ike_id, now)
            self._expire(session.ike_id, now)
            self._ask_again(session.ike_id, now)

    def _expire(self, ike_id: int, now: float) -> None:
        session = self._sessions[ike_id]
        match session.standing:
            case Standing.ADMITTED if now >= session.allowed + self._limits.grace:
                self._end(ike_id, "grace", "RADIUS has not answered for the whole grace", now)
            case Standing.ADMITTED if session.ends is not None and now >= session.ends:
                self._end(ike_id, "limit", "its time is over", now)
            case Standing.ADMITTED if session.idle is not None and now >= session.moved + session.idle:
                self._end(ike_id, "idle", f"nothing has passed for {session.idle} s", now)
            case Standing.ENDING if now >= session.terminated + FORCE_SECONDS:
                self._sessions[ike_id] = replace(session, terminated=now)
                self._commands.append(Terminate(ike_id=ike_id, force=True))
            case Standing.NEW | Standing.ASKING | Standing.UNANSWERED if now >= session.since + UNADMITTED_SECONDS:
                self._end(ike_id, "unanswered", "nobody answered whether it may enter", now)
            case _:
                pass

    def _ask_again(self, ike_id: int, now: float) -> None:
        session = self._sessions[ike_id]
        if session.standing in (Standing.UNANSWERED, Standing.ADMITTED) and now >= session.ask_next:
            self._ask(ike_id, now)

    # Leases

    def _refresh(self, now: float) -> None:
        if now >= self._refresh_next:
            self._refresh_next = now + self._limits.lease / 3
            self._grant(list(self.sessions), now)

    def _grant(self, sessions: list[Session], now: float) -> None:
        claims = by_address(self._sessions.values())
        leases = tuple(lease for session in sessions if (lease := self._lease(session, claims[session.address], now)))
        if leases:
            self._commands.append(Grant(leases=leases))

    def _lease(self, session: Session, claims: list[Session], now: float) -> Lease | None:
        if not is_admitted(session) or session.address in self._disputed or now - session.seen > FRESH_SECONDS:
            return None
        if any(supersedes(other, session) for other in claims):
            return None
        end = min(session.allowed + self._limits.grace, now + self._limits.lease, session.ends or float("inf"))
        # Whole seconds, rounded down: the element is gone before the admission is.
        seconds = int(end - now)
        return Lease(reach=session.reach, address=session.address, seconds=seconds) if seconds > 0 else None

    def _end(self, ike_id: int, reason: str, text: str, now: float) -> None:
        session = self._sessions[ike_id]
        standing = TABLE[session.standing].get(Turn.ENDED)
        if standing is None:
            return
        self._sessions[ike_id] = replace(session, standing=standing, question=None, terminated=now)
        self._withdraw(session)
        self._commands.append(
            Refuse(ike_id=ike_id, identity=session.who.identity, outer=session.outer, reason=reason, text=text)
        )
        self._commands.append(Terminate(ike_id=ike_id, force=False))

    def _withdraw(self, session: Session) -> None:
        if is_admitted(session) and not has_heir(session, self._sessions.values()):
            self._commands.append(Withdraw(reach=session.reach, address=session.address))
