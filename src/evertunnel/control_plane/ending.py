"""Ends one live session: the policy host tells its gateway, and says what came of it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.control_plane import world
from evertunnel.drivers import dynamic_authorisation
from evertunnel.drivers.dynamic_values import Order, Outcome, Peer, Wish
from evertunnel.errors import EngineRejected, NotFound
from evertunnel.radius import ledger_queries
from evertunnel.radius.ledger import Session
from evertunnel.radius.model import LEDGER
from evertunnel.radius.outbox import SETTINGS, OutboxSettings
from evertunnel.store import open_store
from evertunnel.store.audit import Act

Tell = Callable[[Peer, Order, float], Coroutine[object, object, Outcome]]

AGAIN = "Whoever is allowed may connect again: to keep them out, disable them."
SAYS = {
    Outcome.TAKEN: f"has ended it. {AGAIN}",
    Outcome.NOBODY: "knows no such session: it has ended already, and the ledger will hear of it.",
    Outcome.REFUSED: "refused the order: `evertunnel verify` there and here tells whether both are of one plan.",
    Outcome.NO_ANSWER: (
        "did not answer, so the session may go on. Is the gateway up (`evertunnel status` there), and does the firewall"
        " let UDP 3799 from here to it pass (`evertunnel verify`)? Then try again. Disabling the user or the device"
        " ends it in any case, at the latest when the gateway asks again."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the gateway made of it."""

    session: Session
    outcome: Outcome

    @property
    def is_taken(self) -> bool:
        """Whether the gateway has ended it."""
        return self.outcome is Outcome.TAKEN

    @property
    def line(self) -> str:
        """The same for a person."""
        return f"{self.session.name}, session {self.session.id}: {self.session.gateway} {SAYS[self.outcome]}"


def end(
    words: str,
    *,
    ledger: Path = LEDGER,
    settings: Path = SETTINGS,
    tell: Tell = dynamic_authorisation.tell,
    act: Callable[[], Act] = world.act,
) -> Ended:
    """Ends the live session of that id, as `evertunnel sessions` shows it."""
    session = _one(words, ledger)
    told = _settings(settings)
    peer = next((peer for name, peer in told.gateways.items() if name == session.gateway), None)
    if peer is None:
        raise EngineRejected(f"{session.gateway} takes no orders from here: it is no gateway of the plan. End it there")
    # Before anything is done: what cannot be put into the audit trail is not begun.
    store, acting = open_store(told.store), act()
    order = Order(wish=Wish.END, name=session.name, session=session.session)
    outcome = asyncio.run(tell(peer, order, acting.at))
    with store.transaction() as connection:
        acting.record(connection, "end session", session.id, f"{session.name}: {outcome.value}")
    return Ended(session=session, outcome=outcome)


def _one(words: str, ledger: Path) -> Session:
    found = ledger_queries.live(ledger, words)
    if not found:
        raise NotFound(f"no session {words!r} is live; `evertunnel sessions` lists those that are")
    if len(found) > 1:
        names = ", ".join(session.id for session in found)
        raise NotFound(f"several sessions are called {words!r}; say which: {names}")
    return found[0]


def _settings(path: Path) -> OutboxSettings:
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise NotFound("no gateways are told anything from this host. Ask where the policy service is.") from None
    return documents.from_json(OutboxSettings, text, name=str(path))
