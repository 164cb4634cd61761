from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address

import pytest

from evertunnel.access import Policy
from evertunnel.drivers.fake import FakeAccounts, FakeFiles, FakeServices
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.radius.engine import RadiusEngine
from evertunnel.radius.model import PolicySettings, Probe, RadiusClient, State, Tokens
from evertunnel.radius.render import freeradius_files
from evertunnel.reconcile.local import HostDrivers, Local
from evertunnel.reconcile.model import Evidence
from evertunnel.reconcile.services import Service
from evertunnel.values import Fqdn, GroupName, HostName, Secret

TOKENS = Tokens.of(Secret("policy-token-policy-token"))
ADDRESS = IPv4Address("10.0.0.20")
POLICY = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
FILES = freeradius_files(
    address=ADDRESS,
    port=1812,
    vendor=32_473,
    settings=PolicySettings(tokens=TOKENS, policy=POLICY),
    clients=(RadiusClient(name=HostName("gateway1"), address=ADDRESS, secret=Secret("gateway-secret-gateway-secret")),),
)
STATE = State(
    local=Local(files=FILES, services=(Service(name="policy", argv=("evertunnel", "service", "policy")),)),
    probe=Probe(address=ADDRESS, port=1812, secret=Secret("x"), policy_port=812, tokens=TOKENS),
)


def test_second_apply_has_nothing_to_do() -> None:
    engine = radius()
    for action in engine.diff(engine.observe(), STATE):
        engine.perform(action)

    assert engine.diff(engine.observe(), STATE) == ()
    assert all(evidence.held for evidence in engine.verify(STATE))


def test_removal_leaves_nothing() -> None:
    engine = radius()
    for wanted in (STATE, engine.empty()):
        for action in engine.diff(engine.observe(), wanted):
            engine.perform(action)

    assert engine.observe().local.files == ()
    assert engine.observe().local.services == ()
    assert engine.verify(engine.empty())[0].held


def test_configuration_is_checked_whole_and_before_anything_is_written() -> None:
    program = FakeProgram()
    engine = radius(program)

    engine.check(STATE)

    assert sorted(program.checked) == ["clients.conf", "dictionary", "radiusd.conf", "site.conf"]
    assert engine.observe() == State()


def test_configuration_that_freeradius_refuses_is_refused() -> None:
    with pytest.raises(EngineRejected, match="wrong"):
        radius(FakeProgram(words="site.conf[16]: wrong")).check(STATE)


def test_nothing_wanted_is_not_checked() -> None:
    program = FakeProgram(words="not even installed")

    radius(program).check(State())

    assert program.checked == {}


@pytest.mark.parametrize(
    ("alive", "says", "part"),
    [
        (False, f"{TOKENS.answers.reveal()} ready", "RADIUS answers"),
        (True, "wrong ready", "policy answers"),
        (True, "", "policy answers"),
        (True, None, "policy answers"),
    ],
)
def test_service_without_the_right_answer_is_not_verified(*, alive: bool, says: str | None, part: str) -> None:
    engine = radius(asker=FakeAsker(alive=alive, says=says))
    for action in engine.diff(engine.observe(), STATE):
        engine.perform(action)

    assert [evidence.part for evidence in engine.verify(STATE) if not evidence.held] == [part]


def test_evidence_shows_no_secret() -> None:
    shown = " ".join(
        str(evidence) for evidence in radius(asker=FakeAsker(says="wrong")).verify(State(probe=STATE.probe))
    )

    assert TOKENS.answers.reveal() not in shown


def test_the_evidence_warns_of_an_old_freeradius() -> None:
    assert str(version(3, 2, 1)).startswith("FreeRADIUS version: 3.2.1; it does not read require_message")
    assert str(version(3, 2, 7)) == "FreeRADIUS version: 3.2.7"


def version(*number: int) -> Evidence:
    major, minor, patch = number
    seen = radius(FakeProgram(number=(major, minor, patch))).verify(State(probe=STATE.probe))
    return next(each for each in seen if each.part == "FreeRADIUS version")


@dataclass
class FakeProgram:
    number: tuple[int, int, int] = (3, 2, 7)
    words: str = ""
    checked: Mapping[str, str] = field(default_factory=dict)

    def version(self) -> tuple[int, int, int]:
        return self.number

    def check(self, files: Mapping[str, str]) -> None:
        self.checked = files
        if self.words:
            raise EngineRejected(self.words)


@dataclass
class FakeAsker:
    alive: bool = True
    says: str | None = f"{TOKENS.answers.reveal()} ready"

    def radius_is_alive(self, _: Probe) -> bool:
        return self.alive

    def policy_says(self, _: Probe) -> str:
        if self.says is None:
            raise EngineUnavailable("nobody listens")
        return self.says


def radius(program: FakeProgram | None = None, asker: FakeAsker | None = None) -> RadiusEngine:
    host = HostDrivers(files=FakeFiles(), accounts=FakeAccounts(), services=FakeServices())
    return RadiusEngine(host=host, program=program or FakeProgram(), asker=asker or FakeAsker(), sleep=lambda _: None)
