from dataclasses import replace

from evertunnel.drivers.host.units import Unit
from evertunnel.gateway.diff import LoadConnections, UnloadConnection, diff
from evertunnel.gateway.model import State
from evertunnel.reconcile.local import Local
from evertunnel.reconcile.model import Effect
from evertunnel.reconcile.services import Service, StartService

SERVICE = Service(name="sessions", argv=("evertunnel", "service", "sessions"), effect_of_start=Effect.OPENS)
WANTED = State(local=Local(services=(SERVICE,)), connections=("evertunnel-device-a",), pools=("evertunnel-p",))


def test_equal_states_differ_in_nothing() -> None:
    assert diff(WANTED, WANTED) == ()


def test_unloaded_connection_is_loaded() -> None:
    (action,) = diff(State(local=WANTED.local, pools=WANTED.pools), WANTED)

    assert str(action) == "load connections into charon: evertunnel-device-a not loaded"
    assert action.effect is Effect.OPENS


def test_strange_connection_of_ours_is_unloaded_first() -> None:
    strange = State(local=WANTED.local, connections=("evertunnel-device-b",), pools=WANTED.pools)

    first, second = diff(strange, WANTED)

    assert isinstance(first, UnloadConnection)
    assert isinstance(second, LoadConnections)


def test_service_that_starts_loads_by_itself() -> None:
    assert [type(action) for action in diff(State(), WANTED)] == [StartService]


def test_latch_that_was_lost_with_its_table_is_opened_again_by_a_fresh_sessions_service() -> None:
    (action,) = diff(replace(WANTED, latch_is_shut=True), WANTED)

    assert str(action) == "restart service sessions: the latch is shut"
    assert action.effect is Effect.OPENS


def test_nothing_is_loaded_into_a_gateway_that_goes() -> None:
    assert all(action.effect is not Effect.OPENS for action in diff(WANTED, State()))
    assert isinstance(SERVICE.unit(), Unit)
