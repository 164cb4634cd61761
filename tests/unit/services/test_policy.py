import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from evertunnel.access import Facts, Policy, Question, Record
from evertunnel.access.model import Certificate, Computer
from evertunnel.drivers.http import Request, Response
from evertunnel.radius.decisions import decisions_about
from evertunnel.radius.journal import Journal, segments
from evertunnel.radius.model import PolicySettings, Tokens
from evertunnel.services.policy import PolicyService, import_once, keep_importing
from evertunnel.values import Fqdn, GroupName, Secret

NOW = 1000.0
TOKENS = Tokens(asks=Secret("asks"), answers=Secret("answers"))
SETTINGS = PolicySettings(
    tokens=TOKENS,
    policy=Policy(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management"),
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
    assert response == Response(body=f"answers allow laptop1 management 3600 {record.id}".encode())
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


def test_import_moves_the_journal_into_the_database(tmp_path: Path) -> None:
    bench, journal = Bench(), Journal(tmp_path)
    bench.answer(request())
    journal.write(bench.kept[0])
    settings = PolicySettings(tokens=TOKENS, policy=SETTINGS.policy, decisions=tmp_path)

    again = import_once(settings, journal, forget_at=0.0, now=NOW)

    assert again > NOW
    assert segments(tmp_path) == ()
    assert decisions_about(tmp_path, "laptop1", NOW) == tuple(bench.kept)
    assert import_once(settings, journal, forget_at=again, now=NOW + 1) == again


def test_import_at_the_end_leaves_nothing_behind(tmp_path: Path) -> None:
    bench, journal, stop = Bench(), Journal(tmp_path), threading.Event()
    bench.answer(request())
    journal.write(bench.kept[0])
    stop.set()

    keep_importing(PolicySettings(tokens=TOKENS, policy=SETTINGS.policy, decisions=tmp_path), journal, stop)

    assert segments(tmp_path) == ()


def test_failing_import_keeps_the_journal(tmp_path: Path) -> None:
    bench, journal, stop = Bench(), Journal(tmp_path), threading.Event()
    (tmp_path / "decisions.db").write_bytes(b"no database" * 100)
    bench.answer(request())
    journal.write(bench.kept[0])
    stop.set()

    keep_importing(PolicySettings(tokens=TOKENS, policy=SETTINGS.policy, decisions=tmp_path), journal, stop)

    assert len(segments(tmp_path)) == 1
    journal.rotate()


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

    def answer(self, asked: Request) -> Response:
        service = PolicyService(SETTINGS, read=self.read, keep=self.keep or self.kept.append, clock=lambda: NOW)
        return service.answer(asked)


def failing(error: Exception) -> Callable[[object], NoReturn]:
    def fail(_: object) -> NoReturn:
        raise error

    return fail


def request(
    *,
    method: str = "POST",
    target: str = "/authorize-only",
    authorization: str | None = "Bearer asks",
    body: bytes | None = None,
) -> Request:
    document = {name: {"type": "string", "value": [value]} for name, value in ASKED.items()}
    return Request(
        method=method,
        target=target,
        headers=() if authorization is None else (("authorization", authorization),),
        body=json.dumps(document).encode() if body is None else body,
    )
