"""Laws of accounting: whatever is rekeyed, restarted, lost or said twice, the ledger has each octet once.

The model is a charon that counts: every CHILD_SA has its own counters, which are shown to the accountant now and then
and always at the end of the CHILD_SA, as charon's events do. What a session carried is the sum of what its CHILD_SAs
showed last.
"""

import json
import random  # noqa: TID251 (the type of what hypothesis hands in, which it can repeat)
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evertunnel import documents
from evertunnel.drivers.radius_values import Accounting, Status, Usage
from evertunnel.gateway import accounting
from evertunnel.gateway.accounting import Accountant, Admitted, Kept
from evertunnel.gateway.spool import Bounds, Spool
from evertunnel.radius.ledger import Ledger
from evertunnel.radius.ledger_queries import Query, sessions

STEPS = ("begin", "traffic", "show", "show one", "child rekey", "ike rekey", "end", "tick", "restart", "reboot", "kick")
OFTEN = (*STEPS, "begin", "traffic", "traffic", "child rekey", "child rekey", "show one", "show")
INTERIM = 60


@dataclass
class Tunnel:
    session: str
    ike_id: int
    children: dict[int, Usage]
    closed: Usage = field(default_factory=Usage)
    old: dict[int, Usage] = field(default_factory=dict)

    @property
    def carried(self) -> Usage:
        return sum(self.children.values(), self.closed)


