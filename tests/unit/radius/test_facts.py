import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evertunnel.access import Facts, Policy, Question
from evertunnel.access.model import Certificate, Computer, Live, Origin, Person, Served
from evertunnel.access.origins import TOLD
from evertunnel.plan.policies import Access, NetworkPolicy
from evertunnel.radius.facts import FactsReader
from evertunnel.radius.ledger import SCHEMA
from evertunnel.store.migrate import migrate
from evertunnel.values import Fqdn, GroupName

ALICE = "alice@corp.contoso.com"
ASKING = NetworkPolicy(
    name="staff",
    access=Access.GRANT,
    user_groups=(GroupName("Others"),),
    from_devices=(GroupName("VPN Devices"),),
)
POLICY = Policy(
    domain=Fqdn("corp.contoso.com"),
    device=Served(reach="management"),
    user=Served(reach="intranet"),
    network_policies=(ASKING,),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store" / "store.db"
    migrate(path)
    change(
        path,
        "INSERT INTO computer VALUES ('laptop1', 'device', 1, 7), ('laptop2', 'device', 0, 0)",
        "INSERT INTO directory_group VALUES ('Laptops'), ('VPN Devices'), ('Everyone'), ('Others')",
        "INSERT INTO membership VALUES ('laptop1', 'computer', 'Laptops'), ('Laptops', 'group', 'VPN Devices'),"
        " ('VPN Devices', 'group', 'Everyone'), ('Everyone', 'group', 'Laptops'), ('laptop1', 'group', 'Others')",
        "INSERT INTO certificate VALUES ('5f', 'device', 'laptop1', '', 1, 2, '', 8, NULL, NULL),"
        " ('6a', 'device', 'laptop2', '', 1, 2, '', 0, 3, 'superseded'),"
        " ('7b', 'device', 'gone', '', 1, 2, '', 0, NULL, NULL),"
        " ('8c', 'user', 'alice@corp.contoso.com', '', 1, 2, '', 8, NULL, NULL),"
        " ('9d', 'user', 'gone@corp.contoso.com', '', 1, 2, '', 8, NULL, NULL)",
        "INSERT INTO directory_user (name, display, sid, address, enabled, added)"
        " VALUES ('alice@corp.contoso.com', 'Alice', 'S-1-5-21-1-2-3-4', '10.98.0.7', 1, 7)",
        "INSERT INTO membership VALUES ('alice@corp.contoso.com', 'user', 'Others'),"
        " ('alice@corp.contoso.com', 'computer', 'Laptops'), ('laptop2', 'computer', 'Others')",
    )
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(template.read_bytes())
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
    live(
        path,
        ("gw-1", "user", ALICE, "198.51.100.20", 100, None),
        ("gw-2", "user", ALICE, "198.51.100.21", 150, None),
        ("gw-3", "user", ALICE, "198.51.100.20", 200, None),
        ("gw-4", "user", ALICE, "198.51.100.20", 50, 60),
        ("gw-5", "user", "bob@corp.contoso.com", "198.51.100.20", 50, None),
        ("gw-6", "device", "laptop1", "198.51.100.20", 10, None),
        ("gw-7", "device", "laptop2", "198.51.100.20", 10, None),
        ("gw-8", "device", "kiosk1", "198.51.100.20", 10, None),
        ("gw-9", "device", "gone", "198.51.100.20", 10, 20),
    )
    return path


def test_known_device_has_its_nested_groups_even_in_a_circle(store: Path) -> None:
    question = asked("5f")

    assert FactsReader(POLICY, store).read(question) == Facts(
        question=question,
        certificate=Certificate(
            serial="5f", template="device", principal="laptop1", not_before=1, not_after=2, issued=8
        ),
        computer=Computer(name="laptop1", kind="device", enabled=True, added=7),
        groups=("Everyone", "Laptops", "VPN Devices"),
    )


def test_serial_is_found_in_any_spelling(store: Path) -> None:
    assert FactsReader(POLICY, store).read(asked("005F")).certificate is not None


@pytest.mark.parametrize("serial", ["", "0", "zz", "5f'; --", "5f3", "%"])
def test_unknown_serial_has_no_facts(store: Path, serial: str) -> None:
    assert FactsReader(POLICY, store).read(asked(serial)) == Facts(question=asked(serial))


def test_disabled_and_revoked_are_seen(store: Path) -> None:
    facts = FactsReader(POLICY, store).read(asked("6a"))

    assert facts.computer == Computer(name="laptop2", kind="device", enabled=False)
    assert facts.certificate is not None
    assert (facts.certificate.revoked, facts.certificate.revoked_for) == (3, "superseded")
    assert facts.groups == ("Others",)


def test_principal_that_left_the_directory_is_no_computer(store: Path) -> None:
    assert FactsReader(POLICY, store).read(asked("7b")).computer is None


def test_change_is_seen_at_the_next_reading(store: Path) -> None:
    reader = FactsReader(POLICY, store)
    reader.read(asked("5f"))
    change(store, "UPDATE computer SET enabled = 0")

    computer = reader.read(asked("5f")).computer

    assert computer is not None
    assert not computer.enabled


def test_store_that_took_the_place_of_another_is_read(store: Path, template: Path) -> None:
    reader = FactsReader(POLICY, store)
    reader.read(asked("5f"))
    other = store.with_name("other.db")
    other.write_bytes(template.read_bytes())
    change(other, "DELETE FROM certificate")
    other.replace(store)

    assert reader.read(asked("5f")).certificate is None


def test_store_away_raises_and_is_read_again_when_it_is_back(store: Path) -> None:
    reader = FactsReader(POLICY, store)
    away = store.rename(store.with_name("away.db"))
    with pytest.raises(OSError, match="No such file"):
        reader.read(asked("5f"))
    away.rename(store)

    assert reader.read(asked("5f")).certificate is not None


def test_user_has_their_nested_groups_and_no_computers(store: Path) -> None:
    facts = FactsReader(POLICY, store, store.with_name("no.db")).read(asked_of("8c"))

    assert facts == Facts(
        question=asked_of("8c"),
        certificate=Certificate(serial="8c", template="user", principal=ALICE, not_before=1, not_after=2, issued=8),
        person=Person(name=ALICE, enabled=True, added=7, sid="S-1-5-21-1-2-3-4", address="10.98.0.7"),
        groups=("Others",),
    )


def test_user_certificate_that_asks_for_a_device_tunnel_is_nobodys(store: Path) -> None:
    facts = FactsReader(POLICY, store, store.with_name("no.db")).read(asked("8c"))

    assert (facts.computer, facts.person, facts.groups) == (None, None, ())
    assert FactsReader(POLICY, store, store.with_name("no.db")).read(asked_of("5f")).person is None


def test_user_who_left_the_directory_is_nobody(store: Path, ledger: Path) -> None:
    assert FactsReader(POLICY, store, ledger).read(asked_of("9d")).person is None


def test_ledger_tells_the_users_other_sessions_and_the_asked_one(store: Path, ledger: Path) -> None:
    facts = FactsReader(POLICY, store, ledger).read(asked_of("8c"))

    assert facts.live == (
        Live(session="gw-1", gateway="gateway1", outer="198.51.100.20", inner="10.98.0.7", started=100),
        Live(
            session="gw-2", gateway="gateway2", outer="198.51.100.21", inner="10.98.0.8", device="laptop1", started=150
        ),
    )
    assert facts.since == 200


@pytest.mark.parametrize("outer", ["198.51.100.20", "198.51.100.20[4500]"])
def test_ledger_tells_every_device_behind_the_outer_address(store: Path, ledger: Path, outer: str) -> None:
    facts = FactsReader(POLICY, store, ledger).read(replace(asked_of("8c"), outer=outer))

    # laptop2 is disabled, kiosk1 is not in the directory: neither has the groups that would let it pass.
    assert facts.origins == (
        Origin(device="kiosk1"),
        Origin(device="laptop1", groups=("Everyone", "Laptops", "VPN Devices")),
        Origin(device="laptop2"),
    )


@pytest.mark.parametrize(
    "silent",
    [
        replace(ASKING, from_devices=None),
        replace(ASKING, user_groups=(GroupName("Laptops"),)),
        replace(ASKING, access=Access.DENY),
    ],
)
def test_devices_are_not_read_where_no_policy_for_the_user_asks_for_them(
    store: Path, ledger: Path, silent: NetworkPolicy
) -> None:
    quiet = FactsReader(replace(POLICY, network_policies=(silent,)), store, ledger).read(asked_of("8c"))
    asking = FactsReader(replace(POLICY, network_policies=(silent, ASKING)), store, ledger).read(asked_of("8c"))

    assert quiet.origins == ()
    assert len(asking.origins) == 3
    assert quiet == replace(asking, origins=())


def test_of_a_thousand_devices_a_few_are_told_and_each_that_lacks_what_is_asked_for(store: Path, ledger: Path) -> None:
    names = [f"h{number:04}" for number in range(1000)]
    change(
        store,
        "INSERT INTO computer WITH RECURSIVE each(number) AS"
        " (VALUES (0) UNION ALL SELECT number + 1 FROM each WHERE number < 999)"
        " SELECT printf('h%04d', number), 'device', 1, 0 FROM each",
        "INSERT INTO membership SELECT name, 'computer', 'Laptops' FROM computer WHERE name LIKE 'h%'",
    )
    live(ledger, *((name, "device", name, "198.51.100.20", 10, None) for name in names))

    facts = FactsReader(POLICY, store, ledger).read(asked_of("8c"))

    assert [origin.device for origin in facts.origins] == [*names[:TOLD], "kiosk1", "laptop2"]
    assert facts.more_origins == 1001 - TOLD


@pytest.mark.parametrize("outer", ["", "198.51.100.99", "%"])
def test_no_device_comes_from_elsewhere(store: Path, ledger: Path, outer: str) -> None:
    assert FactsReader(POLICY, store, ledger).read(replace(asked_of("8c"), outer=outer)).origins == ()


def test_ledger_that_comes_later_is_read_then(store: Path, ledger: Path) -> None:
    away = ledger.rename(ledger.with_name("away.db"))
    reader = FactsReader(POLICY, store, ledger)
    assert reader.read(asked_of("8c")).live == ()
    away.rename(ledger)

    assert len(reader.read(asked_of("8c")).live) == 2


def test_ledger_that_cannot_be_read_is_no_answer_for_users_and_no_matter_for_devices(store: Path, ledger: Path) -> None:
    ledger.write_bytes(b"no database" * 1000)
    reader = FactsReader(POLICY, store, ledger)

    with pytest.raises(sqlite3.Error):
        reader.read(asked_of("8c"))
    assert reader.read(asked("5f")).computer is not None


def test_broken_store_raises(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database" * 1000)

    with pytest.raises(sqlite3.Error):
        FactsReader(POLICY, path).read(asked("5f"))


def asked_of(serial: str) -> Question:
    return Question(
        tunnel="user", identity=ALICE, serial=serial, gateway="gateway1", session="gw-3", outer="198.51.100.20"
    )


def asked(serial: str) -> Question:
    return Question(tunnel="device", identity="x", serial=serial)


def live(path: Path, *rows: tuple[str, str, str, str, int, int | None]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for session, tunnel, name, outer, started, ended in rows:
            gateway, device, inner = ("gateway2", "laptop1", "10.98.0.8") if session == "gw-2" else ("gateway1", "", "")
            inner = "10.98.0.7" if session == "gw-1" else inner
            row = (f"{gateway}/{session}", gateway, session, tunnel, name, device, outer, inner, started, ended)
            connection.execute(
                'INSERT INTO ledger_session (id, gateway, session, tunnel, name, device, "outer", "inner", started,'
                " ended, policy, class, seen, heard, cause, text, interim, in_octets, out_octets, in_packets,"
                " out_packets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', 0, 0, '', '', 0, 0, 0, 0, 0)",
                row,
            )


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
