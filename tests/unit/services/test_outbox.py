import asyncio
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel.drivers.dynamic_values import EVERYBODY, Order, Outcome, Peer
from evertunnel.radius.outbox import OutboxSettings
from evertunnel.services.outbox import MOST_NAMES, MOST_ROWS, Ledger, Service, Tell
from evertunnel.store import Store, migrate, open_store
from evertunnel.store.outbox import What, put, waiting
from evertunnel.values import HostName, Secret

ONE, TWO = HostName("gateway1"), HostName("gateway2")
AWAY = Peer(address=IPv4Address("10.0.1.11"), port=3799, secret=Secret("t" * 32))
NOW = 1_800_000_000.0


def test_row_is_done_when_every_gateway_has_taken_it() -> None:
    ledger = Ledger((ONE, TWO))
    ledger.add(1, "laptop1")

    assert ledger.due(ONE) == {"laptop1": (1,)}
    assert ledger.told(ONE, (1,)) == ()
    assert ledger.due(ONE) == {}
    assert ledger.due(TWO) == {"laptop1": (1,)}
    assert ledger.told(TWO, (1,)) == (1,)


def test_name_is_told_once_for_all_its_rows() -> None:
    ledger = Ledger((ONE,))
    for row, name in enumerate(("laptop1", "alice@corp.contoso.com", "laptop1"), start=1):
        ledger.add(row, name)

    assert ledger.due(ONE) == {"laptop1": (1, 3), "alice@corp.contoso.com": (2,)}


@pytest.mark.parametrize("names", [["laptop1", EVERYBODY], [f"laptop{n}" for n in range(MOST_NAMES + 1)]])
def test_who_concerns_everybody_or_very_many_is_one_order(names: list[str]) -> None:
    ledger = Ledger((ONE,))
    for row, name in enumerate(names, start=1):
        ledger.add(row, name)

    assert ledger.due(ONE) == {EVERYBODY: tuple(range(1, len(names) + 1))}


def test_change_in_the_store_is_told_and_written_down_as_done(store: Store, settings: OutboxSettings) -> None:
    gateway = Gateways()
    with store.transaction() as connection:
        put(connection, What.USER, "alice@corp.contoso.com", NOW)
        put(connection, What.POLICY, EVERYBODY, NOW)

    _run(settings, store, gateway, until=lambda: not _waiting(store))

    assert gateway.told == {EVERYBODY}


def test_gateway_that_does_not_answer_is_told_again(store: Store, settings: OutboxSettings) -> None:
    gateway = Gateways(Outcome.NO_ANSWER, Outcome.REFUSED, Outcome.NOBODY)
    with store.transaction() as connection:
        put(connection, What.DEVICE, "laptop1", NOW)

    _run(settings, store, gateway, until=lambda: not _waiting(store))

    assert gateway.orders == ["laptop1"] * 3


def test_gateway_that_is_away_keeps_the_others_from_nothing(store: Store, settings: OutboxSettings) -> None:
    there, away = Gateways(), Gateways(Outcome.NO_ANSWER)
    two = OutboxSettings(gateways={**settings.gateways, TWO: AWAY}, store=settings.store)

    async def tell(peer: Peer, order: Order, now: float) -> Outcome:
        return await (away if peer == AWAY else there)(peer, order, now)

    with store.transaction() as connection:
        for _ in range(MOST_ROWS):
            put(connection, What.DEVICE, "laptop1", NOW)
        put(connection, What.DEVICE, "laptop2", NOW)

    _run(two, store, tell, until=lambda: "laptop2" in there.told)

    assert _waiting(store) == 1000


def test_row_that_nobody_took_waits_for_the_next_start(store: Store, settings: OutboxSettings) -> None:
    silent, answering = Gateways(Outcome.NO_ANSWER), Gateways()
    with store.transaction() as connection:
        put(connection, What.DEVICE, "laptop1", NOW)

    _run(settings, store, silent, until=lambda: bool(silent.orders))
    left = _waiting(store)
    _run(settings, store, answering, until=lambda: not _waiting(store))

    assert left == 1
    assert answering.orders == ["laptop1"]


class Gateways:
    """Gateways that answer in turn, and then as the last time."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes or (Outcome.TAKEN,))
        self.orders: list[str] = []

    @property
    def told(self) -> set[str]:
        return set(self.orders)

    async def __call__(self, peer: Peer, order: Order, now: float) -> Outcome:
        assert (peer.port, now) == (3799, NOW)
        self.orders.append(order.name)
        return self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    migrate(tmp_path / "store.db")
    return open_store(tmp_path / "store.db")


@pytest.fixture
def settings(tmp_path: Path) -> OutboxSettings:
    peer = Peer(address=IPv4Address("10.0.1.10"), port=3799, secret=Secret("s" * 32))
    return OutboxSettings(gateways={ONE: peer}, store=tmp_path / "store.db")


def _run(settings: OutboxSettings, store: Store, tell: Tell, *, until: Callable[[], bool]) -> None:
    async def whole() -> None:
        service = Service(settings, store=lambda: store, tell=tell, clock=lambda: NOW, retry_seconds=0.01)
        running = asyncio.ensure_future(service.run())
        while not until() and not running.done():  # noqa: ASYNC110 (what is waited for happens in the store)
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(whole(), 10))


def _waiting(store: Store) -> int:
    with store.transaction() as connection:
        return len(waiting(connection))