@dataclass
class World:
    """A gateway with its charon, and all records that left it; `kept` is what the disk has of the accountant."""

    pick: random.Random
    fold_beyond: int = accounting.CHILDREN
    records: list[Accounting] = field(default_factory=list)
    tunnels: list[Tunnel] = field(default_factory=list)
    ended: dict[str, Usage] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    instance: int = 1
    unique: int = 0
    now: float = 1_000_000.0

    def __post_init__(self) -> None:
        self.accountant = Accountant(children=self.fold_beyond)
        self.kept = documents.to_json(Kept())
        self.say(self.accountant.connected("1", self.now))

    def say(self, records: tuple[Accounting, ...]) -> None:
        self.records.extend(records)

    def number(self) -> int:
        self.unique += 1
        return self.unique

    def do(self, step: str) -> None:
        self.now += self.pick.choice((0.0, 1.0, 30.0))
        {
            "begin": self.begin,
            "traffic": self.traffic,
            "show": self.show,
            "show one": self.show_one,
            "child rekey": self.child_rekey,
            "ike rekey": self.ike_rekey,
            "end": self.end,
            "tick": lambda: self.say(self.accountant.tick(self.now)),
            "restart": self.restart,
            "reboot": self.reboot,
            "kick": self.kick,
        }[step]()
        if self.pick.random() < 0.5:
            self.save()

    def save(self) -> None:
        self.kept = documents.to_json(self.accountant.kept)

    def begin(self) -> None:
        ike_id = self.number()
        tunnel = Tunnel(f"{self.instance}-{ike_id}", ike_id, {self.number(): Usage()})
        self.tunnels.append(tunnel)
        self.started.add(tunnel.session)
        self.admit(tunnel)

    def admit(self, tunnel: Tunnel) -> None:
        about = Admitted(
            ike_id=tunnel.ike_id,
            session=f"{self.instance}-{tunnel.ike_id}",
            tunnel="user",
            name="alice@corp.contoso.com",
            outer="198.51.100.20",
            inner=f"10.99.0.{int(tunnel.session.split('-')[1]) % 250}",
            children=frozenset(tunnel.children),
            interim=INTERIM,
        )
        self.say(self.accountant.admit(about, self.now))

    def traffic(self) -> None:
        for tunnel in self.tunnels:
            for child, usage in tunnel.children.items():
                one = Usage(in_octets=self.pick.randrange(2**33), out_octets=1, in_packets=2, out_packets=3)
                tunnel.children[child] = usage + one

    def show(self) -> None:
        for tunnel in self.tunnels:
            self.accountant.count(tunnel.ike_id, tunnel.children)
        self.say(self.accountant.listed(frozenset(tunnel.ike_id for tunnel in self.tunnels), self.now))

    def show_one(self) -> None:
        if self.tunnels:
            tunnel = self.pick.choice(self.tunnels)
            self.accountant.count(tunnel.ike_id, tunnel.children)
            # An event that was sent before a list is heard after it.
            self.accountant.count(tunnel.ike_id, tunnel.old, whole=False)

    def child_rekey(self) -> None:
        """The event shows both CHILD_SAs; late packets still come in on the old one, which is shown once more."""
        if not self.tunnels:
            return
        tunnel = self.pick.choice(self.tunnels)
        old = self.pick.choice(list(tunnel.children))
        new = self.number()
        tunnel.children[new] = Usage()
        self.accountant.count(tunnel.ike_id, tunnel.children)
        self.save()
        if self.pick.random() < 0.7:
            tunnel.children[old] += Usage(in_octets=5)
            self.accountant.count(tunnel.ike_id, {old: tunnel.children[old]}, whole=False)
            tunnel.old[old] = tunnel.children.pop(old)
            tunnel.closed += tunnel.old[old]
            self.save()

    def ike_rekey(self) -> None:
        if not self.tunnels:
            return
        tunnel = self.pick.choice(self.tunnels)
        old, tunnel.ike_id = tunnel.ike_id, self.number()
        self.accountant.count(tunnel.ike_id, tunnel.children)
        self.admit(tunnel)
        if self.pick.random() < 0.7:
            self.say(self.accountant.gone(old, self.now))
        self.save()

    def end(self) -> None:
        if self.tunnels:
            tunnel = self.tunnels.pop(self.pick.randrange(len(self.tunnels)))
            self.accountant.count(tunnel.ike_id, tunnel.children)
            self.ended[tunnel.session] = tunnel.carried
            self.save()
            self.show() if self.pick.random() < 0.5 else self.say(self.accountant.gone(tunnel.ike_id, self.now))

    def kick(self) -> None:
        if self.tunnels:
            self.accountant.ending(self.pick.choice(self.tunnels).ike_id, "radius", "no")

    def restart(self) -> None:
        """The service dies and knows what it last copied; charon goes on."""
        self.accountant = Accountant(documents.from_json(Kept, self.kept, name="kept"), children=self.fold_beyond)
        self.say(self.accountant.connected(str(self.instance), self.now))
        for tunnel in self.tunnels:
            self.accountant.count(tunnel.ike_id, tunnel.children)
            self.admit(tunnel)
        self.show()

    def reboot(self) -> None:
        """charon dies and is back; what it had shown last is all that anybody knows."""
        self.show()
        for tunnel in self.tunnels:
            self.ended[tunnel.session] = tunnel.carried
        self.tunnels.clear()
        self.instance += 1
        self.unique = 0
        self.say(self.accountant.connected(str(self.instance), self.now))
        self.save()


@pytest.mark.parametrize("children", [1, accounting.CHILDREN])
@settings(max_examples=80)
@given(pick=st.randoms(use_true_random=True), steps=st.lists(st.sampled_from(OFTEN), min_size=10, max_size=60))
def test_each_octet_is_in_the_ledger_once(children: int, pick: random.Random, steps: list[str]) -> None:
    world = World(pick, fold_beyond=children)
    for step in steps:
        world.do(step)
    world.show()
    while world.tunnels:
        world.end()
    world.show()

    told = in_ledger(world.records, pick)

    assert set(told) == world.started
    assert told == {session: (usage, True) for session, usage in world.ended.items()}


@settings(max_examples=30)
@given(pick=st.randoms(use_true_random=True), steps=st.lists(st.sampled_from(OFTEN), max_size=40))
def test_live_sessions_have_what_their_last_record_said(pick: random.Random, steps: list[str]) -> None:
    world = World(pick)
    for step in steps:
        world.do(step)
    world.show()
    world.now += INTERIM
    world.say(world.accountant.tick(world.now))

    told = in_ledger(world.records, pick)

    assert {session: usage for session, (usage, over) in told.items() if not over} == {
        tunnel.session: tunnel.carried for tunnel in world.tunnels
    }


