import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel.access import Policy, decide
from evertunnel.access.changes import is_identified
from evertunnel.access.model import Live, Origin, Served
from evertunnel.plan.policies import of_user_tunnel
from evertunnel.plan.tunnels import EapType
from evertunnel.radius.everyone import read
from evertunnel.radius.facts import FactsReader
from evertunnel.radius.ledger import SCHEMA
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName

NOW = 1_000.0
ALICE, BOB = "alice@corp.contoso.com", "bob@corp.contoso.com"
DEVICES = Policy.for_devices(domain=Fqdn("corp.contoso.com"), groups=(GroupName("VPN Devices"),), reach="management")
POLICY = replace(
    DEVICES,
    user=Served(reach="intranet", eap_types=(EapType.EAP_TLS,)),
    network_policies=(*DEVICES.network_policies, of_user_tunnel((GroupName("VPN Users"),))),
)


PEOPLE = """
INSERT INTO computer VALUES
    ('laptop1', 'device', 1, 0), ('laptop2', 'device', 0, 0), ('bare', 'device', 1, 0), ('core1', 'host', 1, 0);
INSERT INTO directory_group VALUES ('Staff'), ('VPN Users'), ('Everyone'), ('VPN Devices');
INSERT INTO directory_user (name, display, address, enabled, added) VALUES
    ('alice@corp.contoso.com', '', '10.98.0.7', 1, 5), ('bob@corp.contoso.com', '', NULL, 0, 5),
    ('carol@corp.contoso.com', '', NULL, 1, 5);
INSERT INTO membership VALUES
    ('alice@corp.contoso.com', 'user', 'Staff'), ('bob@corp.contoso.com', 'user', 'Staff'),
    ('Staff', 'group', 'VPN Users'), ('VPN Users', 'group', 'Everyone'), ('Everyone', 'group', 'Staff'),
    ('laptop1', 'computer', 'VPN Devices');
INSERT INTO certificate VALUES
    ('1', 'user', 'alice@corp.contoso.com', '', 0, 2000, '', 10, NULL, NULL),
    ('2', 'user', 'alice@corp.contoso.com', '', 0, 2000, '', 20, NULL, NULL),
    ('3', 'user', 'alice@corp.contoso.com', '', 0, 2000, '', 30, 50, 'superseded'),
    ('4', 'user', 'bob@corp.contoso.com', '', 0, 2000, '', 10, NULL, NULL),
    ('5', 'user', 'carol@corp.contoso.com', '', 0, 999, '', 10, NULL, NULL),
    ('6', 'device', 'laptop1', '', 0, 2000, '', 10, NULL, NULL),
    ('7', 'device', 'laptop2', '', 1001, 2000, '', 10, NULL, NULL);
"""
SESSION = """
INSERT INTO ledger_session (id, gateway, session, tunnel, name, device, "outer", "inner", started, policy, class, seen,
    heard, cause, text, interim, in_octets, out_octets, in_packets, out_packets)
VALUES (?1, 'gateway1', ?1, ?2, ?3, '', '198.51.100.20', '10.98.0.7', ?4, '', '', 0, 0, '', '', 0, 0, 0, 0, 0)
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store" / "store.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(PEOPLE)
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        connection.execute(SESSION, ("gw-1", "user", ALICE, 300))
        connection.execute(SESSION, ("gw-2", "user", ALICE, 400))
        connection.execute(SESSION, ("gw-3", "device", "laptop1", 100))
    return path


def test_everyone_with_a_usable_certificate_is_read_devices_first(store: Path, ledger: Path) -> None:
    found = list(read(store, ledger, POLICY, NOW))

    assert [known.facts.certificate.principal for known in found if known.facts.certificate] == ["laptop1", ALICE, BOB]


def test_facts_are_those_that_are_read_one_by_one(store: Path, ledger: Path) -> None:
    for known in read(store, ledger, POLICY, NOW):
        alone = FactsReader(POLICY, store, ledger).read(known.facts.question)
        assert replace(alone, live=(), origins=()) == known.facts


def test_sessions_are_those_that_the_ledger_has_live(store: Path, ledger: Path) -> None:
    laptop, alice, bob = read(store, ledger, POLICY, NOW)

    assert [facts.question.session for facts in laptop.sessions] == ["gw-3"]
    assert bob.sessions == ()
    first, second = alice.sessions
    assert (first.question.session, first.since, first.question.phase) == ("gw-1", 300, "authorize-only")
    assert first.live == (
        Live(session="gw-2", gateway="gateway1", outer="198.51.100.20", inner="10.98.0.7", started=400),
    )
    assert second.origins == (Origin(device="laptop1", groups=("VPN Devices",)),)


def test_disabled_device_lends_nobody_its_groups(store: Path, ledger: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE computer SET enabled = 0 WHERE name = 'laptop1'")
        connection.commit()

    _, alice, _ = read(store, ledger, POLICY, NOW)

    assert alice.sessions[1].origins == (Origin(device="laptop1", groups=()),)


def test_who_is_in_order_is_let_in_with_what_was_read(store: Path, ledger: Path) -> None:
    laptop, alice, bob = read(store, ledger, POLICY, NOW)

    assert all(decide(POLICY, known.facts, NOW).allow for known in (laptop, alice))
    assert all(decide(POLICY, facts, NOW).allow for known in (laptop, alice) for facts in known.sessions)
    assert not is_identified(POLICY, bob.facts, NOW)


def test_without_a_ledger_nobody_is_connected(store: Path) -> None:
    found = list(read(store, store.with_name("no.db"), POLICY, NOW))

    assert [known.sessions for known in found] == [(), (), ()]


def test_store_that_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read(tmp_path / "no.db", tmp_path / "no.db", POLICY, NOW))
