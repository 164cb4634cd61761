"""One tunnel's keeper: its commands in their order, and what becomes of those that fail."""

from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from evertunnel.client import settings
from evertunnel.client.keeper import Keeper, Surroundings, report_of
from evertunnel.client.machine import Answer, Machine, Phase, Sa
from evertunnel.client.settings import Kind, Settings
from evertunnel.client.status import Report
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.profiles.user import UserProfile
from evertunnel.values import Secret

ADDRESS = IPv4Address("10.98.0.1")
LIVE = (Sa(unique_id=1, carries=True, address=ADDRESS),)


class Everything:
    """Device and engine in one."""

    instance = "41-7"

    def __init__(self) -> None:
        self.sas: tuple[Sa, ...] = ()
        self.broken: set[str] = set()
        self.did: list[str] = []
        self.reports: list[Report] = []

    def do(self, what: str) -> None:
        if what in self.broken:
            raise EngineRejected(f"{what}: planted fault")
        self.did.append(what)

    def load(self, settings: Settings) -> None:
        self.do("load")

    def begin(self, settings: Settings) -> None:
        self.do("begin")

    def ours(self, settings: Settings) -> tuple[Sa, ...]:
        return self.sas

    def terminate(self, ike_id: int, *, force: bool) -> None:
        self.do(f"terminate {ike_id} {force}")

    def lock(self, settings: Settings) -> None:
        self.do("lock")

    def install_routes(self, settings: Settings, address: IPv4Address) -> None:
        self.do(f"routes from {address}")

    def remove_routes(self, kind: Kind) -> None:
        self.do(f"no routes of the {kind.value}")

    def knock(self, settings: Settings, address: IPv4Address) -> Answer:
        return Answer.ANSWERED

    def report(self, report: Report) -> None:
        self.reports.append(report)

    def withdraw_report(self, kind: Kind) -> None:
        raise AssertionError(kind)


@pytest.fixture
def around() -> Everything:
    return Everything()


@pytest.fixture
def wanted(user_profile: UserProfile, user_key: Secret) -> Settings:
    return settings.of_user(user_profile, user_key)


@pytest.fixture
def keeper(wanted: Settings, around: Everything) -> Keeper:
    def at_once(work: Callable[[], None]) -> None:
        work()

    surroundings = Surroundings(
        device=around, clock=lambda: 100.0, wall=lambda: 1100.0, jitter=lambda: 0.5, start=at_once, on_loop=at_once
    )
    return Keeper(wanted, surroundings)


@pytest.mark.parametrize(("broken", "done"), [("lock", []), ("load", ["lock"]), ("begin", ["lock", "load"])])
def test_attempt_ends_at_its_first_failure_and_says_why(
    keeper: Keeper, around: Everything, broken: str, done: list[str]
) -> None:
    around.broken = {broken}

    keeper.turn(around)
    keeper.report()

    assert around.did == done
    assert (keeper.machine.phase, around.reports[-1].reason) == (Phase.DOWN, f"{broken}: planted fault")


def test_failing_routes_do_not_end_the_tunnel(keeper: Keeper, around: Everything) -> None:
    around.sas, around.broken = LIVE, {f"routes from {ADDRESS}"}

    keeper.turn(around)

    assert keeper.machine.phase is Phase.UP


def test_without_charon_the_tunnel_and_its_routes_are_gone(keeper: Keeper, around: Everything) -> None:
    around.sas = LIVE
    keeper.turn(around)
    around.did.clear()

    keeper.lose()

    assert (keeper.machine.phase, around.did) == (Phase.AWAY, ["no routes of the user"])


def test_dead_sa_is_ended_at_once(keeper: Keeper, around: Everything) -> None:
    around.sas = LIVE
    keeper.turn(around)
    around.sas = (Sa(unique_id=1, carries=False, address=ADDRESS),)

    keeper.turn(around)

    assert around.did[-2:] == ["no routes of the user", "terminate 1 True"]


def test_command_without_charon_is_only_logged(keeper: Keeper, around: Everything) -> None:
    around.sas = (Sa(unique_id=1, carries=False),)

    class Slow(Everything):
        def terminate(self, ike_id: int, *, force: bool) -> None:
            raise EngineUnavailable("charon did not answer terminate")

    slow = Slow()
    slow.sas = LIVE
    keeper.turn(slow)
    slow.sas = around.sas
    keeper.turn(slow)

    assert keeper.machine.phase is Phase.DOWN


def test_report_is_written_when_it_is_new(keeper: Keeper, around: Everything) -> None:
    for _ in range(3):
        keeper.report()
    keeper.hear("the gateway does not answer")
    keeper.report()

    assert [each.reason for each in around.reports] == ["", "the gateway does not answer"]


def test_report_is_in_the_walls_time(wanted: Settings) -> None:
    machine = Machine(phase=Phase.DOWN, since=5.0, retry_at=7.0)

    report = report_of(machine, wanted, "", ahead=1000.0, now=6.0)

    assert (report.since, report.retry_at, report.written_at, report.answered_at) == (1005.0, 1007.0, 1006.0, None)
    assert (report.kind, report.name) == (Kind.USER, "alice@corp.contoso.com")
