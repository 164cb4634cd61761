"""Scripts of events in and commands out."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from tests.unit.gateway.gate import ACCEPT, ADDRESS, ALICE, LEASE, WITHDRAW, Gate, sa, user

from evertunnel.drivers.radius_values import Accept, Answer, NoAnswer, Reject
from evertunnel.drivers.vici_values import Child
from evertunnel.gateway.admission import (
    Answered,
    Ask,
    Close,
    Connected,
    CrlsChanged,
    Door,
    Flush,
    Gone,
    Grant,
    Listed,
    Load,
    LoadCrls,
    Loaded,
    OpenLatch,
    Prove,
    Proved,
    Refuse,
    Terminate,
    Tick,
    Withdraw,
)
from evertunnel.gateway.session import Standing
from evertunnel.gateway.sessions import UNADMITTED_SECONDS


def test_first_charon_is_flushed_loaded_proved_and_opened_in_that_order() -> None:
    gate = Gate()

    assert gate.machine.handle(Connected(instance="1-1"), 0) == (Flush(), Load(instance="1-1"))
    assert gate.machine.handle(Loaded(instance="1-1"), 0) == (Prove(instance="1-1"),)
    assert gate.machine.handle(Proved(instance="1-1", alive=True), 0) == (OpenLatch(),)
    assert gate.machine.door is Door.OPEN


def test_latch_is_left_alone_for_a_charon_that_was_there_before_the_machine_and_shut_for_its_successor() -> None:
    gate = Gate()

    assert Close() not in gate.machine.handle(Connected(instance="1-1"), 0)
    assert gate.machine.handle(Connected(instance="2-2"), 1) == (Close(), Load(instance="2-2"))


def test_latch_stays_shut_and_radius_is_asked_again_while_it_is_silent() -> None:
    gate = Gate()
    gate.machine.handle(Connected(instance="1-1"), 0)
    gate.machine.handle(Loaded(instance="1-1"), 0)

    assert gate.machine.handle(Proved(instance="1-1", alive=False), 0) == ()
    assert gate.machine.handle(Tick(), 0.5) == ()
    assert gate.machine.handle(Tick(), 1.0) == (Prove(instance="1-1"),)


def test_news_of_a_former_instance_opens_nothing() -> None:
    gate = Gate()
    gate.machine.handle(Connected(instance="1-1"), 0)
    gate.machine.handle(Loaded(instance="1-1"), 0)
    gate.machine.handle(Connected(instance="2-2"), 1)

    assert gate.machine.handle(Proved(instance="1-1", alive=True), 1) == ()
    assert gate.machine.handle(Loaded(instance="1-1"), 1) == ()


def test_lost_connection_while_loading_loads_again_and_after_it_does_nothing() -> None:
    gate = Gate()
    gate.machine.handle(Connected(instance="1-1"), 0)

    assert gate.machine.handle(Connected(instance="1-1"), 1) == (Load(instance="1-1"),)
    gate.open()
    assert gate.machine.handle(Connected(instance="1-1"), 2) == ()


def test_crls_are_loaded_into_a_charon_that_is_there() -> None:
    gate = Gate()

    assert gate.machine.handle(CrlsChanged(), 0) == ()
    gate.open()
    assert gate.machine.handle(CrlsChanged(), 0) == (LoadCrls(),)


def test_session_is_asked_about_and_leased_only_after_the_allow() -> None:
    gate = Gate().open()

    (asked,) = gate.lists(sa(), now=1)
    assert isinstance(asked, Ask)
    assert (asked.session, asked.who.serial, asked.address) == ("1-1-1", "5f3a9c", ADDRESS)
    assert gate.answers(ACCEPT, now=1) == [Grant(leases=(LEASE,))]


def test_session_without_child_is_not_asked_about_until_it_has_one() -> None:
    gate = Gate().open()

    assert gate.lists(sa(children=()), now=1) == []
    assert [type(each) for each in gate.lists(sa(), now=2)] == [Ask]


def test_leases_are_refreshed_together_every_third_of_their_time() -> None:
    gate = Gate().open().admits(sa(), now=0)

    assert gate.lists(sa(), now=4.9) == []
    assert gate.lists(sa(), now=5.1) == [Grant(leases=(LEASE,))]


def test_lease_never_outlasts_the_grace() -> None:
    gate = Gate().open().admits(sa(), now=0)

    commands = gate.lists(sa(), now=115)

    assert Grant(leases=(replace(LEASE, seconds=5),)) in commands


def test_allow_counts_from_when_its_question_was_sent() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)
    gate.lists(sa(), now=5)
    gate.answers(ACCEPT, now=5)

    assert gate.machine.sessions[0].allowed == 0


def test_another_identity_inherits_nothing_with_the_address() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), sa(ike_id=2, identity="O=Contoso, CN=laptop2.corp.contoso.com, serialNumber=77"), now=1)

    assert gate.machine.sessions[1].standing is Standing.ASKING


def test_silence_ends_a_live_session_only_when_the_grace_is_over() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), now=60)
    gate.answers(NoAnswer(), now=66)

    assert gate.standing() is Standing.ADMITTED
    assert WITHDRAW not in gate.lists(sa(), now=119)
    assert WITHDRAW in gate.lists(sa(), now=120)
    assert gate.standing() is Standing.ENDING


def test_question_that_is_lost_altogether_counts_as_silence() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=1)

    gate.machine.handle(Tick(), 9)

    assert gate.standing() is Standing.UNANSWERED


def test_late_answer_to_a_question_given_up_admits_nobody() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=1)
    gate.machine.handle(Tick(), 9)

    assert gate.answers(ACCEPT, now=9) == []


def test_waiting_session_is_asked_about_again_but_not_for_ever() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)
    gate.answers(NoAnswer(), now=6)

    assert [type(each) for each in gate.lists(sa(), now=11)] == [Ask]
    ended = gate.lists(sa(), now=UNADMITTED_SECONDS)
    assert [type(each) for each in ended] == [Refuse, Terminate]


def test_reject_ends_a_live_session_at_once() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), now=60)

    commands = gate.answers(Reject(message="48 disabled"), now=60)

    assert commands[0] == WITHDRAW
    assert isinstance(commands[1], Refuse)
    assert commands[1].text == "48 disabled"
    assert commands[2] == Terminate(ike_id=1, force=False)


@pytest.mark.parametrize("answer", [replace(ACCEPT, reach="else"), replace(ACCEPT, reach=""), replace(ACCEPT, name="")])
def test_allow_without_a_reach_that_is_known_or_a_device_is_a_refusal(answer: Accept) -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)

    assert [type(each) for each in gate.answers(answer, now=0)] == [Refuse, Terminate]


def test_session_that_does_not_go_is_forced() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)
    gate.answers(Reject(message="no"), now=0)

    assert gate.lists(sa(), now=1) == []
    assert gate.lists(sa(), now=2) == [Terminate(ike_id=1, force=True)]


def test_ended_session_is_brought_back_by_no_answer() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), now=60)
    number = gate.number
    gate.lists(sa(addresses=(IPv4Address("10.99.0.9"),)), now=61)

    assert gate.machine.handle(Answered(number=number, answer=ACCEPT), 62) == ()
    assert gate.standing() is Standing.ENDING


def test_session_limit_ends_it_and_repeating_it_does_not_push_the_end_away() -> None:
    gate = Gate().open()
    limited = replace(ACCEPT, seconds=100)
    gate.lists(sa(), now=0)
    gate.answers(limited, now=0)
    gate.lists(sa(), now=60)
    gate.answers(limited, now=60)

    assert WITHDRAW not in gate.lists(sa(), now=99)
    assert WITHDRAW in gate.lists(sa(), now=100)


def test_limit_of_nothing_leases_nothing() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)

    assert not any(isinstance(each, Grant) for each in gate.answers(replace(ACCEPT, seconds=0), now=0))


def test_change_of_reach_moves_the_lease() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), now=60)

    commands = gate.answers(replace(ACCEPT, reach="other"), now=60)

    assert commands == [WITHDRAW, Grant(leases=(replace(LEASE, reach="other"),))]


def test_gone_sa_loses_its_lease_by_a_whole_list_only() -> None:
    gate = Gate().open().admits(sa(), now=0)

    assert gate.machine.handle(Listed(instance="1-1", sas=(), complete=False), 1) == ()
    assert gate.machine.handle(Listed(instance="1-1", sas=(), complete=True), 1) == (WITHDRAW, Gone(ike_id=1))


def test_list_of_another_instance_is_not_looked_at() -> None:
    gate = Gate().open()

    assert gate.machine.handle(Listed(instance="2-2", sas=(sa(),), complete=True), 1) == ()


def test_sa_that_was_not_listed_lately_gets_no_lease() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)

    assert gate.answers(ACCEPT, now=4) == []
    assert Grant(leases=(LEASE,)) in gate.lists(sa(), now=5)


def test_new_instance_forgets_every_admission() -> None:
    gate = Gate().open().admits(sa(), now=0)

    assert gate.machine.handle(Connected(instance="2-2"), 1)[0] == Close()
    assert gate.machine.sessions == ()


def test_answer_for_a_former_instance_admits_nobody() -> None:
    gate = Gate().open()
    gate.lists(sa(), now=0)
    number = gate.number
    gate.machine.handle(Connected(instance="2-2"), 1)
    gate.machine.handle(Listed(instance="2-2", sas=(sa(),), complete=True), 1)

    assert gate.machine.handle(Answered(number=number, answer=ACCEPT), 1) == ()


def test_newest_tunnel_of_a_device_wins_and_only_once_it_is_admitted() -> None:
    gate = Gate().open().admits(sa(), now=0)
    newer = sa(ike_id=2, address="10.99.0.2", identity="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=77")

    assert WITHDRAW not in gate.lists(sa(), newer, now=1)
    commands = gate.answers(ACCEPT, now=1)

    assert WITHDRAW in commands
    assert Terminate(ike_id=1, force=False) in commands
    assert commands[-1] == Grant(leases=(replace(LEASE, address=IPv4Address("10.99.0.2")),))


def test_older_tunnel_allowed_after_a_newer_one_goes() -> None:
    gate = Gate().open()
    newer = sa(ike_id=2, address="10.99.0.2", identity="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=77")
    gate.lists(sa(), newer, now=0)
    gate.machine.handle(Answered(number=2, answer=ACCEPT), 0)

    commands = gate.machine.handle(Answered(number=1, answer=ACCEPT), 0)

    assert Terminate(ike_id=1, force=False) in commands
    assert not any(isinstance(each, Grant) for each in commands)


def test_address_claimed_by_two_identities_is_leased_to_neither_and_then_both_go() -> None:
    gate = Gate().open().admits(sa(), now=0)
    other = sa(ike_id=2, identity="O=Contoso, CN=laptop2.corp.contoso.com, serialNumber=77")

    first = gate.lists(sa(), other, now=1)
    assert WITHDRAW in first
    assert gate.answers(replace(ACCEPT, name="laptop2.corp.contoso.com"), now=1) == []
    second = gate.lists(sa(), other, now=2)

    assert [each for each in second if isinstance(each, Terminate)] == [
        Terminate(ike_id=1, force=False),
        Terminate(ike_id=2, force=False),
    ]


def test_dispute_that_was_a_moment_between_two_owners_ends_with_the_living_one() -> None:
    gate = Gate().open().admits(sa(), now=0)
    other = sa(ike_id=2, identity="O=Contoso, CN=laptop2.corp.contoso.com, serialNumber=77")
    gate.lists(sa(), other, now=1)
    gate.answers(replace(ACCEPT, name="laptop2.corp.contoso.com"), now=1)

    assert gate.lists(other, now=2) == [Grant(leases=(LEASE,))]


def test_rekeyed_ike_sa_goes_on_with_the_same_allow_and_is_asked_about() -> None:
    gate = Gate().open().admits(sa(), now=0)

    during = gate.lists(sa(), sa(ike_id=2), now=1)
    after = gate.lists(sa(ike_id=2), now=2)

    assert [type(each) for each in during] == [Ask]
    assert WITHDRAW not in (*during, *after)
    assert gate.answers(Reject(message="no"), now=2)[0] == WITHDRAW


@pytest.mark.parametrize(
    "strange",
    [
        {"addresses": ()},
        {"addresses": (ADDRESS, IPv4Address("10.99.0.2"))},
        {"addresses": (IPv4Address("10.0.0.20"),)},
        {"children": (Child(name="device", state="INSTALLED", remote_selectors=("0.0.0.0/0",)),)},
        {"remote_id": "laptop1.corp.contoso.com"},
    ],
)
def test_sa_without_one_address_of_its_own_and_a_serial_is_sent_away(strange: dict[str, object]) -> None:
    gate = Gate().open()

    commands = gate.lists(replace(sa(), **strange), now=0)  # type: ignore[arg-type]  # parametrised: mypy sees objects

    assert [type(each) for each in commands] == [Refuse, Terminate]


def test_reconnected_device_inherits_nothing_although_it_gets_its_address_again() -> None:
    gate = Gate().open().admits(sa(), now=0)

    commands = gate.lists(sa(ike_id=2, child=2), now=1)

    assert commands[0] == WITHDRAW
    assert Grant not in [type(each) for each in commands]
    assert gate.answers(Reject(message="no"), now=2)[-1] == Terminate(ike_id=2, force=False)


def test_of_two_tunnels_with_one_address_only_the_newest_holds_the_lease_on_its_own_allow() -> None:
    gate = Gate().open().admits(sa(), now=0)
    both = (sa(), sa(ike_id=2, child=2))

    met = gate.lists(*both, now=1)
    waiting = gate.lists(*both, now=6)
    allowed = gate.answers(ACCEPT, now=6)
    later = gate.lists(*both, now=12)

    assert WITHDRAW in met
    assert Grant not in [type(each) for each in (*met, *waiting)]
    assert Terminate(ike_id=1, force=False) in allowed
    assert Grant in [type(each) for each in allowed]
    assert WITHDRAW not in (*allowed, *later)


def test_older_tunnel_has_its_lease_again_when_the_newer_one_was_refused_and_is_gone() -> None:
    gate = Gate().open().admits(sa(), now=0)
    gate.lists(sa(), sa(ike_id=2, child=2), now=1)
    gate.answers(Reject(message="no"), now=1)

    lingering = gate.lists(sa(), sa(ike_id=2, child=2), now=7)
    gone = gate.lists(sa(), now=14)

    assert Grant not in [type(each) for each in lingering]
    assert Grant in [type(each) for each in gone]


@pytest.mark.parametrize(("middle", "expected"), [(Reject(message="no"), [WITHDRAW]), (ALICE, [])])
def test_lease_goes_with_the_newest_tunnel_where_the_next_was_refused_and_is_still_there(
    middle: Answer, expected: list[Withdraw]
) -> None:
    gate = Gate().open()
    for last, answer in ((1, ALICE), (2, middle), (3, ALICE)):
        gate.lists(*(user(ike_id) for ike_id in range(1, last + 1)), now=last)
        granted = gate.answers(answer, now=last)

    commands = gate.machine.handle(Listed(instance="1-1", sas=(), complete=False, looked_for=3), 3)

    assert Grant in [type(each) for each in granted]
    assert [each for each in commands if isinstance(each, Withdraw)] == expected


def test_sa_that_a_hint_no_longer_finds_loses_its_lease_at_once() -> None:
    gate = Gate().open().admits(sa(), now=0)

    commands = gate.machine.handle(Listed(instance="1-1", sas=(), complete=False, looked_for=1), 1)

    assert commands == (WITHDRAW, Gone(ike_id=1))


def test_sa_whose_address_changes_is_sent_away() -> None:
    gate = Gate().open().admits(sa(), now=0)

    commands = gate.lists(sa(address="10.99.0.2"), now=1)

    assert commands[0] == WITHDRAW
    assert commands[-1] == Terminate(ike_id=1, force=False)


def test_connections_of_others_are_left_alone() -> None:
    gate = Gate().open()

    assert gate.lists(replace(sa(), connection="branch-office"), now=0) == []


# Helpers
