"""What the gateway accounts for: a pure machine from admissions and counters to Start, Interim, Stop and Tunnel-Reject.

- A session's accounting begins when it is admitted first and ends when its last IKE_SA is gone from charon: what an SA
  still carries after it was told to go stands in charon's counters, too.
- Counters belong to a CHILD_SA and begin at nothing with each rekeying. The session's usage is the sum of the highest
  readings of all its CHILD_SAs, however often and in which order they are read.
- An IKE_SA that took over a CHILD_SA of a session is that session going on.
- `kept` is all that there is to know. Written to disk after the records that it led to, it makes a restart of the
  service say something twice, with the same number, rather than not at all.
- Strangers can be refused as often as they like: what one gateway writes down of them has a bound, and the record
  after it says how many were left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evertunnel.drivers.radius_values import Accounting, Status, Usage

INTERIM_SECONDS = 300
CHILDREN = 64
REJECTS, REJECT_SECONDS = 20, 60.0
LONGEST = 240  # octets: an attribute holds 253 (RFC 2865 5)

# The sessions machine's reasons in RFC 2866's words (5.10); what it does not list is the administrator's doing.
CAUSES: Mapping[str, str] = {
    "": "User-Request",
    "address": "NAS-Error",
    "grace": "Service-Unavailable",
    "idle": "Idle-Timeout",
    "limit": "Session-Timeout",
    "lost": "Lost-Carrier",
    "replaced": "Port-Preempted",
    "restarted": "NAS-Reboot",
    "session": "NAS-Error",
}
OTHER_CAUSE = "Admin-Reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A session that is let through, as accounting tells of it; `children` are its CHILD_SAs' unique ids."""

    ike_id: int
    session: str
    tunnel: str
    name: str
    outer: str
    inner: str
    children: frozenset[int] = frozenset()
    device: str = ""
    policy: str = ""
    class_: str = ""
    interim: int = INTERIM_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A session that has been started and not stopped.

    `open` are the readings by CHILD_SA; those up to `folded_to` are summed up in `folded`, so that a tunnel that is up
    for a year does not grow.
    """

    about: Admitted
    ike_ids: tuple[int, ...]
    started: float
    said: float
    number: int
    open: tuple[tuple[int, Usage], ...] = ()
    folded: Usage = field(default_factory=Usage)
    folded_to: int = 0
    reason: str = ""
    text: str = ""

    @property
    def usage(self) -> Usage:
        """What went through since the start."""
        return sum((usage for _, usage in self.open), self.folded)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What must survive the service: written to disk as one document."""

    instance: str = ""
    accounts: tuple[Account, ...] = ()
    rejected: int = 0


