import sqlite3
from contextlib import closing
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from evertunnel.access import Policy
from evertunnel.access.model import Gateway, Origin, Served
from evertunnel.plan.tunnels import EapType, Tunnel
from evertunnel.radius.suppose import Directory, device_question, user_question
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName, HostName

ALICE = "alice@corp.contoso.com"
PEOPLE = """
INSERT INTO computer VALUES
    ('laptop1', 'device', 1, 0), ('laptop2', 'device', 0, 0), ('gateway1', 'host', 1, 0);
INSERT INTO directory_group VALUES ('VPN Devices');
INSERT INTO membership VALUES ('laptop1', 'computer', 'VPN Devices'), ('laptop2', 'computer', 'VPN Devices');
INSERT INTO directory_user (name, display, enabled, added) VALUES
    ('alice@corp.contoso.com', '', 1, 0), ('bob@corp.contoso.com', '', 1, 0);
INSERT INTO certificate VALUES
    ('1', 'user', 'alice@corp.contoso.com', '', 0, 100, '', 0, NULL, NULL),
    ('2', 'user', 'alice@corp.contoso.com', '', 0, 200, '', 0, NULL, NULL),
    ('3', 'user', 'alice@corp.contoso.com', '', 0, 300, '', 0, 5, 'superseded'),
    ('4', 'mail', 'alice@corp.contoso.com', '', 0, 400, '', 0, NULL, NULL),
    ('5', 'user', 'bob@corp.contoso.com', '', 0, 100, '', 0, 5, 'superseded');
"""
POLICY = replace(
    Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management"),
    user=Served(reach="intranet", eap_types=(EapType.PEAP_EAP_TLS, EapType.EAP_TLS)),
    gateways=tuple(
        Gateway(name=HostName(f"gateway{number}"), address=IPv4Address(f"10.0.{number}.10")) for number in (1, 2)
    ),
)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(PEOPLE)
    return Directory(path)


def test_user_is_asked_about_as_freeradius_would() -> None:
    question = user_question(ALICE, "1", POLICY)

    assert (question.tunnel, question.phase, question.identity, question.outer_name) == ("user", "eap", ALICE, ALICE)
    assert (question.gateway, question.gateway_address, question.eap_type) == ("gateway1", "10.0.1.10", "peap-eap-tls")
    assert (question.port_type, question.tunnel_type) == ("Virtual", "ESP")


def test_device_is_asked_about_as_a_gateway_would() -> None:
    question = device_question("laptop1", "5f", POLICY, "gateway2")

    assert question.identity == "CN=laptop1.corp.contoso.com, serialNumber=5f"
    assert (question.tunnel, question.gateway, question.gateway_address) == ("device", "gateway2", "10.0.2.10")
    assert question.eap_type == ""


def test_gateway_that_the_plan_does_not_have_has_no_address() -> None:
    question = user_question(ALICE, "1", replace(POLICY, user=None), "gateway3")

    assert (question.gateway, question.gateway_address, question.eap_type) == ("gateway3", "", "")


def test_devices_and_users_are_known_and_hosts_are_not(directory: Directory) -> None:
    assert directory.knows(Tunnel.DEVICE, "laptop1")
    assert directory.knows(Tunnel.USER, ALICE)
    assert not directory.knows(Tunnel.DEVICE, "gateway1")
    assert not directory.knows(Tunnel.USER, "laptop1")


def test_certificate_that_is_good_the_longest_would_be_shown(directory: Directory) -> None:
    assert directory.serial_of(Tunnel.USER, ALICE) == "2"
    assert directory.serial_of(Tunnel.USER, "bob@corp.contoso.com") == "5"
    assert directory.serial_of(Tunnel.DEVICE, "laptop1") == ""


def test_device_that_a_user_comes_from_has_its_groups_while_it_is_enabled(directory: Directory) -> None:
    assert directory.origin("laptop1") == Origin(device="laptop1", groups=("VPN Devices",))
    assert directory.origin("laptop2") == Origin(device="laptop2")
