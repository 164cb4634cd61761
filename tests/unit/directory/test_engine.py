from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.directory import records
from evertunnel.directory.engine import DirectoryEngine
from evertunnel.directory.model import Kind, PlannedHost, State
from evertunnel.errors import EngineRejected
from evertunnel.store import open_store
from evertunnel.store.audit import Act
from evertunnel.values import GroupName, HostName

SERVERS = GroupName("VPN Servers")
WANTED = State(
    store_is_current=True,
    groups=(GroupName("VPN Devices"), SERVERS),
    hosts=(
        PlannedHost(name=HostName("core1"), groups=()),
        PlannedHost(name=HostName("gateway1"), groups=(SERVERS,)),
    ),
)


def test_applying_makes_the_store_and_what_is_planned_and_a_second_time_nothing(engine: DirectoryEngine) -> None:
    actions = engine.diff(engine.observe(), WANTED)
    assert [str(action) for action in actions] == [
        "bring the store to this version",
        "add group VPN Devices",
        "add group VPN Servers",
        "add host core1",
        "add host gateway1",
        "put gateway1 into VPN Servers",
    ]

    _apply(engine, WANTED)

    assert engine.observe() == WANTED
    assert engine.diff(engine.observe(), WANTED) == ()
    assert [(each.held, each.what) for each in engine.verify(WANTED)] == [
        (True, "2 groups and 2 hosts are in the directory")
    ]


def test_verify_names_what_is_missing(engine: DirectoryEngine) -> None:
    (evidence,) = engine.verify(WANTED)

    assert not evidence.held
    assert "put gateway1 into VPN Servers" in evidence.what


def test_what_is_there_beside_the_plan_stays_and_is_told(engine: DirectoryEngine, store: Path) -> None:
    _apply(engine, WANTED)
    act = Act(at=1.0, actor="alice")
    with open_store(store).transaction() as connection:
        records.add_group(connection, GroupName("Sales"), act)
        records.add_computer(connection, HostName("laptop1"), Kind.DEVICE, act)
        records.add_member(connection, HostName("core1"), SERVERS, act)

    assert engine.diff(engine.observe(), WANTED) == ()
    assert engine.diff(engine.observe(), engine.empty()) == ()
    (evidence,) = engine.verify(WANTED)
    assert evidence.held
    assert evidence.what.endswith("left alone: group Sales, core1 in VPN Servers")


def test_host_named_like_a_device_is_refused(engine: DirectoryEngine, store: Path) -> None:
    _apply(engine, WANTED)
    engine.check(WANTED)
    with open_store(store).transaction() as connection:
        act = Act(at=1.0, actor="alice")
        records.remove_computer(connection, HostName("core1"), act)
        records.add_computer(connection, HostName("core1"), Kind.DEVICE, act)

    with pytest.raises(EngineRejected, match="core1: the directory has a device of this name"):
        engine.check(WANTED)


def test_removing_from_a_host_without_store_makes_none(engine: DirectoryEngine, store: Path) -> None:
    assert engine.diff(engine.observe(), engine.empty()) == ()
    assert not store.exists()


def test_state_survives_the_bundle() -> None:
    assert documents.from_json(State, documents.to_json(WANTED), name="bundle") == WANTED


def _apply(engine: DirectoryEngine, wanted: State) -> None:
    for action in engine.diff(engine.observe(), wanted):
        engine.perform(action)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store" / "store.db"


@pytest.fixture
def engine(store: Path) -> DirectoryEngine:
    return DirectoryEngine(store=store, actor="alice", clock=lambda: 1000.0)
