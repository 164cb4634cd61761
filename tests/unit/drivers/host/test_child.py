"""What a child does before and after its program; lives of real programs are in tests/engine/test_supervisor.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evertunnel.drivers.host.child import Child
from evertunnel.drivers.host.journal import Journal
from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.errors import EngineRejected

FAILS = ("sh", "-c", "echo not yet >&2; false")


@pytest.fixture
def children() -> Iterator[list[Child]]:
    made: list[Child] = []
    yield made
    for child in made:
        child.end()


def test_new_child_does_nothing_until_it_is_wanted(children: list[Child], tmp_path: Path) -> None:
    unit = Unit(name="x", argv=("true",), before=(("touch", str(tmp_path / "before")),))

    assert made(children, unit, tmp_path).status() == ServiceStatus(unit=unit)
    assert not (tmp_path / "before").exists()


def test_program_whose_before_fails_is_not_started_and_the_reason_is_told(
    children: list[Child], tmp_path: Path
) -> None:
    child = made(children, Unit(name="x", argv=("touch", str(tmp_path / "ran")), before=(FAILS,)), tmp_path)

    with pytest.raises(EngineRejected, match=r"service x does not start: .*not yet"):
        child.start()

    assert not (tmp_path / "ran").exists()
    assert "not yet" in (tmp_path / "x.log").read_text()


def test_program_of_a_user_that_is_not_there_is_not_started(children: list[Child], tmp_path: Path) -> None:
    unit = Unit(name="x", argv=("touch", str(tmp_path / "ran")), user="evertunnel-nobody-has-this")

    with pytest.raises(EngineRejected, match="evertunnel-nobody-has-this"):
        made(children, unit, tmp_path).start()

    assert not (tmp_path / "ran").exists()


def test_each_command_of_after_runs_whatever_becomes_of_the_others(children: list[Child], tmp_path: Path) -> None:
    unit = Unit(name="x", argv=("true",), after=(FAILS, ("touch", str(tmp_path / "cleaned"))))

    made(children, unit, tmp_path).run_after()

    assert (tmp_path / "cleaned").exists()


def test_child_that_does_not_run_is_stopped_at_once(children: list[Child], tmp_path: Path) -> None:
    child = made(children, Unit(name="x", argv=("true",)), tmp_path)

    child.stop(timeout=0)

    assert child.status().pid is None


def made(children: list[Child], unit: Unit, place: Path) -> Child:
    child = Child(unit, Journal(place / f"{unit.name}.log"), clock=lambda: 0.0)
    children.append(child)
    return child
