"""One knock at a TCP port inside, from the tunnel's address: proof that packets pass, whoever answers."""

import asyncio
from ipaddress import IPv4Address

from evertunnel.client.machine import Answer
from evertunnel.profiles.tunnel import Probe

KNOCK_TIMEOUT = 2.0


def knock(source: IPv4Address, probe: Probe, timeout: float = KNOCK_TIMEOUT) -> Answer:
    """Opens a connection and closes it at once; a refusal came from inside too."""
    return asyncio.run(_knock(source, probe, timeout))


async def _knock(source: IPv4Address, probe: Probe, timeout: float) -> Answer:  # noqa: ASYNC109 (the whole knock's limit)
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(str(probe.address), probe.port, local_addr=(str(source), 0))
    except ConnectionRefusedError:
        return Answer.REFUSED
    except OSError:  # TimeoutError is one too
        return Answer.SILENT
    writer.transport.abort()
    return Answer.ANSWERED
