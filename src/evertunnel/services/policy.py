"""The policy service: answers FreeRADIUS on loopback, and keeps every decision on record.

Whatever goes wrong (the store away, the journal full, a question that is not clear) is an HTTP error, of which
FreeRADIUS makes no answer at all: live sessions go on for their grace, nobody new comes in; an accounting record stays
with who sent it.
"""

import asyncio
import hmac
import itertools
import secrets
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from evertunnel import documents
from evertunnel.access import Facts, Question, Record, decide
from evertunnel.access.decide import about
from evertunnel.drivers import http, logs
from evertunnel.drivers.host.worker import Worker
from evertunnel.errors import EngineError, EngineUnavailable
from evertunnel.radius import crls, decisions, wire
from evertunnel.radius.accounting_wire import TAKEN
from evertunnel.radius.exchanges import Exchanges
from evertunnel.radius.facts import FactsReader
from evertunnel.radius.failures import Failure, Failures, read_failure
from evertunnel.radius.journal import Journal
from evertunnel.radius.ledger import DATABASE, Ledger
from evertunnel.radius.model import SETTINGS, PolicySettings
from evertunnel.services import importer
from evertunnel.services.importer import Importer

IMPORT_SECONDS = 1.0
END_SECONDS = 3.0
CHECK_POINT_SECONDS = 1.0
TIDY_EVERY = 10  # check points: all live sessions are looked at
FORGET_SECONDS = 3_600.0
CRL_SECONDS = 5.0

log = logs.get_logger(__name__)


def main() -> None:
    """Serves until it is told to end."""
    settings = documents.from_json(PolicySettings, SETTINGS.read_text(), name=str(SETTINGS))
    asyncio.run(serve(settings))


