"""The bookkeeper with a RADIUS of the test's own; time stands still but for the loop's own turns."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.errors import EngineRejected
from evertunnel.gateway.accounting import Admitted
from evertunnel.gateway.bookkeeping import Bookkeeper
from evertunnel.gateway.spool import Bounds, Spool

ALICE = Admitted(ike_id=7, session="1-7", tunnel="user", name="alice", outer="198.51.100.20", inner="10.99.0.1")


class Radius:
    """Takes records, unless it is away or does not like them."""

    def __init__(self) -> None:
        self.taken: list[Accounting] = []
        self.is_away = False
        self.dislikes = ""
        self.news = asyncio.Event()

    async def send(self, record: Accounting) -> bool:
        self.news.set()
        if record.name == self.dislikes:
            raise EngineRejected("it does not fit")
        if not self.is_away:
            self.taken.append(record)
        return not self.is_away


def test_session_goes_to_radius_from_start_to_stop(tmp_path: Path) -> None:
    async def use(book: Bookkeeper, radius: Radius) -> None:
        book.connected("1")
        book.admit(ALICE)
        book.count(7, {1: Usage(in_octets=5)})
        book.ending(7, "limit", "its time is over")
        book.gone(7)
        await until(radius, lambda: len(radius.taken) == 2)

        start, stop = sorted(radius.taken, key=lambda record: record.number)
        assert (start.status, stop.status) == (Status.START, Status.STOP)
        assert (stop.usage, stop.cause) == (Usage(in_octets=5), "Session-Timeout")

    run(tmp_path, use)


def test_what_radius_does_not_take_stays_in_the_spool(tmp_path: Path) -> None:
    async def use(book: Bookkeeper, radius: Radius) -> None:
        radius.is_away = True
        book.connected("1")
        book.admit(ALICE)
        await until(radius, radius.news.is_set)

        assert book.problem == ""

    run(tmp_path, use)

    assert [entry.record.session for entry in Spool(tmp_path).pending(10)] == ["1-7"]


def test_record_that_cannot_be_sent_holds_up_nobody(tmp_path: Path) -> None:
    async def use(book: Bookkeeper, radius: Radius) -> None:
        radius.dislikes = "alice"
        book.connected("1")
        book.admit(ALICE)
        book.reject("O=Contoso, CN=laptop9", "192.0.2.1", "its certificate is revoked")
        await until(radius, lambda: bool(radius.taken))

        assert [record.status for record in radius.taken] == [Status.REJECT]

    run(tmp_path, use)

    assert b"alice" in (tmp_path / "set-aside").read_bytes()


def test_service_that_comes_back_stops_the_sessions_of_before(tmp_path: Path) -> None:
    async def first(book: Bookkeeper, radius: Radius) -> None:
        book.connected("1")
        book.admit(ALICE)
        book.count(7, {1: Usage(in_octets=5)})
        while not (tmp_path / "accounts.json").exists():  # noqa: ASYNC110 (a file makes no event)
            await asyncio.sleep(0.01)

    async def second(book: Bookkeeper, radius: Radius) -> None:
        book.connected("2")
        await until(radius, lambda: any(record.status is Status.STOP for record in radius.taken))

        (stop,) = [record for record in radius.taken if record.status is Status.STOP]
        assert (stop.usage, stop.cause) == (Usage(in_octets=5), "NAS-Reboot")

    run(tmp_path, first)
    run(tmp_path, second)


def test_service_that_dies_before_it_has_copied_the_last_counters_stops_a_session_once(tmp_path: Path) -> None:
    kept = tmp_path / "accounts.json"

    async def first(book: Bookkeeper, radius: Radius) -> None:
        radius.is_away = True
        book.connected("1")
        book.admit(ALICE)
        while not kept.exists():  # noqa: ASYNC110 (a file makes no event)
            await asyncio.sleep(0.01)
        old = kept.read_bytes()
        book.count(7, {1: Usage(in_octets=5)})
        book.gone(7)
        kept.write_bytes(old)

    async def second(book: Bookkeeper, radius: Radius) -> None:
        book.connected("1")
        book.listed(frozenset())
        book.reject("O=Contoso, CN=laptop9", "192.0.2.1", "its certificate is revoked")
        await until(radius, lambda: any(record.status is Status.REJECT for record in radius.taken))
        await until(radius, lambda: len(radius.taken) >= 3)

        stops = [record.usage for record in radius.taken if record.status is Status.STOP]
        assert stops == [Usage(in_octets=5)]

    run(tmp_path, first)
    run(tmp_path, second)


def test_records_that_cannot_be_kept_keep_everybody_new_out_and_are_not_lost(tmp_path: Path) -> None:
    bounds = Bounds(limit=10, reserve=0, ballast=0)
    radius = Radius()
    book = Bookkeeper(tmp_path, send=radius.send, clock=lambda: 1000.0, bounds=bounds)
    book.connected("1")

    book.admit(ALICE)
    book.gone(7)

    assert "2 accounting records are kept in memory" in book.problem
    assert Spool(tmp_path).pending(10) == ()


def run(directory: Path, use: Callable[[Bookkeeper, Radius], Awaitable[None]]) -> None:
    async def live() -> None:
        radius = Radius()
        book = Bookkeeper(directory, send=radius.send, clock=lambda: 1000.0)
        running = asyncio.create_task(book.run())
        try:
            await asyncio.wait_for(use(book, radius), 10)
        finally:
            running.cancel()

    asyncio.run(live())


async def until(radius: Radius, holds: Callable[[], bool]) -> None:
    while not holds():
        radius.news.clear()
        await radius.news.wait()
        await asyncio.sleep(0)