class Accountant:
    """All accounting of one gateway; `now` is Unix seconds, because it outlives the process."""

    def __init__(self, kept: Kept | None = None, *, children: int = CHILDREN) -> None:
        before = kept or Kept()
        self._children = children
        self._instance = before.instance
        self._accounts: dict[str, Account] = {}
        self._by_ike: dict[int, str] = {}
        self._by_child: dict[int, str] = {}
        self._rejected = before.rejected
        self._rejects_since = 0.0
        self._rejects = 0
        for account in before.accounts:
            self._keep(account)

    @property
    def kept(self) -> Kept:
        """All that this machine knows of its sessions."""
        return Kept(instance=self._instance, accounts=tuple(self._accounts.values()), rejected=self._rejected)

    def connected(self, instance: str, now: float) -> tuple[Accounting, ...]:
        """Another charon process ends every session of the former one."""
        if instance == self._instance:
            return ()
        self._instance = instance
        over = [
            replace(account, reason="restarted", text="the gateway's IKE daemon was restarted")
            for account in self._accounts.values()
        ]
        return tuple(self._stop(account, now) for account in over)

    def admit(self, admitted: Admitted, now: float) -> tuple[Accounting, ...]:
        """A session was let in, or is let stay: it is told of once."""
        session = self._by_ike.get(admitted.ike_id) or self._taken_over(admitted)
        if session is not None:
            account = self._accounts[session]
            ike_ids = tuple(sorted({*account.ike_ids, admitted.ike_id}))
            self._keep(replace(account, about=replace(admitted, session=session), ike_ids=ike_ids))
            return ()
        account = Account(
            about=admitted,
            ike_ids=(admitted.ike_id,),
            started=now,
            said=now,
            number=0,
            open=tuple((child, Usage()) for child in sorted(admitted.children)),
        )
        return (self._say(account, Status.START, now),)

    def count(self, ike_id: int, readings: Mapping[int, Usage], *, whole: bool = True) -> None:
        """Takes the counters of an IKE_SA's CHILD_SAs, before anybody hears that it is gone.

        A list shows the `whole` of them, an event some; what a list lacks is over.
        """
        session = self._by_ike.get(ike_id) or self._owner(readings)
        if session is None:
            return
        account = self._accounts[session]
        known = dict(account.open)
        for child, usage in readings.items():
            if child > account.folded_to or child in known:
                known[child] = usage.highest(known.get(child, Usage()))
        counted = tuple(sorted(known.items()))
        if counted != account.open:
            account = replace(account, open=counted)
            # An IKE_SA that is being rekeyed shows none, because another has taken them over.
            self._keep(_folded(account, readings.keys(), self._children) if whole and readings else account)

    def ending(self, ike_id: int, reason: str, text: str) -> None:
        """Notes why a session is told to go; the first reason is the one that counts."""
        session = self._by_ike.get(ike_id)
        if session is not None and not self._accounts[session].reason:
            self._accounts[session] = replace(self._accounts[session], reason=reason, text=text)

    def gone(self, ike_id: int, now: float) -> tuple[Accounting, ...]:
        """An IKE_SA is there no more; its session ends unless another has taken it over."""
        session = self._by_ike.get(ike_id)
        if session is None:
            return ()
        account = self._accounts[session]
        left = tuple(each for each in account.ike_ids if each != ike_id)
        if not left:
            return (self._stop(account, now),)
        self._keep(replace(account, ike_ids=left))
        return ()

    def listed(self, live: frozenset[int], now: float) -> tuple[Accounting, ...]:
        """A complete list of IKE_SAs: what it lacks is gone, also what ended while the service was down."""
        return tuple(record for ike_id in sorted(self._by_ike.keys() - live) for record in self.gone(ike_id, now))

    def tick(self, now: float) -> tuple[Accounting, ...]:
        """An interim record for each session whose last word is too long ago; also when the clock was set back."""
        due = [account for account in self._accounts.values() if not 0 <= now - account.said < account.about.interim]
        return tuple(self._say(account, Status.INTERIM, now) for account in due)

    def reject(self, identity: str, outer: str, text: str, now: float) -> tuple[Accounting, ...]:
        """A record of somebody who was refused, unless there have been too many of them just now."""
        if not 0 <= now - self._rejects_since < REJECT_SECONDS:
            left_out = max(0, self._rejects - REJECTS)
            self._rejects, self._rejects_since = 0, now
            text = f"{text} ({left_out} more refusals were not written down)" if left_out else text
        self._rejects += 1
        if self._rejects > REJECTS:
            return ()
        # Never the same again, also not after a restart or a clock that was set back.
        self._rejected = max(self._rejected + 1, int(now * 1_000_000))
        record = Accounting(
            status=Status.REJECT,
            session=f"reject-{self._rejected:x}",
            number=1,
            at=now,
            tunnel="",
            name=_cut(identity),
            outer=_cut(outer),
            started=now,
            text=_cut(text),
        )
        return (record,)

    def _owner(self, children: Iterable[int]) -> str | None:
        return next((self._by_child[child] for child in children if child in self._by_child), None)

    def _taken_over(self, admitted: Admitted) -> str | None:
        session = self._owner(admitted.children)
        if session is None or self._accounts[session].about.inner != admitted.inner:
            return None
        return session

    def _say(self, account: Account, status: Status, now: float) -> Accounting:
        account = replace(account, number=account.number + 1, said=now)
        self._keep(account)
        about = account.about
        return Accounting(
            status=status,
            session=about.session,
            number=account.number,
            at=now,
            tunnel=about.tunnel,
            name=_cut(about.name),
            device=_cut(about.device),
            outer=_cut(about.outer),
            inner=about.inner,
            policy=_cut(about.policy),
            class_=about.class_,
            started=account.started,
            usage=account.usage,
            interim=about.interim,
        )

    def _stop(self, account: Account, now: float) -> Accounting:
        record = self._say(account, Status.STOP, now)
        self._forget(self._accounts.pop(account.about.session))
        return replace(record, cause=CAUSES.get(account.reason, OTHER_CAUSE), text=_cut(account.text))

    def _keep(self, account: Account) -> None:
        session = account.about.session
        if before := self._accounts.get(session):
            self._forget(before)
        self._accounts[session] = account
        self._by_ike.update(dict.fromkeys(account.ike_ids, session))
        self._by_child.update(dict.fromkeys((child for child, _ in account.open), session))

    def _forget(self, account: Account) -> None:
        for ike_id in account.ike_ids:
            self._by_ike.pop(ike_id, None)
        for child, _ in account.open:
            self._by_child.pop(child, None)


def _folded(account: Account, shown: Iterable[int], children: int) -> Account:
    """Sums up the oldest CHILD_SAs beyond so many, as far as none of them is shown any more."""
    listed = set(shown)
    while len(account.open) > children and account.open[0][0] not in listed:
        (child, usage), *rest = account.open
        account = replace(account, open=tuple(rest), folded=account.folded + usage, folded_to=child)
    return account


def _cut(text: str) -> str:
    """Text that fits into an attribute, whatever a stranger sent."""
    return text.encode(errors="backslashreplace")[:LONGEST].decode(errors="ignore")
