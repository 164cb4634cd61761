import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from evertunnel.drivers.dynamic_values import Order, Wish
from evertunnel.drivers.fake_charon import FakeCharon
from evertunnel.drivers.nft_elements import Add, Change
from evertunnel.drivers.radius_values import Accept, Answer, NoAnswer, Question, Reject, Usage
from evertunnel.drivers.vici_values import Changed, Child, Ended, Sa
from evertunnel.drivers.vici_values import Event as CharonEvent
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable
from evertunnel.gateway.accounting import Admitted
from evertunnel.gateway.model import (
    Connections,
    CrlSource,
    DeviceConnection,
    Lifetimes,
    Limits,
    Orders,
    Pool,
    RadiusServer,
    SessionsSettings,
)
from evertunnel.gateway.refusals import Journal
from evertunnel.services.sessions import Places, Service, main
from evertunnel.services.sessions_engines import Attachment
from evertunnel.values import Fqdn, HostName, ObjectId, Secret

POOL = IPv4Network("10.99.0.0/24")
SA = Sa(
    ike_id=1,
    connection="evertunnel-device-x",
    state="ESTABLISHED",
    remote_host="198.51.100.20",
    remote_port=4500,
    remote_id="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
    addresses=(IPv4Address("10.99.0.1"),),
    children=(Child(name="device", state="INSTALLED", remote_selectors=("10.99.0.1/32",)),),
)


