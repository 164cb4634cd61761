"""The loop with a device that only remembers what it was told; each turn is called by hand."""

import threading
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from evertunnel.client import settings
from evertunnel.client.agent import Agent
from evertunnel.client.machine import Answer, Phase, Sa
from evertunnel.client.settings import Kind, Settings
from evertunnel.client.signin import SignedIn
from evertunnel.client.status import Report
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable, NotFound, Problem
from evertunnel.profiles.device import DeviceProfile
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret, UserName

ADDRESS, USERS = IPv4Address("10.99.0.1"), IPv4Address("10.98.0.1")
LIVE = (Sa(unique_id=1, carries=True, address=ADDRESS),)
ALICE, BOB = (SignedIn(user=UserName(f"{name}@corp.contoso.com"), profile="digest") for name in ("alice", "bob"))


class FakeEngine:
    def __init__(self, device: "FakeDevice") -> None:
        self._device = device
        self.instance = device.instance

    def load(self, settings: Settings) -> None:
        self._device.do("load", settings.kind)

    def begin(self, settings: Settings) -> None:
        self._device.do("begin", settings.kind)

    def ours(self, settings: Settings) -> tuple[Sa, ...]:
        self._require()
        return self._device.sas.get(settings.name, ())

    def terminate(self, ike_id: int, *, force: bool) -> None:
        self._device.do(f"terminate {ike_id} {'force' if force else ''}".strip())

    def evict(self, device: Settings, user: Settings | None) -> bool:
        """Everybody's SAs but the user's and the device's."""
        self._require()
        kept = {device.name, user.name if user else ""}
        others = [name for name in self._device.sas if name not in kept]
        for name in others:
            self._device.do(f"evict {name}")
            del self._device.sas[name]
        return bool(others)

    def close(self) -> None:
        self._device.do("close")

    def _require(self) -> None:
        if self._device.instance != self.instance:
            raise EngineUnavailable("charon did not answer list-sas")


class FakeDevice:
    def __init__(self, instance: str = "41-7") -> None:
        self.instance = instance
        self.sas: dict[str, tuple[Sa, ...]] = {}
        self.tunnels: dict[UserName, Settings] = {}
        self.who: SignedIn | None = None
        self.wrong_state = False
        self.answer = Answer.ANSWERED
        self.network = "default via 198.51.100.1"
        self.broken: set[str] = set()
        self.did: list[str] = []
        self.reports: list[Report] = []
        self.wake: Callable[[str, str | None], None] = lambda _connection, _words: None

    def do(self, what: str, kind: Kind = Kind.DEVICE) -> None:
        said = what if kind is Kind.DEVICE else f"{kind.value}: {what}"
        if said in self.broken:
            raise EngineRejected(f"{said}: planted fault")
        self.did.append(said)

    def connect(self, wake: Callable[[str, str | None], None]) -> FakeEngine:
        if not self.instance:
            raise EngineUnavailable("charon is not there")
        self.wake = wake
        return FakeEngine(self)

    def lock(self, settings: Settings) -> None:
        self.do("lock", settings.kind)

    def install_routes(self, settings: Settings, address: IPv4Address) -> None:
        self.do(f"routes from {address}", settings.kind)

    def remove_routes(self, kind: Kind) -> None:
        self.do("no routes", kind)

    def knock(self, settings: Settings, address: IPv4Address) -> Answer:
        self.do(f"knock from {address}", settings.kind)
        return self.answer

    def outside(self) -> str:
        return self.network

    def signed_in(self) -> SignedIn | None:
        if self.wrong_state:
            raise DocumentError("signed-in.json", [Problem(path="user", what="missing", mend="Sign in again.")])
        return self.who

    def tunnel_of(self, who: SignedIn) -> Settings:
        if who.user not in self.tunnels:
            raise NotFound(f"{who.user} has no profile on this device")
        return self.tunnels[who.user]

    def report(self, report: Report) -> None:
        self.reports.append(report)

    def withdraw_report(self, kind: Kind) -> None:
        self.reports = [each for each in self.reports if each.kind is not kind]

    def told(self) -> list[str]:
        told, self.did = self.did, []
        return told

    def last(self, kind: Kind = Kind.DEVICE) -> Report | None:
        return next((each for each in reversed(self.reports) if each.kind is kind), None)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def device(user_profile: UserProfile, user_key: Secret) -> FakeDevice:
    made = FakeDevice()
    for who in (ALICE, BOB):
        made.tunnels[who.user] = settings.of_user(replace(user_profile, user=who.user), user_key)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def agent(profile: DeviceProfile, key: Secret, device: FakeDevice, clock: Clock) -> Agent:
    made = Agent(settings.of_device(profile, key), device, clock=clock, start=lambda work: work())
    made.turn()
    # The user's routes of an agent before this one are taken away.
    assert device.told() == ["lock", "load", "begin", "user: no routes"]
    return made


