"""The loop with a device that only remembers what it was told; each turn is called by hand."""

from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from evertunnel.client.agent import Agent, report_of
from evertunnel.client.machine import Answer, Machine, Phase, Sa
from evertunnel.client.status import Report
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.profiles.device import DeviceProfile

ADDRESS = IPv4Address("10.99.0.1")
LIVE = (Sa(unique_id=1, carries=True, address=ADDRESS),)


class FakeEngine:
    def __init__(self, device: "FakeDevice") -> None:
        self._device = device
        self.instance = device.instance

    def load(self) -> None:
        self._device.do("load")

    def begin(self) -> None:
        self._device.do("begin")

    def ours(self) -> tuple[Sa, ...]:
        if self._device.instance != self.instance:
            raise EngineUnavailable("charon did not answer list-sas")
        return self._device.sas

    def terminate(self, ike_id: int, *, force: bool) -> None:
        self._device.do(f"terminate {ike_id} {'force' if force else ''}".strip())

    def close(self) -> None:
        self._device.do("close")


class FakeDevice:
    def __init__(self, instance: str = "41-7") -> None:
        self.instance = instance
        self.sas: tuple[Sa, ...] = ()
        self.answer = Answer.ANSWERED
        self.network = "default via 198.51.100.1"
        self.broken: set[str] = set()
        self.did: list[str] = []
        self.reports: list[Report] = []
        self.wake: Callable[[str | None], None] = lambda _: None

    def do(self, what: str) -> None:
        if what in self.broken:
            raise EngineRejected(f"{what}: planted fault")
        self.did.append(what)

    def connect(self, wake: Callable[[str | None], None]) -> FakeEngine:
        if not self.instance:
            raise EngineUnavailable("charon is not there")
        self.wake = wake
        return FakeEngine(self)

    def lock(self) -> None:
        self.do("lock")

    def install_routes(self, address: IPv4Address) -> None:
        self.do(f"routes from {address}")

    def remove_routes(self) -> None:
        self.do("no routes")

    def knock(self, address: IPv4Address) -> Answer:
        self.do(f"knock from {address}")
        return self.answer

    def outside(self) -> str:
        return self.network

    def report(self, report: Report) -> None:
        self.reports.append(report)

    def told(self) -> list[str]:
        told, self.did = self.did, []
        return told


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def device() -> FakeDevice:
    return FakeDevice()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def agent(profile: DeviceProfile, device: FakeDevice, clock: Clock) -> Agent:
    return Agent(profile, device, clock=clock, start=lambda work: work())


def test_attempt_and_tunnel_in_their_order(agent: Agent, device: FakeDevice) -> None:
    agent.turn()
    assert device.told() == ["lock", "load", "begin"]

    device.sas = LIVE
    agent.turn()
    agent.turn()

    assert device.told() == ["routes from 10.99.0.1", "knock from 10.99.0.1"]
    assert [report.phase for report in device.reports] == [Phase.CONNECTING, Phase.UNANSWERED, Phase.UP]
    assert device.reports[-1].address == ADDRESS


@pytest.mark.parametrize(("broken", "done"), [("lock", []), ("load", ["lock"]), ("begin", ["lock", "load"])])
def test_attempt_ends_at_its_first_failure_and_says_why(
    agent: Agent, device: FakeDevice, broken: str, done: list[str]
) -> None:
    device.broken = {broken}

    agent.turn()

    assert device.told() == done
    assert (agent.machine.phase, device.reports[-1].reason) == (Phase.DOWN, f"{broken}: planted fault")


def test_failing_routes_do_not_end_the_tunnel(agent: Agent, device: FakeDevice) -> None:
    device.sas, device.broken = LIVE, {"routes from 10.99.0.1"}

    agent.turn()

    assert agent.machine.phase is Phase.UNANSWERED
    assert device.told() == ["knock from 10.99.0.1"]


def test_charon_that_is_gone_is_waited_for(agent: Agent, device: FakeDevice) -> None:
    device.sas = LIVE
    agent.turn()
    device.told()

    device.instance, device.sas = "", ()
    agent.turn()
    agent.turn()
    assert (device.told(), agent.machine.phase) == (["close", "no routes"], Phase.AWAY)

    device.instance = "99-8"
    agent.turn()
    assert device.told() == ["lock", "load", "begin"]


def test_charon_that_is_only_slow_keeps_its_tunnel(agent: Agent, device: FakeDevice) -> None:
    device.sas = LIVE
    agent.turn()
    agent.turn()
    before, device.instance = agent.machine, "slow"
    agent.turn()
    device.instance = "41-7"
    agent.turn()

    assert agent.machine == before


def test_reason_that_charon_tells_is_reported(agent: Agent, device: FakeDevice) -> None:
    agent.turn()
    device.wake("the gateway does not answer")
    device.wake(None)
    agent.turn()

    assert device.reports[-1].reason == "the gateway does not answer"


def test_change_of_network_is_noticed(agent: Agent, device: FakeDevice, clock: Clock) -> None:
    device.sas = LIVE
    agent.turn()
    agent.turn()
    device.told()
    clock.now += 1
    device.network = "default via 192.0.2.1"

    agent.turn()

    assert device.told() == ["lock", "knock from 10.99.0.1"]


def test_report_is_renewed_so_that_it_never_looks_stale(agent: Agent, device: FakeDevice, clock: Clock) -> None:
    device.instance = ""
    for _ in range(30):
        agent.turn()
        clock.now += 1

    assert len(device.reports) == 6


def test_report_is_in_the_walls_time(profile: DeviceProfile) -> None:
    machine = Machine(phase=Phase.DOWN, since=5.0, retry_at=7.0)

    report = report_of(machine, profile, "", ahead=1000.0, now=6.0)

    assert (report.since, report.retry_at, report.written_at, report.answered_at) == (1005.0, 1007.0, 1006.0, None)
