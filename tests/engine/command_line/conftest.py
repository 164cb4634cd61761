"""Hosts to type on; one that is prepared is shared, because preparing takes seconds."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.command_line.machine import WATCH, Machine, prepare, started


@pytest.fixture(scope="session")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("disks")


@pytest.fixture(scope="session")
def bare(disks: Path) -> Iterator[Machine]:
    """A host on which nothing was ever applied."""
    with started(disks / "bare", "bare") as machine:
        yield machine


@pytest.fixture(scope="session")
def core(disks: Path) -> Iterator[Machine]:
    """Contoso's inside host, applied."""
    with started(disks / "core1", "core1") as machine:
        machine.host.start([sys.executable, "-c", WATCH])
        prepare(machine)
        yield machine
