"""The outbox service: tells the gateways at once what changed, and again until each has taken it.

It decides nothing: a gateway that is told a name asks RADIUS about the sessions of that name again, and acts on the
answer. A gateway that cannot be told asks by itself within the plan's time, and without an answer its leases run out.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from evertunnel import documents
from evertunnel.drivers import dynamic_authorisation, logs
from evertunnel.drivers.dynamic_values import EVERYBODY, Order, Outcome, Peer, Wish
from evertunnel.errors import EvertunnelError
from evertunnel.pki import records
from evertunnel.radius.outbox import SETTINGS, OutboxSettings
from evertunnel.store import Store, open_store
from evertunnel.store.outbox import Item, What, finish, waiting
from evertunnel.values import HostName, Serial

LOOK_SECONDS = 0.05
RETRY_SECONDS = 1.0
MOST_ROWS = 1000  # are read at once
MOST_NAMES = 64  # beyond these it is quicker to ask about everybody

log = logs.get_logger(__name__)


class Tell(Protocol):
    """How a gateway is told."""

    async def __call__(self, peer: Peer, order: Order, now: float) -> Outcome: ...


class Ledger:
    """Which rows each gateway has still to be told; a row is done when all have taken it."""

    def __init__(self, gateways: tuple[HostName, ...]) -> None:
        self._left: dict[HostName, dict[int, str]] = {name: {} for name in gateways}
        self.known = 0  # the newest row that was added

    def add(self, row: int, name: str) -> None:
        """A row, and the name that it concerns."""
        self.known = max(self.known, row)
        for left in self._left.values():
            left[row] = name

    def due(self, gateway: HostName) -> dict[str, tuple[int, ...]]:
        """The names that a gateway is to be told, each with the rows which that settles."""
        left = self._left[gateway]
        names = dict.fromkeys(left.values())
        if EVERYBODY in names or len(names) > MOST_NAMES:
            return {EVERYBODY: tuple(left)} if left else {}
        return {name: tuple(row for row, each in left.items() if each == name) for name in names}

    def told(self, gateway: HostName, rows: tuple[int, ...]) -> tuple[int, ...]:
        """The gateway has taken it; gives the rows that are done by that."""
        for row in rows:
            self._left[gateway].pop(row, None)
        return tuple(row for row in rows if not any(row in left for left in self._left.values()))


class Service:
    """One task looks at the store, one for each gateway tells it."""

    def __init__(
        self,
        settings: OutboxSettings,
        *,
        store: Callable[[], Store],
        tell: Tell = dynamic_authorisation.tell,
        clock: Callable[[], float] = time.time,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._retry_seconds = retry_seconds
        self._gateways, self._path = settings.gateways, settings.store
        self._store, self._tell, self._clock = store, tell, clock
        self._ledger = Ledger(tuple(settings.gateways))
        self._news = {name: asyncio.Event() for name in settings.gateways}
        self._seen: tuple[tuple[int, int], ...] = ()
        self._settled: set[int] = set()  # done, and not yet written down

    async def run(self) -> None:
        """Runs for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            for name in self._gateways:
                tasks.create_task(self._keep_telling(name))

    async def _watch(self) -> None:
        while True:
            # Whoever writes to the store changes its file or its journal: looking at both costs next to nothing.
            seen = _signature(self._path)
            if seen != self._seen or self._settled:
                try:
                    is_all = self._take_in()
                    self._seen = seen if is_all else ()
                except EvertunnelError as error:
                    log.warning("the store cannot be used", error=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    def _take_in(self) -> bool:
        """Reads new rows, and writes down which are done; gives whether that were all new rows."""
        with self._store().transaction() as connection:
            finish(connection, self._settled, self._clock())
            rows = [
                (item.id, _name(connection, item)) for item in waiting(connection, MOST_ROWS, after=self._ledger.known)
            ]
        self._settled.clear()
        for row, name in rows:
            self._ledger.add(row, name)
        for event in self._news.values():
            event.set()
        return len(rows) < MOST_ROWS

    async def _keep_telling(self, gateway: HostName) -> None:
        away = False
        while True:
            self._news[gateway].clear()
            due = self._ledger.due(gateway)
            if not due:
                await self._news[gateway].wait()
                continue
            answered = all(await asyncio.gather(*(self._told(gateway, name, rows) for name, rows in due.items())))
            if answered == away:
                away = not answered
                (log.warning if away else log.info)("gateway is told", gateway=gateway, answers=answered)
            if away:
                await asyncio.sleep(self._retry_seconds)

    async def _told(self, gateway: HostName, name: str, rows: tuple[int, ...]) -> bool:
        order = Order(wish=Wish.ASK_AGAIN, name=name)
        outcome = await self._tell(self._gateways[gateway], order, self._clock())
        if outcome not in (Outcome.TAKEN, Outcome.NOBODY):
            return False
        self._settled.update(self._ledger.told(gateway, rows))
        return True


def main(settings_file: Path = SETTINGS) -> None:
    """Tells until it is told to end."""
    settings = documents.from_json(OutboxSettings, settings_file.read_text(), name=str(settings_file))
    asyncio.run(_serve(Service(settings, store=lambda: open_store(settings.store))))


async def _serve(service: Service) -> None:
    running = asyncio.ensure_future(service.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    log.info("outbox ready")
    with contextlib.suppress(asyncio.CancelledError):
        await running


def _name(connection: Connection, item: Item) -> str:
    """Whom a row concerns, as gateways know them."""
    match item.what:
        case What.USER | What.DEVICE:
            return item.subject
        case What.CERTIFICATE:
            row = records.find(connection, Serial(item.subject))
            return row.principal if row else EVERYBODY
        case What.GROUP | What.POLICY:
            return EVERYBODY


def _signature(path: Path) -> tuple[tuple[int, int], ...]:
    found = []
    for each in (path, path.with_name(f"{path.name}-wal")):
        try:
            status = each.stat()
        except OSError:
            continue
        found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)