async def serve(settings: PolicySettings) -> None:
    """Serves until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    service = PolicyService(
        settings,
        read=FactsReader(settings.policy, settings.store, settings.ledger / DATABASE).read,
        keep=(journal := Journal(settings.decisions)).write,
        clock=time.time,
        exchanges=recalled(settings, time.time()),
        take=(ledger := Ledger(settings.ledger)).take,
        note=Failures(settings.ledger).keep,
    )
    # Whoever holds the port is the only writer of the journal: the port comes first.
    server = await http.serve("127.0.0.1", settings.port, service.answer)
    stop = threading.Event()
    worker = Worker(importer.COMMAND)
    threads = [
        threading.Thread(target=keep_importing, args=(Importer(settings, worker), journal, stop), name="import"),
        threading.Thread(target=keep_tidying, args=(settings, ledger, stop), name="ledger"),
    ]
    if settings.crls:
        threads.append(threading.Thread(target=keep_handing_on, args=(settings, stop), name="crls"))
    for thread in threads:
        thread.start()
    log.info("policy service ready", port=settings.port)
    await ended.wait()
    server.close()
    stop.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, END_SECONDS)
    # An importer that hangs must not keep the port from whoever comes next; what it has not taken is in the journal.
    worker.end()
    threads[0].join()
    worker.close()


class PolicyService:
    """One answer per request. `read` gives the facts, `keep` records, `take` accounts; all raise rather than guess.

    `note` keeps what was refused without asking.
    """

    def __init__(
        self,
        settings: PolicySettings,
        *,
        read: Callable[[Question], Facts],
        keep: Callable[[Record], None],
        clock: Callable[[], float],
        exchanges: Exchanges,
        take: Callable[[bytes, float], None],
        note: Callable[[Failure], None],
    ) -> None:
        self._policy = settings.policy
        self._authorization = f"Bearer {settings.tokens.asks.reveal()}".encode()
        self._token = settings.tokens.answers.reveal()
        self._user_pool = settings.user_pool
        self._read, self._keep, self._clock, self._exchanges = read, keep, clock, exchanges
        self._take, self._note = take, note
        self._answers: dict[tuple[str, str], Callable[[bytes], http.Response]] = {
            ("POST", "/authorize-only"): partial(self._answered, wire.read_question),
            ("POST", "/authenticate"): partial(self._answered, wire.read_authentication),
            ("POST", "/accounting"): self._accounted,
            ("POST", "/failed"): self._noted,
            ("GET", "/ready"): self._ready,
        }

    def answer(self, request: http.Request) -> http.Response:
        """Answers FreeRADIUS, and tells nobody else anything."""
        said = (request.header("authorization") or "").encode("utf-8", "replace")
        if not hmac.compare_digest(said, self._authorization):
            return http.Response(status=HTTPStatus.UNAUTHORIZED)
        answered = self._answers.get((request.method, request.target))
        return answered(request.body) if answered else http.Response(status=HTTPStatus.NOT_FOUND)

    def _answered(self, understand: Callable[[bytes], Question], body: bytes) -> http.Response:
        try:
            question = understand(body)
        except ValueError as error:
            log.warning("question not understood", error=str(error))
            return http.Response(status=HTTPStatus.BAD_REQUEST)
        try:
            return http.Response(body=self._decide(question))
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            log.error("no decision", error=str(error))  # noqa: TRY400 (the cause is outside: its words are enough)
            return http.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)

    def _decide(self, said: Question) -> bytes:
        question = self._exchanges.completed(said)
        facts, now = self._read(question), self._clock()
        decision = decide(self._policy, facts, now)
        identifier = secrets.token_hex(16)
        pool = self._user_pool if question.phase == wire.EAP else None
        answer = wire.write_answer(self._token, decision, identifier, pool)
        self._keep(Record(id=identifier, at=now, about=about(self._policy, facts), facts=facts, decision=decision))
        if decision.allow:
            self._exchanges.remember(question)
        return answer

    def _accounted(self, body: bytes) -> http.Response:
        try:
            self._take(body, self._clock())
        except (sqlite3.Error, OSError) as error:
            log.error("a record is not in the ledger", error=str(error))  # noqa: TRY400 (the cause is outside)
            return http.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return http.Response(body=f"{self._token} {TAKEN}".encode())

    def _noted(self, body: bytes) -> http.Response:
        try:
            self._note(read_failure(body, self._clock()))
        except (sqlite3.Error, OSError, ValueError) as error:
            log.warning("a refusal by FreeRADIUS is not on record", error=str(error))
            return http.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return http.Response()

    def _ready(self, _body: bytes) -> http.Response:
        """Whether the store can be read."""
        try:
            self._read(Question(tunnel="device", identity="", serial=""))
        except (sqlite3.Error, OSError) as error:
            log.error("the store cannot be read", error=str(error))  # noqa: TRY400 (the cause is outside)
            return http.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
        return http.Response(body=f"{self._token} ready".encode())


def recalled(settings: PolicySettings, now: float) -> Exchanges:
    """What was remembered before this start: every live session was asked again since, or has run out of grace."""
    exchanges = Exchanges()
    try:
        for question in decisions.allowed_since(settings.decisions, now - settings.recall_seconds):
            exchanges.remember(question)
    except (EngineUnavailable, OSError) as error:
        # Devices go on; users must authenticate anew.
        log.error("no exchange is remembered", error=str(error))  # noqa: TRY400 (the cause is outside: its words are enough)
    return exchanges


def keep_handing_on(settings: PolicySettings, stop: threading.Event) -> None:
    """Hands new CRLs on to FreeRADIUS, again and again; an old one is good until it runs out."""
    while True:
        try:
            crls.hand_on(settings.crls)
        except (OSError, ValueError) as error:
            log.warning("a CRL is not handed on", error=str(error))
        if stop.wait(CRL_SECONDS):
            return


def keep_importing(importing: Importer, journal: Journal, stop: threading.Event) -> None:
    """Has what was decided imported into the database, again and again, and once more at the end."""
    while True:
        ending = stop.wait(IMPORT_SECONDS)
        try:
            importing.take(journal.rotate())
        except (EngineError, OSError) as error:
            # What is not imported stays in the journal, for the next time.
            log.warning("decisions wait in the journal", error=str(error))
        if ending:
            return


def keep_tidying(settings: PolicySettings, ledger: Ledger, stop: threading.Event) -> None:
    """Makes check points, ends the sessions that are lost and forgets what is old, again and again."""
    forget_at = 0.0
    for turn in itertools.count():
        if stop.wait(CHECK_POINT_SECONDS):
            return
        try:
            ledger.check_point()
            if turn % TIDY_EVERY == 0:
                forget_at = tidy_once(settings, ledger, forget_at=forget_at, now=time.time())
        except (sqlite3.Error, OSError):
            log.exception("the ledger is not tidied")


def tidy_once(settings: PolicySettings, ledger: Ledger, *, forget_at: float, now: float) -> float:
    """Ends what is lost; gives when old records are to be forgotten next."""
    lost = ledger.tidy(now)
    if lost:
        log.warning("sessions are lost: nothing was heard of them any more", count=lost)
    if now < forget_at:
        return forget_at
    ledger.forget(now, days=settings.ledger_days, interim_days=settings.interim_days)
    return now + FORGET_SECONDS
