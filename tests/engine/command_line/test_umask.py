"""A host on which root has an odd umask: services can pass, nobody else can write."""

from pathlib import Path

import pytest
from tests.engine.command_line.machine import PLAN, PROGRAM, Machine, prepare, started

pytestmark = pytest.mark.engine
PASSED = ("/etc/evertunnel", "/var/lib/evertunnel", "/run/evertunnel", "/var/log/evertunnel")


@pytest.mark.parametrize("umask", ["077", "000"])
def test_apply_under_any_umask_lets_services_pass_and_nobody_write(disks: Path, umask: str) -> None:
    with started(disks / f"umask{umask}", "core1") as machine:
        prepare(machine)
        machine.types("remove", status=0)
        machine.host.run(["sh", "-c", "rm -rf /etc/evertunnel /run/evertunnel /var/log/evertunnel"])

        done = machine.host.run(["sh", "-c", f"umask {umask}; {PROGRAM} apply {PLAN}"], check=False)

        assert done.returncode == 0, done.stderr
        assert modes(machine) == ["755"] * len(PASSED)


def modes(machine: Machine) -> list[str]:
    return machine.host.run(["stat", "-c", "%a", *PASSED]).stdout.split()
