from dataclasses import replace

import pytest

from evertunnel import documents
from evertunnel.drivers.fake import FakeAccounts, FakeFiles, FakeServices
from evertunnel.drivers.fake_charon import FakeCharon
from evertunnel.drivers.host.values import File
from evertunnel.drivers.nft import Element
from evertunnel.errors import DocumentError, EngineRejected, EngineUnavailable
from evertunnel.gateway import connection, loading
from evertunnel.gateway.engine import GatewayEngine
from evertunnel.gateway.model import Connections, State
from evertunnel.gateway.render import CONNECTIONS
from evertunnel.reconcile.local import HostDrivers, Local
from evertunnel.reconcile.services import Service


def test_second_look_has_nothing_to_do(connections: Connections) -> None:
    engine = applied(connections, FakeCharon(), FakeSets())

    assert engine.diff(engine.observe(), wanted(connections)) == ()
    assert [str(each) for each in engine.verify(wanted(connections)) if not each.held] == []


def test_unloaded_connection_is_seen_and_healed(connections: Connections) -> None:
    charon = FakeCharon()
    engine = applied(connections, charon, FakeSets())
    charon.unload_conn(connection.name(connections))

    actions = engine.diff(engine.observe(), wanted(connections))
    for action in actions:
        engine.perform(action)

    assert len(actions) == 1
    assert charon.get_conns() == (connection.name(connections),)


def test_strange_connection_of_ours_is_unloaded(connections: Connections) -> None:
    charon = FakeCharon()
    engine = applied(connections, charon, FakeSets())
    charon.load_conn("evertunnel-device-strange", {})

    for action in engine.diff(engine.observe(), wanted(connections)):
        engine.perform(action)

    assert charon.get_conns() == (connection.name(connections),)


def test_closed_latch_is_said_in_words(connections: Connections) -> None:
    engine = applied(connections, FakeCharon(), FakeSets(()))

    (evidence,) = (each for each in engine.verify(wanted(connections)) if not each.held)

    assert str(evidence).startswith("gateway latch: open: UDP none;")


def test_shut_latch_of_a_running_gateway_is_seen(connections: Connections) -> None:
    shut, fine = applied(connections, FakeCharon(), FakeSets(())), applied(connections, FakeCharon(), FakeSets())

    assert shut.observe().latch_is_shut
    assert not fine.observe().latch_is_shut


def test_absent_charon_has_nothing_loaded(connections: Connections) -> None:
    def absent() -> FakeCharon:
        raise EngineUnavailable("charon is not there")

    engine = GatewayEngine(host=host(), sets=FakeSets(), charon=absent, sleep=lambda _: None)

    assert engine.observe() == State()
    assert engine.verify(engine.empty())[0].held
    assert not all(each.held for each in engine.verify(wanted(connections)))


def test_document_that_sessions_would_not_read_is_refused_before_anything_is_touched(connections: Connections) -> None:
    engine = GatewayEngine(host=host(), sets=FakeSets(), charon=FakeCharon, sleep=lambda _: None)
    state = wanted(connections)
    broken = replace(state, local=replace(state.local, files=(File(path=CONNECTIONS, content="{}"),)))

    engine.check(state)
    with pytest.raises(DocumentError):
        engine.check(broken)


@pytest.mark.parametrize(
    "service",
    [
        Service(name="sessions", argv=("env", "rm")),
        Service(name="sessions", argv=("evertunnel",), before=(("env", "rm"),)),
        Service(name="sessions", argv=("evertunnel",), after=(("env", "rm"),)),
    ],
)
def test_env_runs_charon_as_we_start_it_and_nothing_else(connections: Connections, service: Service) -> None:
    engine = GatewayEngine(host=host(), sets=FakeSets(), charon=FakeCharon, sleep=lambda _: None)
    state = wanted(connections)

    with pytest.raises(EngineRejected, match="a program under env"):
        engine.check(replace(state, local=replace(state.local, services=(service,))))


# Helpers


class FakeSets:
    def __init__(self, ports: tuple[str, ...] = ("4500", "500")) -> None:
        self._ports = ports

    def elements(self, set_name: str) -> tuple[Element, ...]:
        assert set_name == "latch"
        return tuple(Element(value=port) for port in self._ports)


def host() -> HostDrivers:
    return HostDrivers(files=FakeFiles(), accounts=FakeAccounts(), services=FakeServices())


def wanted(connections: Connections) -> State:
    file = File(path=CONNECTIONS, content=documents.to_json(connections), mode=0o600)
    services = tuple(Service(name=name, argv=("evertunnel", name)) for name in ("charon", "sessions"))
    return State(
        local=Local(files=(file,), services=services),
        connections=(connection.name(connections),),
        pools=(connections.device.pool.engine_name,),
    )


def applied(connections: Connections, charon: FakeCharon, sets: FakeSets) -> GatewayEngine:
    engine = GatewayEngine(host=host(), sets=sets, charon=lambda: charon, sleep=lambda _: None)
    for action in engine.diff(engine.observe(), wanted(connections)):
        engine.perform(action)
    loading.load(charon, connections)
    return engine
