"""The importer: takes what was decided from the journal into the database, in a process beside the policy service.

In a thread of the policy service it would stand in the way of answers: by Python's lock, and because nobody could say
that it is less urgent. What it has not taken stays in the journal, whoever of the two dies.
"""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from evertunnel import documents
from evertunnel.drivers import logs
from evertunnel.errors import EngineRejected, EvertunnelError
from evertunnel.radius import decisions
from evertunnel.radius.model import PolicySettings

COMMAND = (sys.executable, "-I", "-m", __name__)
DONE = "done"
FORGET_SECONDS = 3_600.0

log = logs.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The segments that are ended, oldest first, and how much of what is in the database is to stay."""

    directory: Path
    ended: tuple[Path, ...]
    days: int
    rows: int


class Worker(Protocol):
    """The process that is told; see drivers.host.worker."""

    def ask(self, line: str) -> str: ...


class Importer:
    """The policy service's end."""

    def __init__(self, settings: PolicySettings, worker: Worker) -> None:
        self._settings, self._worker = settings, worker

    def take(self, ended: Iterable[Path]) -> None:
        """Has the segments taken, and waits for it; EngineRejected or EngineUnavailable if they are not."""
        order = Order(
            directory=self._settings.decisions,
            ended=tuple(ended),
            days=self._settings.retention_days,
            rows=self._settings.retention_rows,
        )
        if self._worker.ask(documents.to_json(order).replace("\n", " ")) != DONE:
            raise EngineRejected("decisions are not imported; the importer says why above")


def main() -> None:
    """The process's end: carries out one order a line, until there are no more."""
    logs.configure()
    parent = os.getppid()

    def end_as_an_orphan(_number: int, _frame: object) -> None:
        # Whoever ends the policy service may signal both, and its last order comes after that. Where it has died, its
        # successor may be waiting for our end; the transaction is rolled back, and the segment stays.
        if os.getppid() != parent:
            os._exit(1)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end_as_an_orphan)
    # Whoever has an answer to give gets the processor at once. A nice value would be weighed by turns, and within its
    # own session alone.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(BrokenPipeError):  # the policy service was killed; what it told of last is done
        work(sys.stdin, _say, time.time)


def work(orders: Iterable[str], say: Callable[[str], None], clock: Callable[[], float]) -> None:
    """Carries out each, and says so."""
    forget_at = 0.0
    for line in orders:
        try:
            order = documents.from_json(Order, line, name="order")
            forget_at = import_once(order, forget_at=forget_at, now=clock())
        except (sqlite3.Error, OSError, EvertunnelError):
            # What is not imported stays in the journal, for the next time.
            log.exception("decisions not imported")
            say("failed")
        else:
            say(DONE)


def import_once(order: Order, *, forget_at: float, now: float) -> float:
    """Imports what the segments have; gives when old decisions are to be forgotten next."""
    decisions.make_database(order.directory)
    decisions.import_segments(order.directory, order.ended)
    if now < forget_at:
        return forget_at
    decisions.forget(order.directory, now, days=order.days, rows=order.rows)
    return now + FORGET_SECONDS


def _say(words: str) -> None:
    os.write(sys.stdout.fileno(), f"{words}\n".encode())


if __name__ == "__main__":
    main()
