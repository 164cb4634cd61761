import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

import pytest

from evertunnel.access import Facts, Policy, Question, Record
from evertunnel.access.model import Certificate, Computer, Person, Served
from evertunnel.drivers.http import Request, Response
from evertunnel.errors import EngineUnavailable
from evertunnel.plan.policies import of_user_tunnel
from evertunnel.plan.tunnels import EapType
from evertunnel.radius.decisions import decisions_about
from evertunnel.radius.exchanges import Exchanges
from evertunnel.radius.failures import Failure
from evertunnel.radius.journal import Journal, segments
from evertunnel.radius.ledger import Ledger
from evertunnel.radius.ledger_queries import Query, sessions
from evertunnel.radius.model import Crl, PolicySettings, Tokens
from evertunnel.services.importer import Importer, work
from evertunnel.services.policy import (
    PolicyService,
    keep_handing_on,
    keep_importing,
    keep_tidying,
    recalled,
    tidy_once,
)
from evertunnel.values import Fqdn, GroupName, Secret

NOW = 1000.0
TOKENS = Tokens(asks=Secret("asks"), answers=Secret("answers"))
SETTINGS = PolicySettings(
    tokens=TOKENS,
    policy=Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management"),
)
ASKED = {
    "User-Name": "O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f",
    "Service-Type": "Authorize-Only",
    "Evertunnel-Serial": "5f",
    "Evertunnel-Tunnel": "device",
}


def test_known_device_is_allowed_and_the_decision_kept_first() -> None:
    bench = Bench()

    response = bench.answer(request())

    (record,) = bench.kept
    assert response == Response(body=f"answers allow laptop1 management 3600 {record.id} - - - - -".encode())
    assert record.about == "laptop1"
    assert record.at == NOW


def test_refusal_says_the_first_reason_and_is_kept() -> None:
    bench = Bench(read=lambda question: Facts(question=question))

    response = bench.answer(request())

    assert response.body.startswith(b"answers refuse 285 ")
    assert [record.decision.allow for record in bench.kept] == [False]


@pytest.mark.parametrize(
    "said", [None, "", "Bearer", "Bearer answers", "bearer asks", "Basic asks", "Bearer asks ", "Bearer é"]
)
def test_stranger_is_told_nothing(said: str | None) -> None:
    bench = Bench()

    response = bench.answer(request(authorization=said))

    assert response == Response(status=401)
    assert bench.kept == []


@pytest.mark.parametrize(("method", "target"), [("GET", "/authorize-only"), ("POST", "/"), ("POST", "/ready")])
def test_nothing_else_is_found(method: str, target: str) -> None:
    assert Bench().answer(request(method=method, target=target)).status == 404


def test_question_that_is_not_clear_is_no_decision() -> None:
    bench = Bench()

    assert bench.answer(request(body=b"{}")).status == 400
    assert bench.kept == []


@pytest.mark.parametrize("error", [OSError("gone"), sqlite3.OperationalError("database is locked")])
def test_store_away_is_no_decision(error: Exception) -> None:
    bench = Bench(read=failing(error))

    assert bench.answer(request()) == Response(status=500)
    assert bench.kept == []


def test_decision_that_cannot_be_kept_is_not_answered() -> None:
    bench = Bench(keep=failing(OSError("No space left on device")))

    assert bench.answer(request()) == Response(status=500)


def test_readiness_is_the_stores() -> None:
    asks = request(method="GET", target="/ready")

    assert Bench().answer(asks) == Response(body=b"answers ready")
    assert Bench(read=failing(OSError("gone"))).answer(asks).status == 500
    assert Bench().answer(request(method="GET", target="/ready", authorization=None)).status == 401


def test_accounting_record_is_taken_before_it_is_said_to_be() -> None:
    bench = Bench()

    response = bench.answer(request(target="/accounting", body=b"a record"))

    assert response == Response(body=b"answers taken")
    assert bench.taken == [(b"a record", NOW)]


@pytest.mark.parametrize("error", [OSError("No space left on device"), sqlite3.OperationalError("database is locked")])
def test_accounting_record_that_is_not_taken_is_not_said_to_be(error: Exception) -> None:
    def fail(body: bytes, now: float) -> None:
        raise error

    assert Bench(take=fail).answer(request(target="/accounting")) == Response(status=500)


def test_stranger_writes_nothing_into_the_ledger() -> None:
    bench = Bench()

    assert bench.answer(request(target="/accounting", authorization="Bearer x")).status == 401
    assert bench.answer(request(target="/accounting", method="GET")).status == 404
    assert bench.taken == []


