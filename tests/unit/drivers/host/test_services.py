"""The client against a supervisor in this process; real services are in tests/engine/test_supervisor.py."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.drivers import local_socket
from evertunnel.drivers.host.services import SupervisorClient, services_driver
from evertunnel.drivers.host.supervisor import Places, Supervisor
from evertunnel.drivers.host.systemd import Systemd
from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.errors import EngineRejected

UNIT = Unit(name="signer", argv=("sleep", "60"))


def test_host_that_was_booted_by_systemd_is_systemds(tmp_path: Path) -> None:
    assert isinstance(services_driver(tmp_path), Systemd)
    assert isinstance(services_driver(tmp_path / "none"), SupervisorClient)


def test_without_a_supervisor_what_is_installed_does_not_run(places: Places) -> None:
    places.units.mkdir()
    (places.units / "signer.json").write_text(documents.to_json(UNIT))

    assert SupervisorClient(places).observe() == {"signer": ServiceStatus(unit=UNIT)}


def test_supervisor_that_is_not_there_needs_no_end(places: Places) -> None:
    SupervisorClient(places, argv=("false",)).shut_down()

    assert not places.logs.exists()


def test_program_is_looked_for_on_this_host(places: Places) -> None:
    client = SupervisorClient(places)

    assert client.has_program(Unit(name="x", argv=("sh",)))
    assert client.has_program(Unit(name="x", argv=("evertunnel", "service", "client")))
    assert not client.has_program(Unit(name="x", argv=("evertunnel-no-such-program",)))


@pytest.mark.usefixtures("supervisor")
def test_installed_service_is_known_until_it_is_removed(places: Places) -> None:
    client = SupervisorClient(places)

    client.install(UNIT)
    assert client.observe() == {"signer": ServiceStatus(unit=UNIT)}
    client.remove("signer")
    assert client.observe() == {}


@pytest.mark.usefixtures("supervisor")
def test_what_the_supervisor_refuses_is_an_error_with_its_words(places: Places) -> None:
    client = SupervisorClient(places)

    with pytest.raises(EngineRejected, match="no service 'signer' is installed"):
        client.start("signer")
    client.install(UNIT)
    with pytest.raises(EngineRejected, match="services are installed: signer"):
        client.shut_down()


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(units=tmp_path / "units", socket=tmp_path / "s", logs=tmp_path / "logs")


@pytest.fixture
def supervisor(places: Places) -> Iterator[None]:
    supervisor = Supervisor(places)
    server = local_socket.Server(path=places.socket, answer=supervisor.answer)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield
    server.close()
    thread.join()
    supervisor.end()