@pytest.fixture
def up(agent: Agent, device: FakeDevice) -> Agent:
    """With the device tunnel up and answered."""
    device.sas["laptop1"] = LIVE
    agent.turn()
    agent.turn()
    device.told()
    return agent


# ------------------------------------------------------------------------------------------------- the device tunnel


def test_attempt_and_tunnel_in_their_order(agent: Agent, device: FakeDevice) -> None:
    device.sas["laptop1"] = LIVE
    agent.turn()
    agent.turn()

    assert device.told() == ["routes from 10.99.0.1", "knock from 10.99.0.1"]
    assert [report.phase for report in device.reports] == [Phase.CONNECTING, Phase.UNANSWERED, Phase.UP]
    assert device.reports[-1].address == ADDRESS


def test_charon_that_is_gone_is_waited_for(up: Agent, device: FakeDevice) -> None:
    device.instance, device.sas = "", {}
    up.turn()
    up.turn()
    assert (device.told(), up.device.machine.phase) == (["close", "no routes"], Phase.AWAY)

    device.instance = "99-8"
    up.turn()
    assert device.told() == ["lock", "load", "begin", "user: no routes"]


def test_charon_that_is_only_slow_keeps_its_tunnel(up: Agent, device: FakeDevice) -> None:
    before, device.instance = up.device.machine, "slow"
    up.turn()
    device.instance = "41-7"
    up.turn()

    assert up.device.machine == before


def test_change_of_network_is_noticed(up: Agent, device: FakeDevice, clock: Clock) -> None:
    clock.now += 1
    device.network = "default via 192.0.2.1"

    up.turn()

    assert device.told() == ["lock", "knock from 10.99.0.1"]


def test_report_is_renewed_so_that_it_never_looks_stale(agent: Agent, device: FakeDevice, clock: Clock) -> None:
    device.reports.clear()
    device.instance = ""
    for _ in range(30):
        clock.now += 1
        agent.turn()

    assert len(device.reports) == 6


# --------------------------------------------------------------------------------------------------- the user tunnel


def test_who_signs_in_gets_a_tunnel_beside_the_devices(up: Agent, device: FakeDevice) -> None:
    device.who = ALICE
    up.turn()
    assert device.told() == ["user: lock", "user: load", "user: begin"]

    device.sas[ALICE.user] = (Sa(unique_id=2, carries=True, address=USERS),)
    up.turn()
    up.turn()

    assert device.told() == ["user: routes from 10.98.0.1", "user: knock from 10.98.0.1"]
    reports = [device.last(kind) for kind in Kind]
    assert [(each.name, each.phase, each.address) for each in reports if each] == [
        ("laptop1", Phase.UP, ADDRESS),
        (ALICE.user, Phase.UP, USERS),
    ]


def test_sign_out_ends_the_user_tunnel_and_only_it(up: Agent, device: FakeDevice) -> None:
    signed_in(up, device, ALICE)
    before = up.device.machine
    device.who = None

    up.turn()
    up.turn()

    assert device.told() == [f"evict {ALICE.user}", "user: no routes", "user: no routes"]
    assert (up.user, device.last(Kind.USER)) == (None, None)
    assert (up.device.machine, device.sas) == (before, {"laptop1": LIVE})


def test_next_persons_tunnel_begins_only_when_nothing_of_the_last_is_left(up: Agent, device: FakeDevice) -> None:
    signed_in(up, device, ALICE)
    device.who = BOB

    up.turn()
    assert device.told() == [f"evict {ALICE.user}", "user: no routes"]
    up.turn()

    assert device.told() == ["user: lock", "user: load", "user: begin"]


