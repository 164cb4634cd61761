import asyncio
from ipaddress import IPv4Address

from evertunnel.client.machine import Answer
from evertunnel.client.probes import knock
from evertunnel.profiles.tunnel import Probe

LOOPBACK = IPv4Address("127.0.0.1")


def test_open_port_answers() -> None:
    async def knock_at_a_server() -> Answer:
        closed = asyncio.Event()

        async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()
            await writer.wait_closed()
            closed.set()

        server = await asyncio.start_server(close, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            answer = await asyncio.to_thread(knock, LOOPBACK, Probe(address=LOOPBACK, port=port))
            # The knock may be over before the server has seen it.
            await closed.wait()
            return answer

    assert asyncio.run(knock_at_a_server()) is Answer.ANSWERED


def test_closed_port_refuses() -> None:
    async def free_port() -> int:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            return int(server.sockets[0].getsockname()[1])

    probe = Probe(address=LOOPBACK, port=asyncio.run(free_port()))

    assert knock(LOOPBACK, probe) is Answer.REFUSED


def test_address_that_is_not_ours_is_silence() -> None:
    probe = Probe(address=LOOPBACK, port=80)

    assert knock(IPv4Address("192.0.2.1"), probe) is Answer.SILENT
