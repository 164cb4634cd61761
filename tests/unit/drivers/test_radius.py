"""The client against a server of the test's own, on a real UDP socket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import IPv4Address
from typing import TypeVar

import pytest
from pyrad.packet import AccessReject, AcctPacket, AuthPacket, Packet, StatusServer

from evertunnel.drivers.radius import Client, Sender, Server
from evertunnel.drivers.radius_packets import answer_of, dictionary, request, verified_reply
from evertunnel.drivers.radius_values import Accept, Accounting, NoAnswer, Question, Reject, Status
from evertunnel.errors import EngineRejected, EngineUnavailable
from evertunnel.values import Secret, Serial

T = TypeVar("T")

SECRET = b"a-secret-for-tests"
QUESTION = Question(
    identity="O=Contoso, CN=laptop1.corp.contoso.com, serialNumber=5f3a9c",
    serial=Serial("5f3a9c"),
    tunnel="device",
    session="1-1-7",
    port=7,
    address=IPv4Address("10.99.0.1"),
    outer="198.51.100.20",
    called="vpn.contoso.com",
    nas_name="gateway1",
    nas_address=IPv4Address("10.0.1.10"),
)

RECORD = Accounting(
    status=Status.START, session="1-7", number=1, at=1.0, tunnel="device", name="laptop1", outer="198.51.100.20"
)
SENDER = Sender(name="gateway1", address=IPv4Address("10.0.1.10"), called="vpn.contoso.com")


def test_question_travels_with_a_message_authenticator_and_all_it_says() -> None:
    asked = decoded(request(QUESTION, server(1812), dictionary(32473)).RequestPacket())

    assert asked.verify_message_authenticator()
    assert asked["Service-Type"] == ["Authorize-Only"]
    assert asked["User-Name"] == [QUESTION.identity]
    assert asked["Framed-IP-Address"] == ["10.99.0.1"]
    assert asked["Evertunnel-Serial"] == ["5f3a9c"]
    assert asked["Acct-Session-Id"] == ["1-1-7"]


def test_question_that_does_not_fit_is_refused() -> None:
    with pytest.raises(EngineRejected, match="User-Name does not fit"):
        request(replace(QUESTION, identity="x" * 254), server(1812), dictionary(32473))


def test_accept_is_read() -> None:
    def accepts(asked: AuthPacket) -> list[bytes]:
        reply = asked.CreateReply(User_Name="laptop1", Filter_Id="management", Session_Timeout=60, Class=b"17")
        return [reply.ReplyPacket()]

    answer = with_server(accepts, lambda client: client.ask(QUESTION))

    assert answer == Accept(name="laptop1", reach="management", seconds=60, decision="17")


def test_reject_is_read() -> None:
    def rejects(asked: AuthPacket) -> list[bytes]:
        return [rejected(asked, "48 The device is disabled.").ReplyPacket()]

    assert with_server(rejects, lambda client: client.ask(QUESTION)) == Reject(message="48 The device is disabled.")


def test_status_server_is_asked() -> None:
    def answers(asked: AuthPacket) -> list[bytes]:
        return [asked.CreateReply().ReplyPacket()] if asked.code == StatusServer else []

    assert with_server(answers, lambda client: client.is_alive())


def test_silence_is_no_answer_after_all_tries() -> None:
    asked: list[Packet] = []

    def hears(packet: AuthPacket) -> list[bytes]:
        asked.append(packet)
        return []

    assert with_server(hears, lambda client: client.ask(QUESTION)) == NoAnswer()
    assert len(asked) == 2
    assert len({each.authenticator for each in asked}) == 1


def test_network_without_a_way_to_the_server_is_unavailable() -> None:
    async def ask() -> None:
        # The kernel refuses to connect to a broadcast address as it does to one that no route leads to.
        async with Client(replace(server(1812), address=IPv4Address("255.255.255.255"))):
            pytest.fail("no socket can be connected there")

    with pytest.raises(EngineUnavailable, match=r"RADIUS server 255\.255\.255\.255 cannot be reached"):
        asyncio.run(ask())


def test_answer_to_the_second_try_counts() -> None:
    asked: list[Packet] = []

    def second(packet: AuthPacket) -> list[bytes]:
        asked.append(packet)
        return [packet.CreateReply().ReplyPacket()] if len(asked) == 2 else []

    assert isinstance(with_server(second, lambda client: client.ask(QUESTION)), Accept)


def test_what_is_no_genuine_answer_is_ignored_and_counted() -> None:
    def noise(asked: AuthPacket) -> list[bytes]:
        unsigned = asked.CreateReply(message_authenticator=False)
        forged = AuthPacket(2, asked.id, b"another secret", asked.authenticator, dict=asked.dict)
        forged.message_authenticator = True
        other = asked.CreateReply()
        other.id = (asked.id + 1) % 256
        good = rejected(asked, "no").ReplyPacket()
        return [b"x", unsigned.ReplyPacket(), forged.ReplyPacket(), other.ReplyPacket(), good[:-1], good]

    async def ask(client: Client) -> tuple[object, int]:
        return await client.ask(QUESTION), client.ignored

    assert with_server(noise, ask) == (Reject(message="no"), 5)


def test_many_questions_at_once_get_their_own_answers() -> None:
    def accepts(asked: AuthPacket) -> list[bytes]:
        return [asked.CreateReply(User_Name=asked["User-Name"][0], Filter_Id="r").ReplyPacket()]

    async def ask(client: Client) -> list[object]:
        names = [f"laptop{number}" for number in range(600)]
        answers = await asyncio.gather(*(client.ask(replace(QUESTION, identity=name)) for name in names))
        return [answer.name for answer in answers if isinstance(answer, Accept)]

    assert with_server(accepts, ask) == [f"laptop{number}" for number in range(600)]


def test_attribute_that_is_there_twice_says_nothing() -> None:
    asked = request(QUESTION, server(1812), dictionary(32473))
    asked.id = 1
    reply = decoded(asked.RequestPacket()).CreateReply(User_Name="laptop1", Session_Timeout=60)
    for reach in ("management", "everything"):
        reply.AddAttribute("Filter-Id", reach)

    read = verified_reply(asked, reply.ReplyPacket())

    assert read is not None
    assert answer_of(read) == Accept(name="laptop1", reach="", seconds=60)


def test_record_is_taken_once_its_answer_is_genuine() -> None:
    tries: list[bytes] = []

    def answers(asked: AcctPacket) -> list[bytes]:
        tries.append(asked.authenticator)
        forged = AcctPacket(5, asked.id, b"another secret", asked.authenticator, dict=asked.dict)
        return [forged.ReplyPacket()] if len(tries) == 1 else [asked.CreateReply().ReplyPacket()]

    assert with_server(answers, lambda client: client.account(RECORD, SENDER), packet=AcctPacket)
    assert len(tries) == 2


def test_record_without_an_answer_is_not_taken() -> None:
    assert not with_server(lambda _: [], lambda client: client.account(RECORD, SENDER), packet=AcctPacket)


# Helpers


def server(port: int) -> Server:
    return Server(
        address=IPv4Address("127.0.0.1"), port=port, secret=Secret(SECRET.decode()), vendor=32473, seconds=0.2, tries=2
    )


def decoded(raw: bytes, packet: type[AuthPacket] = AuthPacket) -> AuthPacket:
    return packet(packet=raw, secret=SECRET, dict=dictionary(32473))


def rejected(asked: AuthPacket, message: str) -> AuthPacket:
    reply = asked.CreateReply(Reply_Message=message)
    reply.code = AccessReject
    return reply


def with_server(
    answer: Callable[[AuthPacket], list[bytes]],
    use: Callable[[Client], Awaitable[T]],
    packet: type[AuthPacket] = AuthPacket,
) -> T:
    class Responder(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            for reply in answer(decoded(data, packet)):
                self.transport.sendto(reply, addr)  # type: ignore[attr-defined]  # Python 3.11's class lacks its base

    async def run() -> T:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Responder, local_addr=("127.0.0.1", 0))
        try:
            async with Client(server(transport.get_extra_info("sockname")[1])) as client:
                return await use(client)
        finally:
            transport.close()

    return asyncio.run(run())
