from dataclasses import replace

import pytest

from evertunnel.drivers.host.units import ServiceStatus, Unit

UNIT = Unit(name="signer", argv=("evertunnel", "signer"), environment={"TOKEN": "hunter2"})


def test_name_that_could_be_a_path_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="not the name of a service"):
        Unit(name="../signer", argv=("x",))


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "root\nExecStartPre=/bin/sh"},
        {"user": ""},
        {"groups": ("a b",)},
        {"capabilities": ("NET_ADMIN\nUser=root",)},
        {"generation": "1\nExecStart=x"},
        {"environment": {"A=B\nX": "1"}},
    ],
)
def test_word_that_could_be_another_line_of_a_unit_file_cannot_be_built(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        replace(UNIT, **wrong)  # type: ignore[arg-type] # keywords of the test


def test_environment_is_not_shown() -> None:
    assert "hunter2" not in repr(UNIT)


def test_service_runs_only_if_started_from_what_is_installed() -> None:
    status = ServiceStatus(unit=UNIT, pid=7, started_digest=UNIT.digest())

    assert status.is_running
    assert not replace(status, pid=None).is_running
    assert not replace(status, unit=replace(UNIT, generation="2")).is_running
