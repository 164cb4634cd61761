"""Whoever signs in and out, and whatever dies meanwhile: nothing of one person is left when another's tunnel begins."""

from collections import Counter
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from evertunnel.client import charon, render
from evertunnel.client.agent import Agent
from evertunnel.client.machine import Answer, Sa
from evertunnel.client.settings import Kind, Settings
from evertunnel.client.signin import SignedIn
from evertunnel.client.status import Report
from evertunnel.drivers import vici_values
from evertunnel.drivers.vici_values import Message
from evertunnel.errors import EngineUnavailable
from evertunnel.profiles.tunnel import Probe, TunnelProfile
from evertunnel.values import Fqdn, Secret, UserName

WHAT = ("alice", "bob", "out", "agent", "charon", "slow", "lost", "nothing")
POOLS = (IPv4Network("10.98.0.0/24"),)
PROFILE = TunnelProfile(
    gateway=Fqdn("vpn.contoso.com"),
    ike_proposals=("aes128gcm16-ecp256",),
    esp_proposals=("aes128gcm16",),
    authorities=("root", "issuing"),
    routes=(IPv4Network("10.0.0.10/32"),),
    probes=(Probe(address=IPv4Address("10.0.0.10"), port=80),),
)


@given(st.lists(st.sampled_from(WHAT), max_size=40))
def test_nothing_of_anybody_else_is_left(script: Sequence[str]) -> None:
    laptop = Laptop()
    agent = laptop.agent()
    for what in script:
        laptop.happens(what)
        agent = laptop.agent() if what == "agent" else agent
        agent.turn()

    for _ in range(6):
        laptop.happens("nothing")
        agent.turn()

    assert not laptop.was_wrong
    assert laptop.people == ({laptop.who} if laptop.who else set())
    assert laptop.routes == {"laptop1", *laptop.people}


@given(st.lists(st.sampled_from(("alice", "bob", "out", "lost", "nothing")), max_size=40))
def test_device_tunnel_never_feels_who_signs_in_and_out(script: Sequence[str]) -> None:
    laptop = Laptop()
    agent = laptop.agent()
    for _ in range(3):
        laptop.happens("nothing")
        agent.turn()
    before = agent.device.machine.tunnel
    assert before is not None

    for what in script:
        laptop.happens(what)
        agent.turn()
        assert agent.device.machine.tunnel == before


class Laptop:
    """A device with a charon that begins what it is told only later, however much was unloaded meanwhile."""

    def __init__(self) -> None:
        self.who = ""
        self.instance = 1
        self.is_slow = self.was_wrong = False
        self.now = 0.0
        self.serial = 0
        self.loaded: dict[str, Settings] = {}  # by connection
        self.keys: set[str] = set()
        self.sas: dict[str, int] = {}
        self.pending: list[str] = []  # begun, and seen only the look after next
        self.due: list[str] = []
        self.routes: set[str] = set()

    @property
    def people(self) -> set[str]:
        """Whose connection, key or SA charon has."""
        named = {*self.loaded, *self.keys, *self.sas, *self.due, *self.pending}
        return {each.removeprefix(render.USER_PREFIX) for each in named if each.startswith(render.USER_PREFIX)}

    def agent(self) -> Agent:
        self.routes.clear()
        return Agent(self.settings("laptop1"), self, clock=lambda: self.now, start=lambda work: work())

    def happens(self, what: str) -> None:
        self.now += 5
        for connection in self.due:
            self.serial += 1
            self.sas[connection] = self.serial
        self.due, self.pending = self.pending, []
        match what:
            case "alice" | "bob":
                self.who = what
            case "out":
                self.who = ""
            case "charon":
                self.instance += 1
                for held in (self.loaded, self.keys, self.sas, self.routes, self.due, self.pending):
                    held.clear()
            case "slow":
                self.is_slow = True
            case "lost":
                self.sas = {name: number for name, number in self.sas.items() if name == render.DEVICE_CONNECTION}

    def settings(self, name: str) -> Settings:
        is_device = name == "laptop1"
        return Settings(
            kind=Kind.DEVICE if is_device else Kind.USER,
            name=name,
            profile=PROFILE,
            key=Secret(render.DEVICE_CONNECTION if is_device else f"{render.USER_PREFIX}{name}"),
            pools=POOLS,
            connection=render.DEVICE_CONNECTION if is_device else f"{render.USER_PREFIX}{name}",
            child="child",
            definition={},
        )

    def connect(self, wake: Callable[[str, str | None], None]) -> "Engine":
        return Engine(self)

    def lock(self, settings: Settings) -> None:
        pass

    def install_routes(self, settings: Settings, address: IPv4Address) -> None:
        self.routes.add(settings.name)

    def remove_routes(self, kind: Kind) -> None:
        self.routes &= {"laptop1"} if kind is Kind.USER else self.routes - {"laptop1"}

    def knock(self, settings: Settings, address: IPv4Address) -> Answer:
        return Answer.ANSWERED

    def outside(self) -> str:
        return ""

    def signed_in(self) -> SignedIn | None:
        return SignedIn(user=UserName(f"{self.who}@corp.contoso.com"), profile="") if self.who else None

    def tunnel_of(self, who: SignedIn) -> Settings:
        return self.settings(who.user.mailbox)

    def report(self, report: Report) -> None:
        pass

    def withdraw_report(self, kind: Kind) -> None:
        pass


class Engine(charon.Charon):
    """The agent's own charon class over the laptop's memory instead of a socket."""

    def __init__(self, laptop: Laptop) -> None:
        self._laptop = laptop
        self._started = laptop.instance
        self.instance = str(laptop.instance)
        self._looks = Counter()

    def load_authority(self, pem: str) -> None:
        self._there()

    def load_conn(self, name: str, definition: Message) -> None:
        self._there().loaded[name] = self._laptop.settings("")

    def load_key(self, pem: str) -> None:
        self._there().keys.add(pem)

    def unload_conn(self, name: str) -> None:
        del self._there().loaded[name]

    def get_conns(self) -> tuple[str, ...]:
        return tuple(self._there().loaded)

    def list_sas(self, ike_id: int | None = None) -> tuple[vici_values.Sa, ...]:
        return tuple(
            vici_values.Sa(ike_id=number, connection=name, state="", remote_host="", remote_port=0, remote_id="")
            for name, number in self._there().sas.items()
        )

    def terminate(self, ike_id: int, *, force: bool = False) -> None:
        there = self._there()
        there.sas = {name: number for name, number in there.sas.items() if number != ike_id}

    def ours(self, settings: Settings) -> tuple[Sa, ...]:  # type: ignore[override]  # as LinuxEngine has it
        address = IPv4Address("10.99.0.1" if settings.kind is Kind.DEVICE else "10.98.0.1")
        number = self._there().sas.get(settings.connection)
        return (Sa(unique_id=number, carries=True, address=address),) if number else ()

    def begin(self, settings: Settings) -> None:
        laptop = self._there()
        is_alone = laptop.people <= {settings.name} or settings.kind is Kind.DEVICE
        is_known = settings.connection in laptop.loaded and settings.key.reveal() in laptop.keys
        laptop.was_wrong |= not (is_alone and is_known)
        laptop.pending.append(settings.connection)

    def close(self) -> None:
        pass

    def _request(self, command: str, message: Message | None = None) -> Message:
        assert command == "clear-creds"
        self._there().keys.clear()
        return {}

    def _there(self) -> Laptop:
        if self._laptop.is_slow or self._started != self._laptop.instance:
            self._laptop.is_slow = False
            raise EngineUnavailable("charon did not answer")
        return self._laptop
