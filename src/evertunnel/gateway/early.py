"""Questions about SAs that charon's events have announced and that no list has shown yet.

Their answers count for nothing here: they are handed out only when a list has come, to whoever it showed to be the very
tunnel that was asked about.
"""

from dataclasses import dataclass, replace

from evertunnel.drivers.radius_values import Answer
from evertunnel.gateway.admission import Answered, Listed
from evertunnel.gateway.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Early:
    """A question under way, and its answer once it is there; `about.asked` is when it was sent."""

    number: int
    about: Session
    answer: Answer | None = None


class EarlyQuestions:
    """At most one for each IKE_SA."""

    def __init__(self) -> None:
        self._early: dict[int, Early] = {}

    def __contains__(self, ike_id: int) -> bool:
        return ike_id in self._early

    def add(self, about: Session, number: int) -> None:
        """Notes a question."""
        self._early[about.ike_id] = Early(number=number, about=about)

    def clear(self) -> None:
        """Forgets them all; who is asked about next is another charon's."""
        self._early.clear()

    def about(self, session: Session) -> Early | None:
        """The question that was asked about this very tunnel: same device, address, place and CHILD_SA."""
        early = self._early.get(session.ike_id)
        return early if early is not None and _facts(early.about) == _facts(session) else None

    def answered(self, answered: Answered) -> None:
        """Keeps an answer until a list comes."""
        for ike_id, early in self._early.items():
            if early.number == answered.number:
                self._early[ike_id] = replace(early, answer=answered.answer)

    def settled(self, listed: Listed) -> tuple[Answered, ...]:
        """The answers to all that a list has shown or has shown to be gone; they are early no more."""
        shown = {sa.ike_id for sa in listed.sas} | {listed.looked_for}
        known = sorted(self._early if listed.complete else self._early.keys() & shown)
        settled = [self._early.pop(ike_id) for ike_id in known]
        return tuple(Answered(number=each.number, answer=each.answer) for each in settled if each.answer is not None)


def _facts(session: Session) -> tuple[object, ...]:
    return session.who, session.address, session.outer, session.children
