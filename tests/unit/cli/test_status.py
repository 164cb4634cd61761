from ipaddress import IPv4Address

from evertunnel.cli.status import lines
from evertunnel.control_plane.status import ServiceLine, SessionLine, Status

SERVICES = (ServiceLine(name="charon", runs=True, restarts=0), ServiceLine(name="sessions", runs=False, restarts=3))
SESSION = SessionLine(identity="CN=laptop1", address=IPv4Address("10.99.0.1"), endpoint="198.51.100.20:4500", reach="")


def test_a_gateway_shows_services_and_tunnels() -> None:
    found = Status(host="gateway1", applied="today", is_gateway=True, services=SERVICES, sessions=(SESSION,))

    assert lines(found) == [
        "gateway1, applied today",
        "services",
        "  charon       runs",
        "  sessions     DOES NOT RUN  restarted 3 time(s)",
        "tunnels",
        "  10.99.0.1       CN=laptop1 from 198.51.100.20:4500, NOT ADMITTED",
    ]
    assert not found.runs


def test_where_nothing_was_applied_nothing_runs() -> None:
    found = Status(host="", applied="never", is_gateway=False, services=(), sessions=())

    assert lines(found) == ["nothing was applied on this host: evertunnel apply FILE"]
    assert not found.runs
