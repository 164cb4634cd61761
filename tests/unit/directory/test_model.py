import dataclasses

import pytest

from evertunnel import documents
from evertunnel.directory.model import Computer, Kind, PlannedHost, State
from evertunnel.values import GroupName, HostName


def test_values_survive_a_document() -> None:
    computer = Computer(name=HostName("laptop1"), kind=Kind.DEVICE, enabled=True, added=1000.5)
    host = PlannedHost(name=HostName("gateway1"), groups=(GroupName("VPN Servers"),))
    state = State(store_is_current=True, groups=(GroupName("VPN Servers"),), hosts=(host,))

    assert documents.read(Computer, documents.write(computer), name="computer") == computer
    assert documents.read(State, documents.write(state), name="state") == state


def test_computer_cannot_be_changed() -> None:
    computer = Computer(name=HostName("laptop1"), kind=Kind.DEVICE, enabled=True, added=1000.5)

    with pytest.raises(dataclasses.FrozenInstanceError):
        computer.enabled = False  # type: ignore[misc]  # what mypy refuses is refused at run time too