def test_charon_is_flushed_for_loaded_and_then_reachable_and_its_device_is_let_in(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.charon.sas = (SA,)

    stage.run_until(lambda: all(any(word in each for each in stage.nft.ran) for word in ("latch {", "timeout")))

    kinds = [next(word for word in ("flush", "latch", "timeout") if word in each) for each in stage.nft.ran[:3]]
    assert kinds[0] == "flush"
    assert set(kinds[1:]) == {"latch", "timeout"}
    assert len(stage.charon.get_conns()) == 1


def test_silent_radius_keeps_the_latch_shut_and_everyone_out(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.charon.sas = (SA,)
    stage.radius.answer, stage.radius.alive = NoAnswer(), False

    stage.run_until(lambda: stage.radius.asked > 0 and stage.radius.probed > 0)

    assert [each for each in stage.nft.ran if "flush" not in each] == []


def test_refusals_of_charon_are_written_down(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def write() -> bool:
        with stage.log.open("a") as stream:
            for line in (
                "[IKE] <3> received proposals unacceptable",
                "[ENC] <3> generating IKE_SA_INIT response 0 [ N(NO_PROP) ]",
            ):
                stream.write(f"09{line}\n")
        return True

    stage.run_until(lambda: write() and bool(list(Journal(tmp_path / "refusals.jsonl").read())))

    assert next(Journal(tmp_path / "refusals.jsonl").read()).reason == "proposal"


def test_announced_device_is_asked_about_and_let_in_only_when_it_is_listed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    stage.run_until(lambda: stage.tells(Changed(ike_id=1, up=True, sa=SA)) and stage.radius.asked > 0)

    assert stage.radius.asked > 0
    assert not any("timeout" in each for each in stage.nft.ran)
    stage.charon.sas = (SA,)
    stage.run_until(lambda: any("timeout" in each for each in stage.nft.ran))
    assert any("timeout" in each for each in stage.nft.ran)


def test_event_of_charon_has_its_sa_looked_for_except_where_there_is_no_child_yet(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    stage.run_until(
        lambda: (
            stage.tells(Changed(ike_id=7, up=True))
            and stage.tells(Changed(ike_id=8, up=False))
            and 8 in stage.charon.looked_for
        )
    )

    assert stage.charon.looked_for == {None, 8}


def test_charon_that_is_away_is_waited_for(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.absent = 2

    stage.run_until(lambda: any("latch {" in each for each in stage.nft.ran))

    assert stage.absent == 0


def test_nft_that_refuses_ends_the_service(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.nft.broken = True

    with pytest.raises(ExceptionGroup) as raised:
        stage.run_until(lambda: False)

    assert raised.group_contains(EngineRejected, match="no such table")


def test_charon_that_went_away_is_looked_for_with_pauses(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    turns, away = 30, 10_000
    seen = 0

    def over() -> bool:
        nonlocal seen
        if stage.charon.looked_for and seen == 0:
            stage.gone, stage.absent = True, away
        if stage.gone:
            seen += 1
            stage.tells(Ended(reason="closed"))
        return seen == turns

    stage.run_until(over)

    # Five times a second at most, and once for each time that it is heard to have ended; without a pause, thousands.
    assert 0 < away - stage.absent <= 2 * turns


def test_refusal_that_cannot_be_written_down_ends_nobodys_session(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.charon.sas = (SA,)
    stage.radius.answer = Reject(message="285 no")
    (tmp_path / "refusals.jsonl").mkdir()  # as good as a full disk

    stage.run_until(lambda: stage.charon.sas == ())


def test_documents_that_are_wrong_are_refused(tmp_path: Path) -> None:
    (tmp_path / "connections.json").write_text("{}")

    with pytest.raises(DocumentError):
        main(Places(connections=tmp_path / "connections.json", settings=tmp_path / "none", state=tmp_path))


# Helpers


class Charon(FakeCharon):
    instance = "1-1"

    def __init__(self) -> None:
        super().__init__()
        self.sas: tuple[Sa, ...] = ()
        self.looked_for: set[int | None] = set()

    def version(self) -> str:
        return "5.9.8"

    def terminate(self, ike_id: int, *, force: bool = False) -> None:
        self.sas = tuple(sa for sa in self.sas if sa.ike_id != ike_id)

    def load_crl(self, data: bytes) -> None:
        raise AssertionError("no CRL was on disk")

    def flush_certs(self) -> None:
        return


class Listener:
    def __init__(self, charon: Charon, is_gone: Callable[[], bool]) -> None:
        self.charon = charon
        self.is_gone = is_gone
        self.deliver: Callable[[CharonEvent], None] | None = None

    async def list_sas(self, ike_id: int | None = None) -> tuple[Sa, ...]:
        if self.is_gone():
            raise EngineUnavailable("charon's connection was closed")
        self.charon.looked_for.add(ike_id)
        return tuple(sa for sa in self.charon.sas if ike_id in (None, sa.ike_id))

    def begin(self, _loop: asyncio.AbstractEventLoop, deliver: Callable[[CharonEvent], None]) -> None:
        self.deliver = deliver

    def close(self) -> None:
        return


class FakeNft:
    def __init__(self) -> None:
        self.ran: list[str] = []
        self.broken = False

    def run(self, commands: str) -> None:
        if self.broken:
            raise EngineRejected("nft: no such table")
        self.ran.append(commands)

    def change(self, changes: Sequence[Change]) -> None:
        seconds = [change.seconds for change in changes if isinstance(change, Add)]
        self.run(f"timeout {seconds[-1]}s" if any(seconds) else "delete")


class FakeRadius:
    def __init__(self) -> None:
        self.answer: Answer = Accept(name="laptop1", reach="management")
        self.alive = True
        self.asked = self.probed = 0

    async def ask(self, question: Question) -> Answer:
        assert question.tunnel == "device"
        self.asked += 1
        return self.answer

    async def is_alive(self) -> bool:
        self.probed += 1
        return self.alive


def test_session_is_accounted_for_from_its_allow_to_its_end(stage: "Stage") -> None:
    stage.charon.sas = (COUNTED,)

    stage.run_until(lambda: any(each.startswith("admit") for each in stage.books.told) and stage.dropped())
    told = [each for each in stage.books.told if not each.startswith("listed")]

    assert told[0].startswith("connected ")
    assert told.index("count 7 3 10 whole") < told.index("gone 7")
    admitted = next(each for each in told if each.startswith("admit"))
    assert admitted == f"admit device laptop1 10.99.0.1 as {told[0].split()[1]}-7"


def test_last_counters_come_with_the_event_that_says_it_is_gone(stage: "Stage") -> None:
    stage.charon.sas = (COUNTED,)
    ended = Changed(ike_id=7, up=False, shown=COUNTED)

    stage.run_until(lambda: stage.tells(ended) and "count 7 3 10 part" in stage.books.told)

    assert "count 7 3 10 part" in stage.books.told


def test_nobody_new_is_asked_about_while_accounting_has_no_room(stage: "Stage") -> None:
    stage.books.problem = "the disk is full"
    stage.charon.sas = (COUNTED,)

    stage.run_until(lambda: "listed [7]" in stage.books.told)

    assert stage.radius.asked == 0
    assert not any(each.startswith("admit") for each in stage.books.told)


def test_order_from_inside_is_taken_where_it_concerns_somebody(stage: "Stage") -> None:
    stage.charon.sas = (COUNTED,)
    asked = Order(wish=Wish.ASK_AGAIN, name="laptop1")
    taken: list[bool] = []

    def told() -> bool:
        if stage.radius.asked == 1 and any(each.startswith("admit") for each in stage.books.told):
            assert stage.service is not None
            taken.extend([stage.service.take(replace(asked, name="laptop2")), stage.service.take(asked)])
        return stage.radius.asked > 1

    stage.run_until(told)

    assert taken == [False, True]


@pytest.fixture
def stage(tmp_path: Path) -> "Stage":
    return Stage(tmp_path)


class FakeBooks:
    """Accounting that notes what it is told, in words."""

    def __init__(self) -> None:
        self.problem = ""
        self.told: list[str] = []

    def connected(self, instance: str) -> None:
        self.told.append(f"connected {instance}")

    def admit(self, admitted: Admitted) -> None:
        self.told.append(f"admit {admitted.tunnel} {admitted.name} {admitted.inner} as {admitted.session}")

    def count(self, ike_id: int, readings: Mapping[int, Usage], *, whole: bool = True) -> None:
        for child, usage in readings.items():
            self.told.append(f"count {ike_id} {child} {usage.in_octets} {'whole' if whole else 'part'}")

    def ending(self, ike_id: int, reason: str, text: str) -> None:
        assert text
        self.told.append(f"ending {ike_id} {reason}")

    def gone(self, ike_id: int) -> None:
        self.told.append(f"gone {ike_id}")

    def listed(self, live: frozenset[int]) -> None:
        self.told.append(f"listed {sorted(live)}")

    def reject(self, identity: str, outer: str, text: str) -> None:
        self.told.append(f"reject {identity} {outer} {text}")

    async def run(self) -> None:
        await asyncio.Event().wait()


class Stage:
    def __init__(self, state: Path) -> None:
        self.charon, self.nft, self.radius, self.books = Charon(), FakeNft(), FakeRadius(), FakeBooks()
        self.absent = 0
        self.events = Listener(self.charon, lambda: self.gone)
        self.gone = False
        self.state = state
        self.log = state / "charon.log"
        self.service: Service | None = None

    def attach(self) -> Attachment:
        if self.absent:
            self.absent -= 1
            raise EngineUnavailable("charon is not there")
        return Attachment(charon=self.charon, events=self.events, version="5.9.8")

    def tells(self, event: CharonEvent) -> bool:
        if self.events.deliver is None:
            return False
        self.events.deliver(event)
        return True

    def dropped(self) -> bool:
        """Takes every SA away; whether that has been accounted for."""
        self.charon.sas = ()
        return "gone 7" in self.books.told

    def run_until(self, done: Callable[[], bool]) -> None:
        asyncio.run(self._run_until(done))

    async def _run_until(self, done: Callable[[], bool]) -> None:
        service = self.service = Service(
            at=Places(state=self.state, log=self.log),
            connections=CONNECTIONS,
            settings=SETTINGS,
            radius=self.radius,
            nft=self.nft,
            books=self.books,
            attach=self.attach,
        )
        running = asyncio.create_task(service.run())
        for _ in range(500):
            if running.done() or done():
                break
            await asyncio.sleep(0.01)
        running.cancel()
        try:
            await running
        except asyncio.CancelledError:
            return


CONNECTIONS = Connections(
    schema=1,
    device=DeviceConnection(
        address=IPv4Address("203.0.113.10"),
        identity=Fqdn("vpn.contoso.com"),
        peer_pattern="O=Contoso, CN=*, serialNumber=*",
        policy=ObjectId("1.3.6.1.4.1.32473.1.1"),
        ike_proposals=("aes128gcm16-prfsha256-modp2048",),
        esp_proposals=("aes128gcm16-ecp256",),
        lifetimes=Lifetimes(ike=86_400, child=28_800, dpd=30),
        encapsulation=True,
        pool=Pool(name="devices", network=POOL),
    ),
    authorities=("root", "issuing"),
    certificate="certificate",
    key=Secret("key"),
)
SETTINGS = SessionsSettings(
    schema=1,
    host=HostName("gateway1"),
    address=IPv4Address("10.0.1.10"),
    called=Fqdn("vpn.contoso.com"),
    radius=RadiusServer(
        address=IPv4Address("127.0.0.1"), port=1, secret=Secret("x"), vendor=32473, timeout_seconds=1, tries=1
    ),
    orders=Orders(source=IPv4Address("127.0.0.1"), port=1, secret=Secret("y")),
    reaches=("management",),
    pools=(POOL,),
    limits=Limits(lease=15, ask_again=60, grace=120),
    # Nothing listens there: the CRLs cannot be fetched, and that ends nothing.
    crls=CrlSource(urls=("http://127.0.0.1:1/root.crl", "http://127.0.0.1:1/issuing.crl"), fetch_seconds=300),
)
COUNTED = Sa(
    ike_id=7,
    connection="evertunnel-device-x",
    state="ESTABLISHED",
    remote_host="198.51.100.20",
    remote_port=4500,
    remote_id="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
    addresses=(IPv4Address("10.99.0.1"),),
    children=(
        Child(
            name="device",
            state="INSTALLED",
            unique=3,
            remote_selectors=("10.99.0.1/32",),
            usage=Usage(in_octets=10),
        ),
    ),
)