def test_whom_freeradius_refused_is_noted_and_no_decision() -> None:
    bench = Bench()
    said = {"User-Name": "alice@corp.contoso.com", "NAS-Identifier": "gateway1", "Module-Failure-Message": "expired"}

    assert bench.answer(request(target="/failed", body=asked(said))) == Response()
    assert bench.answer(request(target="/failed", body=asked(said), authorization=None)).status == 401

    assert bench.noted == [
        Failure(at=NOW, name="alice@corp.contoso.com", gateway="gateway1", outer="", serial="", words="expired")
    ]
    assert bench.kept == []


def test_what_cannot_be_noted_harms_nobody() -> None:
    said = {"User-Name": "alice@corp.contoso.com"}

    assert Bench().answer(request(target="/failed", body=b"{}")).status == 500
    full = Bench(note=failing(sqlite3.OperationalError("database or disk is full")))
    assert full.answer(request(target="/failed", body=asked(said))).status == 500


def test_session_of_which_nothing_is_heard_ends_and_is_forgotten_later(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    settings = replace(SETTINGS, ledger=tmp_path)
    said = {"Acct-Status-Type": "Start", "Acct-Session-Id": "1-1", "Evertunnel-Gateway": "gateway1"}
    said |= {"User-Name": "laptop1", "Acct-Interim-Interval": "60"}
    tidy_once(settings, ledger, forget_at=NOW + 1e9, now=NOW)
    ledger.take(asked(said), NOW)

    tidy_once(settings, ledger, forget_at=NOW + 1e9, now=NOW + 179)
    live = sessions(tmp_path, Query())
    tidy_once(settings, ledger, forget_at=NOW + 1e9, now=NOW + 181)
    lost = sessions(tmp_path, Query(past=True))
    again = tidy_once(settings, ledger, forget_at=0.0, now=NOW + 401 * 86_400)

    assert [each.session for each in live] == ["1-1"]
    assert [each.cause for each in lost] == ["lost"]
    assert sessions(tmp_path, Query(past=True)) == ()
    assert again > NOW + 401 * 86_400


def test_ledger_that_cannot_be_tidied_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database" * 100)
    stop = Counted(turns=2)

    keep_tidying(replace(SETTINGS, ledger=tmp_path), Ledger(tmp_path), stop)

    assert stop.turns == -1


def test_import_at_the_end_leaves_nothing_behind(tmp_path: Path) -> None:
    bench, journal, stop = Bench(), Journal(tmp_path), threading.Event()
    bench.answer(request())
    journal.write(bench.kept[0])
    stop.set()

    keep_importing(Importer(replace(SETTINGS, decisions=tmp_path), Worker()), journal, stop)

    assert segments(tmp_path) == ()
    assert decisions_about(tmp_path, "laptop1", NOW) == tuple(bench.kept)


def test_importer_that_fails_or_is_gone_leaves_the_journal(tmp_path: Path) -> None:
    bench, journal = Bench(), Journal(tmp_path)
    bench.answer(request())
    journal.write(bench.kept[0])
    for worker in (Worker(says="failed"), Worker(gone=True)):
        stop = threading.Event()
        stop.set()

        keep_importing(Importer(replace(SETTINGS, decisions=tmp_path), worker), journal, stop)

        assert len(segments(tmp_path)) == 1
        assert decisions_about(tmp_path, "laptop1", NOW) == tuple(bench.kept)


def test_users_authentication_is_decided_and_remembered_for_their_live_session() -> None:
    bench = Bench(settings=WITH_USERS, read=alice)

    before = bench.answer(request(body=asked(LIVE)))
    authenticated = bench.answer(request(target="/authenticate", body=asked(PROVED)))
    after = bench.answer(request(body=asked(LIVE)))

    assert before.body.startswith(b"answers refuse 16 ")
    assert authenticated.body.endswith(b" - users - - -")
    assert after.body.startswith(b"answers allow alice@corp.contoso.com management ")
    assert after.body.endswith(b" - - - - -")
    assert [record.facts.question.serial for record in bench.kept] == ["", "6a", "6a"]


def test_refused_authentication_is_not_remembered() -> None:
    bench = Bench(settings=WITH_USERS, read=lambda question: replace(alice(question), groups=()))

    assert bench.answer(request(target="/authenticate", body=asked(PROVED))).body.startswith(b"answers refuse 48 ")
    assert bench.answer(request(body=asked(LIVE))).body.startswith(b"answers refuse 16 ")


def test_what_was_remembered_outlives_the_service(tmp_path: Path) -> None:
    bench, journal = Bench(settings=WITH_USERS, read=alice), Journal(tmp_path)
    bench.answer(request(target="/authenticate", body=asked(PROVED)))
    journal.write(bench.kept[0])
    settings = replace(WITH_USERS, decisions=tmp_path, recall_seconds=60)

    soon, late = recalled(settings, NOW + 60), recalled(settings, NOW + 61)

    assert Bench(settings=WITH_USERS, read=alice, exchanges=soon).answer(request(body=asked(LIVE))).body[:13] == ALLOWED
    assert Bench(settings=WITH_USERS, read=alice, exchanges=late).answer(request(body=asked(LIVE))).body[:13] != ALLOWED
    journal.rotate()


def test_damaged_decisions_keep_nobody_from_being_answered(tmp_path: Path) -> None:
    (tmp_path / "decisions.db").write_bytes(b"no database" * 100)

    exchanges = recalled(replace(WITH_USERS, decisions=tmp_path), NOW)

    assert Bench(exchanges=exchanges).answer(request()).body[:13] == ALLOWED


def test_crls_that_cannot_be_handed_on_end_nothing(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()

    keep_handing_on(replace(SETTINGS, crls=(Crl(source=tmp_path / "no.crl", target=tmp_path / "no.r0"),)), stop)

    assert list(tmp_path.iterdir()) == []


ALLOWED = b"answers allow"
PROVED = {
    "User-Name": "alice@corp.contoso.com",
    "Evertunnel-Outer-Name": "alice@corp.contoso.com",
    "Evertunnel-Eap-Type": "eap-tls",
    "TLS-Client-Cert-Serial": "6a",
    "TLS-Client-Cert-Subject-Alt-Name-Upn": "alice@corp.contoso.com",
    "NAS-Identifier": "gateway1",
    "NAS-Port": "17",
}
LIVE = {
    "User-Name": "alice@corp.contoso.com",
    "Service-Type": "Authorize-Only",
    "Evertunnel-Tunnel": "user",
    "NAS-Identifier": "gateway1",
    "NAS-Port": "17",
}
WITH_USERS = replace(
    SETTINGS,
    user_pool="users",
    policy=replace(
        SETTINGS.policy,
        user=Served(reach="management", eap_types=(EapType.EAP_TLS,)),
        network_policies=(of_user_tunnel((GroupName("VPN Users"),)),),
    ),
)


def alice(question: Question) -> Facts:
    if not question.serial:
        return Facts(question=question)
    name = "alice@corp.contoso.com"
    certificate = Certificate(serial="6a", template="user", principal=name, not_before=NOW - 1, not_after=NOW + 3600)
    return Facts(
        question=question,
        certificate=certificate,
        person=Person(name=name, enabled=True),
        groups=("VPN Users",),
    )


def known(question: Question) -> Facts:
    return Facts(
        question=question,
        certificate=Certificate(
            serial="5f", template="device", principal="laptop1", not_before=NOW - 1, not_after=NOW + 3600
        ),
        computer=Computer(name="laptop1", kind="device", enabled=True),
        groups=("VPN Devices",),
    )


@dataclass
class Bench:
    read: Callable[[Question], Facts] = known
    keep: Callable[[Record], None] | None = None
    kept: list[Record] = field(default_factory=list)
    settings: PolicySettings = SETTINGS
    exchanges: Exchanges = field(default_factory=Exchanges)
    take: Callable[[bytes, float], None] | None = None
    taken: list[tuple[bytes, float]] = field(default_factory=list)
    note: Callable[[Failure], None] | None = None
    noted: list[Failure] = field(default_factory=list)

    def answer(self, asked: Request) -> Response:
        service = PolicyService(
            self.settings,
            read=self.read,
            keep=self.keep or self.kept.append,
            clock=lambda: NOW,
            exchanges=self.exchanges,
            take=self.take or (lambda body, now: self.taken.append((body, now))),
            note=self.note or self.noted.append,
        )
        return service.answer(asked)


@dataclass
class Worker:
    """An importer without a process of its own."""

    says: str = ""
    gone: bool = False

    def ask(self, line: str) -> str:
        if self.gone:
            raise EngineUnavailable("importer ended before it answered")
        said: list[str] = []
        if not self.says:
            work([line], said.append, lambda: NOW)
        return self.says or said[0]


class Counted(threading.Event):
    """Is set after so many turns, and waits for none of them."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    def wait(self, timeout: float | None = None) -> bool:
        self.turns -= 1
        return self.turns < 0


def failing(error: Exception) -> Callable[[object], NoReturn]:
    def fail(_: object) -> NoReturn:
        raise error

    return fail


def asked(attributes: dict[str, str]) -> bytes:
    return json.dumps({name: {"type": "string", "value": [value]} for name, value in attributes.items()}).encode()


def request(
    *,
    method: str = "POST",
    target: str = "/authorize-only",
    authorization: str | None = "Bearer asks",
    body: bytes | None = None,
) -> Request:
    return Request(
        method=method,
        target=target,
        headers=() if authorization is None else (("authorization", authorization),),
        body=asked(ASKED) if body is None else body,
    )
