import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.control_plane.ending import Ended, end
from evertunnel.drivers import dynamic_authorisation
from evertunnel.drivers.dynamic_values import Order, Outcome, Peer, Wish
from evertunnel.errors import EngineRejected, EvertunnelError, NotFound
from evertunnel.radius.ledger import Ledger
from evertunnel.radius.outbox import OutboxSettings
from evertunnel.store import audit, migrate, open_store
from evertunnel.store.audit import Act
from evertunnel.values import HostName, Secret

NOW = 1_800_000_000.0
HERE = IPv4Address("127.0.0.1")
SECRET = Secret("s" * 32)
ALICE = "alice@corp.contoso.com"


def test_gateway_is_told_the_session_and_its_name(host: "Host") -> None:
    with host.gateway() as told:
        done = host.end("gateway1/1-7")

    assert done.outcome is Outcome.TAKEN
    assert told == [Order(wish=Wish.END, name=ALICE, session="1-7")]
    assert "has ended it" in done.line
    assert host.trail() == [("root", "end session", "gateway1/1-7", f"{ALICE}: taken")]


def test_session_may_be_named_as_its_gateway_does_unless_two_are(host: "Host") -> None:
    with host.gateway() as told:
        assert host.end("1-7").is_taken
        with pytest.raises(NotFound, match="say which: gateway1/1-8, gateway9/1-8"):
            host.end("1-8")
        with pytest.raises(NotFound, match="no session '1-9' is live"):
            host.end("1-9")

    assert len(told) == 1
    assert len(host.trail()) == 1


def test_gateway_that_knows_no_such_session_says_so(host: "Host") -> None:
    with host.gateway(knows=False):
        done = host.end("1-7")

    assert (done.outcome, done.is_taken) == (Outcome.NOBODY, False)
    assert "it has ended already" in done.line
    assert host.trail()[0][3] == f"{ALICE}: no such session"


def test_gateway_that_does_not_answer_is_said_not_to(host: "Host") -> None:
    with host.gateway(secret=Secret("t" * 32)) as told:
        done = host.end("1-7")

    assert (done.outcome, told) == (Outcome.NO_ANSWER, [])
    assert "did not answer, so the session may go on" in done.line


def test_others_gateway_is_not_told_anything(host: "Host") -> None:
    with host.gateway() as told, pytest.raises(EngineRejected, match="gateway9 takes no orders from here"):
        host.end("gateway9/1-8")

    assert told == []


def test_without_an_audit_trail_nothing_is_ended(host: "Host") -> None:
    (host.directory / "store.db").unlink()

    with host.gateway() as told, pytest.raises(EvertunnelError, match="there is no store"):
        host.end("1-7")

    assert told == []


def test_elsewhere_than_on_the_policy_host_it_says_where(host: "Host") -> None:
    host.settings.unlink()

    with pytest.raises(NotFound, match="Ask where the policy service is"):
        host.end("1-7")


@dataclass
class Host:
    """A policy host with its ledger, and gateway1's listener on the loopback."""

    directory: Path
    port: int = field(default=0)

    @property
    def settings(self) -> Path:
        return self.directory / "outbox.json"

    def end(self, words: str) -> Ended:
        return end(words, ledger=self.directory, settings=self.settings, act=lambda: Act(at=NOW, actor="root"))

    def trail(self) -> list[tuple[str, str, str, str]]:
        with open_store(self.directory / "store.db").transaction() as connection:
            return [(line.actor, line.action, line.subject, line.detail) for line in audit.lines(connection)]

    @contextmanager
    def gateway(self, *, knows: bool = True, secret: Secret = SECRET) -> Iterator[list[Order]]:
        told: list[Order] = []

        def take(order: Order) -> bool:
            told.append(order)
            return knows

        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        listening = dynamic_authorisation.listen(HERE, 0, source=HERE, secret=secret, take=take, clock=lambda: NOW)
        transport = asyncio.run_coroutine_threadsafe(listening, loop).result()
        peer = Peer(address=HERE, port=transport.get_extra_info("sockname")[1], secret=SECRET, seconds=0.1, tries=2)
        if self.settings.exists():
            told_to = OutboxSettings(gateways={HostName("gateway1"): peer}, store=self.directory / "store.db")
            self.settings.write_text(documents.to_json(told_to))
        try:
            yield told
        finally:
            asyncio.run_coroutine_threadsafe(closed(transport), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def closed(transport: asyncio.DatagramTransport) -> None:
    transport.close()
    await asyncio.sleep(0.01)  # it closes its socket in a turn of its own


@pytest.fixture
def host(tmp_path: Path) -> Host:
    migrate(tmp_path / "store.db")
    ledger = Ledger(tmp_path)
    sessions = [("gateway1", "1-7"), ("gateway1", "1-8"), ("gateway9", "1-8")]
    for gateway, session in sessions:
        said = {"Acct-Status-Type": "Start", "Acct-Session-Id": session, "Evertunnel-Gateway": gateway}
        said |= {"User-Name": ALICE}
        ledger.take(json.dumps({name: {"value": [value]} for name, value in said.items()}).encode(), NOW)
    (tmp_path / "outbox.json").write_text("{}")
    return Host(directory=tmp_path)
