"""The sessions machine with events that announce what no list has shown yet."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from evertunnel.drivers.radius_values import Accept, Answer, NoAnswer, Reject
from evertunnel.drivers.vici_values import Child, Sa
from evertunnel.gateway.admission import (
    Announced,
    Answered,
    Ask,
    Began,
    Command,
    Connected,
    Gone,
    Grant,
    Lease,
    Listed,
    Refuse,
    Terminate,
)
from evertunnel.gateway.model import Limits
from evertunnel.gateway.sessions import Machine

ADDRESS = IPv4Address("10.99.0.1")
ACCEPT = Accept(name="laptop1.corp.contoso.com", reach="management")
SA = Sa(
    ike_id=1,
    connection="evertunnel-device-x",
    state="ESTABLISHED",
    remote_host="198.51.100.20",
    remote_port=4500,
    remote_id="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
    addresses=(ADDRESS,),
    children=(Child(name="device", state="INSTALLED", unique=1, remote_selectors=("10.99.0.1/32",)),),
)


def test_announced_sa_is_asked_about_and_not_let_in_before_a_list_shows_it() -> None:
    gate = Gate()

    (asked,) = gate.hears(SA, now=1)
    assert isinstance(asked, Ask)
    assert (asked.session, asked.who.serial, asked.address) == ("1-1-1", "5f3a9c", ADDRESS)
    assert gate.answers(ACCEPT, now=1) == []
    assert gate.machine.sessions == ()
    assert granted(gate.lists(SA, now=2)) == {Lease(reach="management", address=ADDRESS, seconds=15)}


def test_answer_that_comes_after_the_list_is_the_one_that_was_asked_for() -> None:
    gate = Gate()
    gate.hears(SA, now=1)

    assert gate.lists(SA, now=1) == []
    assert [type(each) for each in gate.answers(ACCEPT, now=1)] == [Grant]


def test_allow_counts_from_when_its_early_question_was_sent() -> None:
    gate = Gate()
    gate.hears(SA, now=1)
    gate.answers(ACCEPT, now=1)

    leases = granted(gate.lists(SA, now=115))

    assert [lease.seconds for lease in leases] == [6]  # the grace is 120


@pytest.mark.parametrize(
    "other",
    [
        replace(SA, remote_id="O=Contoso, CN=laptop2.corp.contoso.com, serialNumber=5f3a9c"),
        replace(SA, remote_id="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9d"),
        replace(
            SA,
            addresses=(IPv4Address("10.99.0.2"),),
            children=(replace(SA.children[0], remote_selectors=("10.99.0.2/32",)),),
        ),
        replace(SA, remote_host="198.51.100.21"),
        replace(SA, children=(replace(SA.children[0], unique=2),)),
    ],
)
@pytest.mark.parametrize("answered", [True, False])
def test_another_tunnel_than_was_asked_about_is_asked_about_anew(other: Sa, answered: bool) -> None:  # noqa: FBT001 (when)
    gate = Gate()
    gate.hears(SA, now=1)
    early = gate.number
    if answered:
        gate.answers(ACCEPT, now=1)

    (asked,) = gate.lists(other, now=2)

    assert isinstance(asked, Ask)
    assert (asked.who.identity, asked.address) == (other.remote_id, other.addresses[0])
    assert gate.machine.handle(Answered(number=early, answer=ACCEPT), 2) == ()
    assert [type(each) for each in gate.answers(ACCEPT, now=2)] == [Grant]


@pytest.mark.parametrize("whole", [True, False])
def test_announced_sa_that_is_gone_is_forgotten_with_its_answer(whole: bool) -> None:  # noqa: FBT001 (the kind of list)
    gate = Gate()
    gate.hears(SA, now=1)
    gate.answers(ACCEPT, now=1)
    gate.machine.handle(Listed(instance="1-1", sas=(), complete=whole, looked_for=None if whole else 1), 2)

    assert [type(each) for each in gate.lists(SA, now=3)] == [Ask]


def test_list_that_looks_for_another_leaves_an_early_answer_alone() -> None:
    gate = Gate()
    gate.hears(SA, now=1)
    gate.answers(ACCEPT, now=1)
    gate.machine.handle(Listed(instance="1-1", sas=(), complete=False, looked_for=2), 2)

    assert len(granted(gate.lists(SA, now=3))) == 1


def test_refusal_that_came_early_sends_the_session_away_once_it_is_listed() -> None:
    gate = Gate()
    gate.hears(SA, now=1)

    assert gate.answers(Reject(message="48 disabled"), now=1) == []
    assert [type(each) for each in gate.lists(SA, now=2)] == [Refuse, Terminate]


def test_silence_to_an_early_question_is_silence() -> None:
    gate = Gate()
    gate.hears(SA, now=1)

    assert gate.answers(NoAnswer(), now=4) == []
    assert gate.lists(SA, now=5) == []
    assert [type(each) for each in gate.lists(SA, now=11)] == [Ask]


@pytest.mark.parametrize(
    "sa",
    [
        replace(SA, connection="somebody-elses"),
        replace(SA, children=()),
        replace(SA, addresses=()),
        replace(SA, addresses=(IPv4Address("192.0.2.1"),)),
        replace(SA, remote_id="CN=laptop1"),
    ],
)
def test_announcement_of_what_would_not_be_asked_about_asks_nothing(sa: Sa) -> None:
    assert Gate().hears(sa, now=1) == []


def test_known_session_is_not_asked_about_for_an_announcement() -> None:
    gate = Gate()
    gate.lists(SA, now=1)
    gate.answers(ACCEPT, now=1)

    assert gate.hears(SA, now=2) == []


def test_nobody_is_asked_about_twice_for_two_announcements() -> None:
    gate = Gate()
    gate.hears(SA, now=1)

    assert gate.hears(SA, now=1) == []


def test_early_answer_does_not_outlive_its_charon() -> None:
    gate = Gate()
    gate.hears(SA, now=1)
    gate.answers(ACCEPT, now=1)
    gate.machine.handle(Connected(instance="2-2"), 2)

    commands = gate.machine.handle(Listed(instance="2-2", sas=(SA,), complete=True), 3)

    assert [type(each) for each in commands] == [Ask]
    assert gate.hears(replace(SA, ike_id=2), now=3) == []  # of the former one


def test_address_that_two_claim_is_granted_to_neither_by_an_early_answer() -> None:
    gate = Gate()
    gate.hears(SA, now=1)
    gate.answers(ACCEPT, now=1)
    other = replace(SA, ike_id=2, remote_id="O=Contoso, CN=laptop2.corp.contoso.com, serialNumber=5f3a9d")

    assert [type(each) for each in gate.lists(SA, other, now=2)] == [Ask]


# Helpers


def granted(commands: list[Command]) -> set[Lease]:
    return {lease for each in commands if isinstance(each, Grant) for lease in each.leases}


class Gate:
    """A machine with a charon; `number` is that of the latest question."""

    def __init__(self) -> None:
        limits = Limits(lease=15, ask_again=60, grace=120)
        self.machine = Machine(
            limits=limits, reaches=("management",), pools=(IPv4Network("10.99.0.0/24"),), patience=120
        )
        self.machine.handle(Connected(instance="1-1"), 0)
        self.number = 0

    def hears(self, sa: Sa, *, now: float) -> list[Command]:
        return self._noted(self.machine.handle(Announced(instance="1-1", sa=sa), now))

    def lists(self, *sas: Sa, now: float) -> list[Command]:
        return self._noted(self.machine.handle(Listed(instance="1-1", sas=sas, complete=True), now))

    def answers(self, answer: Answer, *, now: float) -> list[Command]:
        return self._noted(self.machine.handle(Answered(number=self.number, answer=answer), now))

    def _noted(self, commands: tuple[Command, ...]) -> list[Command]:
        self.number = max([self.number, *(each.number for each in commands if isinstance(each, Ask))])
        return [each for each in commands if not isinstance(each, Began | Gone)]
