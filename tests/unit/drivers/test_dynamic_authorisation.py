import asyncio
from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.packet import CoAPacket, CoARequest

from evertunnel.drivers.dynamic_authorisation import (
    FRESH_SECONDS,
    Listener,
    listen,
    order_of,
    outcome_of,
    request,
    tell,
    verified_request,
)
from evertunnel.drivers.dynamic_values import EVERYBODY, Order, Outcome, Peer, Wish
from evertunnel.values import Secret

SECRET, OTHER = Secret("s" * 32), Secret("t" * 32)
INSIDE, NOW = "10.0.0.20", 1_800_000_000.0
END = Order(wish=Wish.END, name="alice@corp.contoso.com", session="17-42-3")
ASK = Order(wish=Wish.ASK_AGAIN, name=EVERYBODY)


@pytest.mark.parametrize("order", [END, ASK, replace(ASK, name="laptop1", session="17-42-4")])
def test_order_arrives_as_it_was_sent(order: Order) -> None:
    packet = verified_request(request(order, SECRET, 7, NOW).RequestPacket(), SECRET, NOW)

    assert packet is not None
    assert order_of(packet) == order


@pytest.mark.parametrize(
    ("order", "concerns", "outcome"),
    [
        (END, True, Outcome.TAKEN),
        (ASK, True, Outcome.TAKEN),
        (END, False, Outcome.NOBODY),
        (ASK, False, Outcome.NOBODY),
    ],
)
def test_answer_says_whether_anybody_was_concerned(order: Order, concerns: bool, outcome: Outcome) -> None:  # noqa: FBT001 (a parameter of the test)
    listener, _ = _listener(concerns=concerns)
    asked = request(order, SECRET, 7, NOW)

    answer = listener.answer(asked.RequestPacket(), INSIDE)

    assert answer is not None
    assert outcome_of(asked, answer) is outcome


@pytest.mark.parametrize(
    ("secret", "source", "now"),
    [
        (OTHER, INSIDE, NOW),
        (SECRET, "10.0.0.66", NOW),
        (SECRET, INSIDE, NOW + FRESH_SECONDS + 2),
        (SECRET, INSIDE, NOW - FRESH_SECONDS - 2),
    ],
    ids=["other secret", "other source", "old", "of the future"],
)
def test_what_is_not_genuine_or_fresh_is_not_answered(secret: Secret, source: str, now: float) -> None:
    listener, taken = _listener()

    assert listener.answer(request(END, secret, 7, now).RequestPacket(), source) is None
    assert taken == []
    assert listener.answer(request(END, SECRET, 7, NOW).RequestPacket(), INSIDE) is not None


def test_request_without_message_authenticator_is_not_answered() -> None:
    listener, taken = _listener()
    bare = request(END, SECRET, 7, NOW)
    bare.message_authenticator = None
    del bare["Message-Authenticator"]

    assert listener.answer(bare.RequestPacket(), INSIDE) is None
    assert taken == []


def test_repeated_request_gets_the_same_answer_and_is_carried_out_once() -> None:
    listener, taken = _listener()
    raw = request(END, SECRET, 7, NOW).RequestPacket()

    assert listener.answer(raw, INSIDE) == listener.answer(raw, INSIDE)
    assert taken == [END]


def test_what_is_not_understood_is_refused_and_not_carried_out() -> None:
    listener, taken = _listener()
    change = _packet(("User-Name", "laptop1"))  # a change of authorisation that names no change
    nameless = request(replace(END, session=""), SECRET, 8, NOW)

    for asked in (change, nameless):
        answer = listener.answer(asked.RequestPacket(), INSIDE)
        assert answer is not None
        assert outcome_of(asked, answer) is Outcome.REFUSED
    assert taken == []


def test_answer_of_somebody_else_is_none() -> None:
    listener, _ = _listener()
    asked = request(END, SECRET, 7, NOW)
    answer = listener.answer(asked.RequestPacket(), INSIDE)
    assert answer is not None

    assert outcome_of(request(END, OTHER, 7, NOW), answer) is None
    assert outcome_of(asked, answer[:-1] + bytes([answer[-1] ^ 1])) is None
    assert outcome_of(asked, answer) is Outcome.TAKEN


@given(st.binary(max_size=200))
def test_hostile_datagrams_are_ignored(data: bytes) -> None:
    listener, taken = _listener()

    assert listener.answer(data, INSIDE) is None
    assert outcome_of(request(END, SECRET, 7, NOW), data) is None
    assert taken == []


@given(st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=255))
def test_no_changed_octet_is_taken(at: int, change: int) -> None:
    listener, taken = _listener()
    raw = bytearray(request(END, SECRET, 7, NOW).RequestPacket())
    raw[at % len(raw)] ^= change

    assert listener.answer(bytes(raw), INSIDE) is None
    assert taken == []


def test_order_is_told_over_the_network_and_silence_is_no_answer() -> None:
    taken: list[Order] = []

    def take(order: Order) -> bool:
        taken.append(order)
        return True

    async def both() -> tuple[Outcome, Outcome]:
        here = IPv4Address("127.0.0.1")
        transport = await listen(here, 0, source=here, secret=SECRET, take=take, clock=lambda: NOW)
        port = transport.get_extra_info("sockname")[1]
        told = await tell(Peer(address=here, port=port, secret=SECRET), END, NOW)
        silent = await tell(Peer(address=here, port=port, secret=OTHER, seconds=0.02, tries=2), END, NOW)
        transport.close()
        return told, silent

    assert asyncio.run(both()) == (Outcome.TAKEN, Outcome.NO_ANSWER)
    assert taken == [END]


def _listener(*, concerns: bool = True) -> tuple[Listener, list[Order]]:
    taken: list[Order] = []

    def take(order: Order) -> bool:
        taken.append(order)
        return concerns

    return Listener(source=IPv4Address(INSIDE), secret=SECRET, take=take, clock=lambda: NOW), taken


def _packet(*attributes: tuple[str, str]) -> CoAPacket:
    whole = request(ASK, SECRET, 9, NOW)
    packet = CoAPacket(code=CoARequest, id=9, secret=SECRET.reveal().encode(), dict=whole.dict)
    for name, value in attributes:
        packet.AddAttribute(name, value)
    packet.AddAttribute("Event-Timestamp", int(NOW))
    packet.add_message_authenticator()
    return packet
