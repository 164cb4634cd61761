"""The sessions machine against a reference that is too simple to be wrong."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from evertunnel.drivers.dynamic_values import EVERYBODY, Order, Wish
from evertunnel.drivers.radius_values import Accept, Answer, NoAnswer, Reject
from evertunnel.drivers.vici_values import Child, Sa
from evertunnel.gateway.admission import (
    Announced,
    Answered,
    Ask,
    Close,
    Command,
    Connected,
    Event,
    Flush,
    Grant,
    Listed,
    Loaded,
    OpenLatch,
    Proved,
    Tick,
    Told,
    Withdraw,
)
from evertunnel.gateway.model import Limits
from evertunnel.gateway.sessions import Machine

LIMITS = Limits(lease=6, ask_again=10, grace=30)
FRESH = 3.0
USER = "alice@corp.contoso.com"
NAMES = ("laptop1", "laptop2", USER)


Tunnel: TypeAlias = tuple[str, str, int, IPv4Address]  # of an instance: who, by which CHILD_SA, with which address


class Reference:
    """What is leased, by the commands alone, and what may be, by the events alone."""

    def __init__(self) -> None:
        self.now = 0.0
        self.instance = ""
        self.living: dict[int, Sa] = {}
        self.seen: dict[int, float] = {}
        self.announced: dict[int, Sa] = {}
        self.questions: dict[int, tuple[Tunnel, float]] = {}
        self.allows: dict[Tunnel, tuple[float, str]] = {}
        self.leased: dict[tuple[str, IPv4Address], float] = {}
        self.doubted: set[int] = set()
        self.names: dict[Tunnel, str] = {}
        self.opened_for = ""
        self.loaded: set[str] = set()
        self.proved: set[str] = set()

    def happens(self, event: Event) -> None:
        match event:
            case Connected() if event.instance != self.instance:
                self.instance, self.living, self.seen, self.allows = event.instance, {}, {}, {}
                self.announced = {}
            case Loaded():
                self.loaded.add(event.instance)
            case Proved() if event.alive:
                self.proved.add(event.instance)
            case Listed() if event.instance == self.instance:
                self._listed(event)
            case Announced() if event.instance == self.instance:
                self.announced[event.sa.ike_id] = event.sa
            case Answered():
                self._answered(event)
            case Told():
                # What is on its way counts for nothing for those whom it may be about.
                meant = (number for number, (tunnel, _) in self.questions.items() if self._is_meant(tunnel, event))
                self.doubted.update(meant)
            case _:
                pass

    def _listed(self, event: Listed) -> None:
        if event.complete:
            self.living = {}
        if event.looked_for is not None:
            self.living.pop(event.looked_for, None)
        for sa in event.sas:
            self.living[sa.ike_id] = sa
            self.seen[sa.ike_id] = self.now

    def _answered(self, event: Answered) -> None:
        tunnel, asked = self.questions.pop(event.number, (("", "", 0, IPv4Address(0)), 0.0))
        if tunnel[0] != self.instance or event.number in self.doubted:
            return
        if isinstance(event.answer, Accept) and event.answer.reach == "management":
            before, _ = self.allows.get(tunnel, (asked, ""))
            self.allows[tunnel] = (max(before, asked), event.answer.reach)
            self.names[tunnel] = event.answer.name

    def _is_meant(self, tunnel: Tunnel, told: Told) -> bool:
        """By the last name that RADIUS gave it, and as long as there is none, always."""
        name = self.names.get(tunnel, "")
        return told.order.name in (EVERYBODY, name) or not name

    def asked_about(self, command: Ask) -> Sa:
        known = (self.living.get(command.ike_id), self.announced.get(command.ike_id))
        fits = [sa for sa in known if sa and (name_of(sa), sa.addresses) == (command.who.identity, (command.address,))]
        assert fits, command
        return fits[0]

    def tunnel(self, sa: Sa) -> Tunnel:
        return self.instance, name_of(sa), sa.children[0].unique, sa.addresses[0]

    def obeys(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            match command:
                case Close():
                    self.leased.clear()
                    self.opened_for = ""
                case Flush():
                    self.leased.clear()
                case OpenLatch():
                    self.opened_for = self.instance
                    assert self.instance in self.loaded & self.proved
                case Ask():
                    self.questions[command.number] = (self.tunnel(self.asked_about(command)), self.now)
                case Grant():
                    for lease in command.leases:
                        self.leased[lease.reach, lease.address] = self.now + lease.seconds
                case Withdraw():
                    self.leased.pop((command.reach, command.address), None)
                case _:
                    pass

    def holds(self) -> None:
        for (reach, address), end in self.leased.items():
            if end > self.now:
                owners = {name_of(sa) for sa in self.living.values() if address in sa.addresses}
                assert len(owners) == 1, (reach, address, owners)
                # An allow is for one tunnel, which its CHILD_SA stands for, whatever IKE_SA that has come under; of
                # several tunnels with one address the newest alone may hold the lease.
                newest = max(sa.ike_id for sa in self.living.values() if address in sa.addresses)
                asked, allowed = self.allows[self.tunnel(self.living[newest])]
                assert end <= asked + LIMITS.grace
                assert reach == allowed


def name_of(sa: Sa) -> str:
    return sa.remote_eap_id or sa.remote_id


def one(name: str, ike_id: int, host: int) -> Sa:
    address = IPv4Address(f"10.99.0.{host}")
    is_user = name == USER
    return Sa(
        ike_id=ike_id,
        connection="evertunnel-user-users-x" if is_user else "evertunnel-device-x",
        state="ESTABLISHED",
        remote_host="198.51.100.1",
        remote_port=4500,
        remote_id="10.0.0.5" if is_user else f"O=Contoso, CN={name}.corp.contoso.com, serialNumber=5f{name[-1]}",
        remote_eap_id=name if is_user else "",
        addresses=(address,),
        children=(Child(name="device", state="INSTALLED", unique=ike_id, remote_selectors=(f"{address}/32",)),),
    )


answers: st.SearchStrategy[Answer] = st.one_of(
    st.builds(
        Accept,
        name=st.sampled_from(NAMES),
        reach=st.sampled_from(["management"] * 4 + ["else"]),
        seconds=st.sampled_from([None, None, 20]),
    ),
    st.just(Reject(message="no")),
    st.just(NoAnswer()),
)
WAITS = (0.0, 0.01, 0.5, 1.0, 5.0, 29.0)


class World:
    """charon and RADIUS as far as the machine can see them; hypothesis moves them."""

    def __init__(self, draw: st.DataObject) -> None:
        self.draw = draw
        self.instance = 1
        self.next_id = 1
        self.sas: dict[int, Sa] = {}

    def event(self, reference: Reference) -> Event:  # noqa: C901, PLR0911, PLR0912 (one case per move)
        pick = self.draw.draw(st.sampled_from("aaaaaalllllluucdrkpthyynnmmmoo"))
        match pick:
            case "a" if reference.questions:
                number = self.draw.draw(st.sampled_from(sorted(reference.questions)))
                return Answered(number=number, answer=self.draw.draw(answers))
            case "l" | "a":
                return self._listed(complete=True)
            case "u":
                self._connect()
                return self._listed(complete=False)
            case "c":
                self._connect()
            case "n":
                self._connect()
                return Announced(instance=f"{self.instance}-0", sa=self.sas[self.next_id - 1])
            case "m":
                # Of a former instance, of an SA long known, or of one that will be there soon and be another's.
                instance = self.draw.draw(st.sampled_from([self.instance] * 3 + [1]))
                ike_id = self.draw.draw(st.sampled_from([self.next_id] * 3 + [1]))
                return Announced(instance=f"{instance}-0", sa=self._drawn(ike_id))
            case "d" if self.sas:
                del self.sas[self.draw.draw(st.sampled_from(sorted(self.sas)))]
            case "y" if self.sas:
                self._rekey(self.draw.draw(st.sampled_from(sorted(self.sas))))
            case "h" if self.sas:
                ike_id = self.draw.draw(st.sampled_from(sorted(self.sas)))
                del self.sas[ike_id]
                return Listed(instance=f"{self.instance}-0", sas=(), complete=False, looked_for=ike_id)
            case "r":
                self.instance, self.sas, self.next_id = self.instance + 1, {}, 1
                return Connected(instance=f"{self.instance}-0")
            case "k":
                return Loaded(instance=f"{self.draw.draw(st.integers(1, self.instance))}-0")
            case "p":
                return Proved(instance=f"{self.draw.draw(st.integers(1, self.instance))}-0", alive=True)
            case "o":
                return Told(order=Order(wish=Wish.ASK_AGAIN, name=self.draw.draw(st.sampled_from([*NAMES, EVERYBODY]))))
            case _:
                pass
        return Tick()

    def _connect(self) -> None:
        self.sas[self.next_id] = self._drawn(self.next_id)
        self.next_id += 1

    def _drawn(self, ike_id: int) -> Sa:
        return one(self.draw.draw(st.sampled_from(NAMES)), ike_id, self.draw.draw(st.integers(1, 2)))

    def _rekey(self, ike_id: int) -> None:
        self.sas[self.next_id] = replace(self.sas.pop(ike_id), ike_id=self.next_id)
        self.next_id += 1

    def _listed(self, *, complete: bool) -> Listed:
        return Listed(instance=f"{self.instance}-0", sas=tuple(self.sas.values()), complete=complete)


@settings(max_examples=300)
@given(st.data())
def test_no_address_is_leased_without_a_live_sa_that_was_allowed_within_the_grace(data: st.DataObject) -> None:
    machine = Machine(limits=LIMITS, reaches=("management",), pools=(IPv4Network("10.99.0.0/24"),), patience=7)
    reference, world = Reference(), World(data)
    event: Event = Connected(instance="1-0")

    for _ in range(data.draw(st.integers(5, 60))):
        reference.happens(event)
        reference.obeys(machine.handle(event, reference.now))
        reference.holds()
        reference.now += data.draw(st.sampled_from(WAITS))
        event = world.event(reference)


@settings(max_examples=100)
@given(st.data())
def test_every_question_is_about_a_session_that_was_listed_or_announced_and_asked_once(data: st.DataObject) -> None:
    machine = Machine(limits=LIMITS, reaches=("management",), pools=(IPv4Network("10.99.0.0/24"),), patience=7)
    reference, world, numbers = Reference(), World(data), set[int]()

    for _ in range(data.draw(st.integers(5, 40))):
        event = world.event(reference)
        reference.now += data.draw(st.sampled_from(WAITS))
        reference.happens(event)
        commands = machine.handle(event, reference.now)
        reference.obeys(commands)
        for asked in (each for each in commands if isinstance(each, Ask)):
            assert asked.number not in numbers
            assert asked.number in reference.questions
            numbers.add(asked.number)
