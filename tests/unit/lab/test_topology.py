import tomllib
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from evertunnel import documents
from evertunnel.errors import DocumentError
from evertunnel.lab import topology
from evertunnel.plan.model import Plan

CONTOSO = (Path(__file__).parents[3] / "examples" / "contoso.toml").read_text()


def test_every_host_of_the_plan_is_there_with_its_cards() -> None:
    machines = topology.of(_plan()).machines

    assert {name for name, machine in machines.items() if machine.managed} == {"edge1", "gateway1", "inner1", "core1"}
    assert [card.interface for card in machines["gateway1"].cards] == ["external", "internal"]


def test_the_internet_owns_the_next_hop_that_no_host_of_the_plan_owns() -> None:
    internet = topology.of(_plan()).machines["internet"]

    assert IPv4Address("192.0.2.1") in {card.address.ip for card in internet.cards}
    assert IPv4Address("203.0.113.1") not in {card.address.ip for card in internet.cards}
    assert ("203.0.113.0/28", "192.0.2.2") in internet.routes


def test_nothing_outside_knows_a_way_to_the_inside() -> None:
    machines = topology.of(_plan()).machines

    for name in ("internet", "homerouter", "laptop1", "laptop2", "stranger"):
        assert not any(network.startswith("10.") for network, _ in machines[name].routes)


def test_the_lab_makes_no_managed_host_a_router() -> None:
    assert not any(machine.forwards for machine in topology.of(_plan()).machines.values() if machine.managed)


def test_laptops_know_the_gateway_by_its_public_name_and_nothing_inside() -> None:
    assert topology.of(_plan()).machines["laptop1"].names == {"vpn.contoso.com": "203.0.113.10"}


def test_the_gateway_knows_where_revocation_lists_are_published() -> None:
    assert topology.of(_plan()).machines["gateway1"].names["pki.corp.contoso.com"] == "10.0.0.20"


def test_servers_answer_on_the_ports_of_every_reach() -> None:
    machines = topology.of(_plan()).machines

    assert set(machines["mgmt1"].pages) == {"80", "5985"}
    assert set(machines["intranet1"].pages) == {"80"}
    assert not machines["core1"].pages


def test_a_printer_that_the_plan_does_not_know_stands_inside() -> None:
    topo = topology.of(_plan())

    assert str(topo.address("printer1")) == "10.0.0.66"
    assert topo.machines["printer1"].cards[0].network == IPv4Network("10.0.0.0/24")


def test_a_plan_that_uses_the_laptops_networks_is_refused_before_anything_is_made() -> None:
    with pytest.raises(DocumentError, match=r"hosts\.intranet1: 192\.168\.178\.30/24 lies in 192\.168\.178\.0/24"):
        topology.of(_plan(CONTOSO.replace("10.0.0.30/24", "192.168.178.30/24")))


def _plan(text: str = CONTOSO) -> Plan:
    return documents.read(Plan, tomllib.loads(text), name="contoso.toml")