def test_another_profile_is_another_tunnel(up: Agent, device: FakeDevice) -> None:
    signed_in(up, device, ALICE)
    before = up.user
    up.turn()
    assert up.user is before

    device.who = replace(ALICE, profile="another")
    up.turn()

    assert up.user is not None
    assert up.user is not before


def test_what_an_agent_before_left_of_somebody_is_ended(agent: Agent, device: FakeDevice) -> None:
    device.instance = "99-8"
    device.sas[BOB.user] = LIVE

    agent.turn()
    agent.turn()

    assert f"evict {BOB.user}" in device.told()
    assert BOB.user not in device.sas


def test_state_that_cannot_be_read_is_nobody(up: Agent, device: FakeDevice) -> None:
    signed_in(up, device, ALICE)
    device.wrong_state = True

    up.turn()

    assert up.user is None
    assert f"evict {ALICE.user}" in device.told()


def test_person_without_a_profile_leaves_the_device_tunnel_alone(up: Agent, device: FakeDevice) -> None:
    device.tunnels.clear()
    device.who = ALICE

    with pytest.raises(NotFound):
        up.turn()
    up.turn()

    assert (up.user, up.device.machine.phase) == (None, Phase.UP)


def test_fault_in_the_user_tunnel_is_not_felt_by_the_device_tunnel(up: Agent, device: FakeDevice, clock: Clock) -> None:
    device.who, device.broken = ALICE, {"user: lock"}
    before = up.device.machine

    for _ in range(3):
        clock.now += 1
        up.turn()

    user = device.last(Kind.USER)
    assert user is not None
    assert user.reason == "user: lock: planted fault"
    assert up.device.machine == before


def test_user_tunnel_comes_back_with_charon(up: Agent, device: FakeDevice) -> None:
    signed_in(up, device, ALICE)
    device.instance, device.sas = "", {}
    up.turn()
    up.turn()
    assert device.told() == ["close", "no routes", "user: no routes"]

    device.instance = "99-8"
    up.turn()

    assert device.told() == ["lock", "load", "begin", "user: lock", "user: load", "user: begin"]


def test_reason_belongs_to_the_tunnel_whose_connection_it_is(agent: Agent, device: FakeDevice) -> None:
    device.who = ALICE
    agent.turn()
    device.wake(device.tunnels[ALICE.user].connection, "the RADIUS server refused this person")
    device.wake("evertunnel-device", "the gateway does not answer")
    device.wake("evertunnel-user-of-before", "the gateway ended the tunnel")
    device.wake("", None)

    agent.turn()

    reasons = [report.reason for kind in Kind if (report := device.last(kind))]
    assert reasons == ["the gateway does not answer", "the RADIUS server refused this person"]


def test_late_answer_to_a_knock_of_who_is_gone_does_nothing(
    profile: DeviceProfile, key: Secret, device: FakeDevice, clock: Clock
) -> None:
    later: list[Callable[[], None]] = []
    agent = Agent(settings.of_device(profile, key), device, clock=clock, start=later.append)
    device.who, device.answer = ALICE, Answer.SILENT
    device.sas = {ALICE.user: (Sa(unique_id=2, carries=True, address=USERS),)}
    agent.turn()
    device.who = None
    agent.turn()
    for work in later:
        work()
    device.told()

    agent.turn()

    assert not [each for each in device.told() if "routes from" in each]


def test_look_is_answered_when_everything_is_done(up: Agent, device: FakeDevice) -> None:
    signed_in(up, device, ALICE)
    device.who = None
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(up.look()))
    asking.start()

    while asking.is_alive():
        up.turn()
        asking.join(0.01)

    assert answers == [True]
    assert ALICE.user not in device.sas


def signed_in(agent: Agent, device: FakeDevice, who: SignedIn) -> None:
    device.who = who
    device.sas[who.user] = (Sa(unique_id=2, carries=True, address=USERS),)
    for _ in range(3):
        agent.turn()
    assert agent.user is not None
    assert agent.user.machine.phase is Phase.UP
    device.told()
