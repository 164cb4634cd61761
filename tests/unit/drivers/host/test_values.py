from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from evertunnel.drivers.host.values import File, Route


def test_route_reads_as_what_it_does() -> None:
    inside = Route(network=IPv4Network("10.0.0.0/24"), via=IPv4Address("10.0.1.1"))

    assert str(inside) == "10.0.0.0/24 via 10.0.1.1"
    assert str(Route(network=IPv4Network("10.99.0.0/24"))) == "10.99.0.0/24 to nowhere"


def test_content_of_a_file_is_never_in_its_repr() -> None:
    assert "hunter2" not in repr(File(path=Path("/etc/evertunnel/x"), content="hunter2"))
