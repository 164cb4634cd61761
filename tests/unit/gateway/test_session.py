"""A session's life: users beside devices, orders from inside, idle time, accounting."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.unit.gateway.gate import ACCEPT, AGAIN, ALICE, LEASE, WITHDRAW, Gate, sa, user

from evertunnel.drivers.dynamic_values import EVERYBODY, Order, Wish
from evertunnel.drivers.radius_values import Reject, Usage
from evertunnel.drivers.vici_values import Sa
from evertunnel.gateway.admission import (
    Answered,
    Ask,
    Began,
    Command,
    Gone,
    Grant,
    Listed,
    Refuse,
    Terminate,
)
from evertunnel.gateway.session import TABLE, Standing, Turn


def test_every_standing_has_its_row_and_nothing_leads_out_of_ending() -> None:
    assert set(TABLE) == set(Standing)
    assert TABLE[Standing.ENDING] == {}


def test_only_an_allow_or_its_inheritance_admits() -> None:
    turns = {turn for row in TABLE.values() for turn, after in row.items() if after is Standing.ADMITTED}
    entering = {
        turn
        for before, row in TABLE.items()
        for turn, after in row.items()
        if after is Standing.ADMITTED and before is not Standing.ADMITTED
    }

    assert entering == {Turn.ALLOWED, Turn.INHERITED}
    assert turns == {Turn.ALLOWED, Turn.INHERITED, Turn.ASKED, Turn.SILENT}


def test_every_standing_but_the_last_can_be_ended() -> None:
    assert all(TABLE[each].get(Turn.ENDED) is Standing.ENDING for each in Standing if each is not Standing.ENDING)


def test_user_is_asked_about_by_the_name_that_radius_authenticated() -> None:
    gate = Gate().open()

    (asked,) = [each for each in gate.lists(user(7), now=0) if isinstance(each, Ask)]

    assert (asked.who.tunnel, asked.who.identity, asked.who.serial) == ("user", "alice@corp.contoso.com", None)
    assert asked.port == 7
    assert Grant(leases=(LEASE,)) in gate.answers(ALICE, now=0)


def test_user_whom_charon_shows_by_one_identity_alone_is_known_by_it() -> None:
    gate = Gate().open()

    same = replace(user(), remote_id="alice@corp.contoso.com", remote_eap_id="")
    (asked,) = [each for each in gate.lists(same, now=0) if isinstance(each, Ask)]

    assert asked.who.identity == "alice@corp.contoso.com"


def test_certificates_subject_on_the_users_connection_and_a_name_on_the_devices_are_not_mixed_up() -> None:
    gate = Gate().open()
    nameless = replace(user(), remote_id="", remote_eap_id="")
    named = replace(sa(), remote_id="10.0.0.5", remote_eap_id="alice@corp.contoso.com")

    assert Terminate(ike_id=1, force=True) in gate.lists(nameless, now=0)
    assert Terminate(ike_id=1, force=True) in gate.lists(named, now=1)


def test_user_keeps_several_tunnels_and_a_device_its_newest() -> None:
    gate = Gate().open()
    gate.lists(user(1), now=0)
    gate.answers(ALICE, now=0)

    commands = [*gate.lists(user(1), user(2, "10.99.0.2"), now=1), *gate.answers(ALICE, now=1)]

    assert not any(isinstance(each, Terminate) for each in commands)
    assert [each.standing for each in gate.machine.sessions] == [Standing.ADMITTED, Standing.ADMITTED]


def test_rekeyed_session_keeps_the_number_that_it_began_with() -> None:
    gate = Gate().open()
    gate.lists(user(1), now=0)
    gate.answers(ALICE, now=0)
    rekeyed = replace(user(1), ike_id=9)

    (asked,) = [each for each in gate.lists(rekeyed, now=1) if isinstance(each, Ask)]

    assert (asked.ike_id, asked.port, asked.session) == (9, 1, "1-1-1")


def test_order_asks_at_once_about_whom_it_names_and_nobody_else() -> None:
    gate = Gate().open().admits(sa(), now=0)

    assert gate.told(replace(AGAIN, name="laptop2.corp.contoso.com"), now=1) == []
    (asked,) = gate.told(AGAIN, now=1)
    assert isinstance(asked, Ask)
    assert gate.answers(Reject(message="34 disabled"), now=1)[0] == WITHDRAW


def test_order_about_everybody_asks_about_all() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), user(2, "10.99.0.2"), now=1)
    gate.answers(ALICE, now=1)

    assert len(gate.told(replace(AGAIN, name=EVERYBODY), now=2)) == 2


@pytest.mark.parametrize("order", [AGAIN, replace(AGAIN, name=EVERYBODY)])
def test_answer_older_than_an_order_admits_nobody(order: Order) -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)
    gate.told(order, now=0)

    (asked,) = gate.answers(ACCEPT, now=1)

    assert isinstance(asked, Ask)
    assert gate.standing() is Standing.ASKING
    gate.number = asked.number
    assert Grant(leases=(LEASE,)) in gate.answers(ACCEPT, now=1)


def test_order_during_a_question_about_an_admitted_session_asks_once_more_and_lets_it_stay_meanwhile() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), now=70)
    gate.told(AGAIN, now=70)

    (asked,) = gate.answers(Reject(message="of before"), now=71)

    assert isinstance(asked, Ask)
    assert gate.standing() is Standing.ADMITTED


def test_order_to_end_takes_name_and_session() -> None:
    gate = Gate().open().admits(sa(), now=0)
    end = Order(wish=Wish.END, name="laptop1.corp.contoso.com", session="1-1-1")

    assert gate.told(replace(end, session="1-1-2"), now=1) == []
    assert gate.told(replace(end, name="laptop2.corp.contoso.com"), now=1) == []
    assert not gate.machine.concerns(replace(end, session="1-1-2"))
    assert gate.machine.concerns(end)
    assert gate.told(end, now=1)[0] == WITHDRAW
    assert gate.standing() is Standing.ENDING
    assert not gate.machine.concerns(end)


def test_session_that_carries_nothing_for_its_idle_time_ends() -> None:
    gate = Gate().open()
    gate.lists(user(), now=0)
    gate.answers(replace(ALICE, idle=30), now=0)

    gate.lists(carrying(100), now=29)
    assert gate.standing() is Standing.ADMITTED
    gate.lists(carrying(100), now=58)
    assert gate.standing() is Standing.ADMITTED
    commands = gate.lists(carrying(100), now=60)

    assert any(isinstance(each, Refuse) and each.reason == "idle" for each in commands)


def carrying(octets: int) -> Sa:
    one = user()
    return replace(one, children=(replace(one.children[0], usage=Usage(in_octets=octets)),))


def test_accounting_begins_with_the_allow_and_ends_with_the_last_sa() -> None:
    gate = Gate().open()

    assert accounts(gate.machine.handle(Listed(instance="1-1", sas=(sa(),), complete=True), 0)) == []
    began = accounts(gate.machine.handle(Answered(number=1, answer=ACCEPT), 0))
    rekeyed = accounts(gate.machine.handle(Listed(instance="1-1", sas=(replace(sa(), ike_id=2),), complete=True), 1))
    gone = accounts(gate.machine.handle(Listed(instance="1-1", sas=(), complete=True), 2))

    assert [(type(each), each.session.ike_id) for each in began if isinstance(each, Began)] == [(Began, 1)]
    # The heir is known before the former one goes: that is one session to accounting.
    assert [each.session.port if isinstance(each, Began) else each.ike_id for each in rekeyed] == [1, 1]
    assert gone == [Gone(ike_id=2)]


def accounts(commands: Sequence[Command]) -> list[Began | Gone]:
    return [each for each in commands if isinstance(each, Began | Gone)]
