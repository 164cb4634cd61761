"""Keeps a gateway's accounts: what the accountant says goes to the spool at once, and from there to RADIUS.

Nothing here waits for the disk or for RADIUS but the two loops of `run`. While `problem` is not empty, nobody new may
be admitted: what they do could not be written down.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

from evertunnel.drivers import logs
from evertunnel.drivers.radius_values import Accounting, Usage
from evertunnel.errors import DocumentError, EngineRejected
from evertunnel.gateway.accounting import Accountant, Admitted, Kept
from evertunnel.gateway.record_files import read_kept, write_kept
from evertunnel.gateway.spool import Bounds, Entry, Spool

WINDOW = 4  # the policy service answers admissions in between
SYNC_SECONDS = 1.0
KEPT_SECONDS = 10.0  # between two copies of counters alone; who comes and goes is copied at the next sync
AWAY_SECONDS = 5.0
KEPT = "accounts.json"

log = logs.get_logger(__name__)


class Bookkeeper:
    """One for each gateway. `send` says whether RADIUS has a record; `clock` gives Unix seconds."""

    def __init__(
        self,
        directory: Path,
        *,
        send: Callable[[Accounting], Awaitable[bool]],
        clock: Callable[[], float],
        bounds: Bounds | None = None,
    ) -> None:
        self._spool = Spool(directory, bounds)
        self._path = directory / KEPT
        self._accountant = Accountant(self._read())
        self._send, self._clock = send, clock
        self._unsaved: list[Accounting] = []
        self._said = ""
        self._changed = False
        self._kept = Kept()
        self._kept_at = 0.0
        self._on_the_way: dict[tuple[int, int], Entry] = {}
        self._is_away = False
        self._news = asyncio.Event()

    @property
    def problem(self) -> str:
        """Why nobody new may be admitted; empty when all is well."""
        waiting = f"{len(self._unsaved)} accounting records are kept in memory alone" if self._unsaved else ""
        return self._spool.problem or waiting

    def connected(self, instance: str) -> None:
        """A charon process is there."""
        self._write(self._accountant.connected(instance, self._clock()))

    def admit(self, admitted: Admitted) -> None:
        """A session was let in, or is let stay."""
        self._write(self._accountant.admit(admitted, self._clock()))

    def count(self, ike_id: int, readings: Mapping[int, Usage], *, whole: bool = True) -> None:
        """What the CHILD_SAs of an IKE_SA have carried: all of them, or those that an event shows."""
        self._accountant.count(ike_id, readings, whole=whole)

    def ending(self, ike_id: int, reason: str, text: str) -> None:
        """A session is told to go."""
        self._accountant.ending(ike_id, reason, text)

    def gone(self, ike_id: int) -> None:
        """An IKE_SA is there no more."""
        self._write(self._accountant.gone(ike_id, self._clock()))

    def listed(self, live: frozenset[int]) -> None:
        """All IKE_SAs that there are."""
        self._write(self._accountant.listed(live, self._clock()))
        self._write(self._accountant.tick(self._clock()))

    def reject(self, identity: str, outer: str, text: str) -> None:
        """Somebody was refused."""
        self._write(self._accountant.reject(identity, outer, text, self._clock()))

    async def run(self) -> None:
        """Brings records to the disk and to RADIUS, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep())
            tasks.create_task(self._deliver(tasks))

    def _read(self) -> Kept:
        try:
            kept = read_kept(self._path)
        except DocumentError as error:
            # Without it sessions of before begin anew under their old ids, and the ledger takes that as more of them.
            log.error("what was known of sessions is lost", error=str(error))  # noqa: TRY400 (its words are enough)
            return Kept()
        # Records are ahead of it. A session whose Stop waits is over: a second one by the same number, from counters
        # of a second before, might reach the ledger first.
        over = self._spool.ended_sessions() if kept.accounts else frozenset()
        return replace(kept, accounts=tuple(each for each in kept.accounts if each.about.session not in over))

    # To the disk

    def _write(self, records: tuple[Accounting, ...]) -> None:
        if not records and not self._unsaved:
            return
        self._changed = True
        self._unsaved.extend(records)
        try:
            self._spool.append(self._unsaved)
        except OSError as error:
            log.error("accounting records cannot be kept", waiting=len(self._unsaved), error=str(error))  # noqa: TRY400 (the same)
            return
        self._unsaved.clear()
        self._news.set()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            self._write(())
            self._tell()
            kept, changed = self._due()
            try:
                await asyncio.to_thread(self._to_disk, kept)
            except OSError as error:
                self._changed |= changed
                log.warning("accounting is not on the disk yet", error=str(error))

    def _due(self) -> tuple[Kept | None, bool]:
        """What is to be copied now: never ahead of the records that it led to."""
        now, changed = self._clock(), self._changed
        if self._unsaved or not (changed or now - self._kept_at >= KEPT_SECONDS):
            return None, changed
        kept = self._accountant.kept
        self._kept_at, self._changed = now, False
        if kept == self._kept:
            return None, changed
        self._kept = kept
        return kept, changed

    def _to_disk(self, kept: Kept | None) -> None:
        self._spool.sync()
        if kept is not None:
            write_kept(self._path, kept)

    def _tell(self) -> None:
        problem = self.problem
        if problem != self._said:
            if problem:
                log.error("nobody new is admitted", reason=problem)
            else:
                log.info("accounting has room again")
            self._said = problem

    # To RADIUS

    async def _deliver(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            self._news.clear()
            room = (1 if self._is_away else WINDOW) - len(self._on_the_way)
            # By halves of the window, because each look reads the spool.
            wanted = room if self._is_away or room >= WINDOW // 2 else 0
            for entry in self._spool.pending(wanted, frozenset(self._on_the_way)) if wanted > 0 else ():
                self._on_the_way[entry.segment, entry.offset] = entry
                tasks.create_task(self._hand_over(entry))
            await self._news.wait()

    async def _hand_over(self, entry: Entry) -> None:
        try:
            taken = await self._send(entry.record)
            if taken:
                self._spool.acknowledged(entry)
        except EngineRejected as error:
            log.error("an accounting record cannot be sent and is set aside", error=str(error))  # noqa: TRY400 (the same)
            self._spool.set_aside(entry)
            taken = True
        if taken == self._is_away:
            log.info("accounting is taken again") if taken else log.warning("accounting is not taken: it is spooled")
        self._is_away = not taken
        if not taken:
            # It keeps its place among those on their way meanwhile, so that nobody asks faster than this.
            await asyncio.sleep(AWAY_SECONDS)
        del self._on_the_way[entry.segment, entry.offset]
        self._news.set()