@settings(max_examples=30)
@given(pick=st.randoms(use_true_random=True), steps=st.lists(st.sampled_from(OFTEN), min_size=10, max_size=60))
def test_numbers_tell_records_apart(pick: random.Random, steps: list[str]) -> None:
    world = World(pick)
    world.save = lambda: None  # type: ignore[method-assign]  # nothing is ever restored: no record is said twice
    for step in steps:
        if step != "restart":
            world.do(step)

    keys = [(record.session, record.status, record.number) for record in world.records]

    assert len(keys) == len(set(keys))
    for session in world.started:
        numbers = [record.number for record in world.records if record.session == session]
        assert numbers == list(range(1, len(numbers) + 1))


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(0, 30), max_size=40),
    pick=st.randoms(use_true_random=True),
    segment=st.integers(300, 4000),
)
def test_spool_gives_every_record_until_it_is_acknowledged(sizes: list[int], pick: random.Random, segment: int) -> None:
    bounds = Bounds(ballast=0, segment=segment)
    with TemporaryDirectory() as directory:
        spool = Spool(Path(directory), bounds)
        waiting: set[int] = set()
        number = 0
        for size in sizes:
            records = [record(number + each) for each in range(size)]
            spool.append(records)
            waiting |= {each.number for each in records}
            number += size
            for entry in spool.pending(pick.randrange(1, 60)):
                if pick.random() < 0.7:
                    spool.acknowledged(entry)
                    waiting.remove(entry.record.number)
            if pick.random() < 0.2:
                # A restart may give again what was acknowledged, and nothing less.
                spool = Spool(Path(directory), bounds)
                again = {entry.record.number for entry in spool.pending(10_000)}
                assert again >= waiting
                waiting = again
        assert {entry.record.number for entry in spool.pending(10_000)} == waiting
        for entry in spool.pending(10_000):
            spool.acknowledged(entry)
        assert spool.pending(1) == ()
        assert spool.octets < max(segment, 1)


def in_ledger(records: list[Accounting], pick: random.Random) -> dict[str, tuple[Usage, bool]]:
    """What the ledger makes of records that come in any order, some of them twice."""
    packets = [packet(each) for each in records]
    packets += pick.choices(packets, k=len(packets) // 3) if packets else []
    pick.shuffle(packets)
    with TemporaryDirectory() as directory:
        ledger = Ledger(Path(directory))
        ledger.tidy(0.0)
        for body in packets:
            ledger.take(body, 2_000_000.0)
        found = [each for past in (False, True) for each in sessions(Path(directory), Query(past=past))]
    return {each.session: (each.usage, each.ended is not None) for each in found}


def packet(record: Accounting) -> bytes:
    """A record as FreeRADIUS hands it over."""
    said: dict[str, object] = {
        "Acct-Status-Type": record.status.value,
        "Acct-Session-Id": record.session,
        "Evertunnel-Gateway": "gateway1",
        "Evertunnel-Record": record.number,
        "User-Name": record.name,
        "Acct-Session-Time": record.seconds,
        "Acct-Input-Octets": record.usage.in_octets % 2**32,
        "Acct-Input-Gigawords": record.usage.in_octets // 2**32,
        "Acct-Output-Octets": record.usage.out_octets,
        "Acct-Input-Packets": record.usage.in_packets,
        "Acct-Output-Packets": record.usage.out_packets,
    }
    document: dict[str, object] = {name: {"type": "string", "value": [value]} for name, value in said.items()}
    document["Evertunnel-Raw"] = {"type": "string", "value": [f"Event-Timestamp {int(record.at):08x}"]}
    return json.dumps(document).encode()


def record(number: int) -> Accounting:
    return Accounting(
        status=Status.INTERIM,
        session="1-7",
        number=number,
        at=float(number),
        tunnel="device",
        name="laptop1",
        outer="198.51.100.20",
    )
