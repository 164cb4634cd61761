from dataclasses import replace

import pytest

from evertunnel.drivers.host.units import ServiceStatus, Unit

UNIT = Unit(name="signer", argv=("evertunnel", "signer"), environment={"TOKEN": "hunter2"})


def test_name_that_could_be_a_path_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="not the name of a service"):
        Unit(name="../signer", argv=("x",))


def test_environment_is_not_shown() -> None:
    assert "hunter2" not in repr(UNIT)


def test_service_runs_only_if_started_from_what_is_installed() -> None:
    status = ServiceStatus(unit=UNIT, pid=7, started_digest=UNIT.digest())

    assert status.is_running
    assert not replace(status, pid=None).is_running
    assert not replace(status, unit=replace(UNIT, generation="2")).is_running
