"""Asks FreeRADIUS and the policy service whether they live."""

import asyncio

from evertunnel.drivers import http
from evertunnel.drivers.radius import Client, Server
from evertunnel.radius.model import Probe

SECONDS = 2.0
TRIES = 3
SIZE = 200


class Asking:
    """Asks over the network, as a gateway and as FreeRADIUS would."""

    def radius_is_alive(self, probe: Probe) -> bool:
        """Whether Status-Server is answered, with a right Message-Authenticator."""
        return asyncio.run(_is_alive(probe))

    def policy_says(self, probe: Probe) -> str:
        """What the policy service says of itself."""
        url = f"http://127.0.0.1:{probe.policy_port}/ready"
        headers = (("authorization", f"Bearer {probe.tokens.asks.reveal()}"),)
        return http.get(url, SECONDS, SIZE, headers).decode("ascii", "replace")


async def _is_alive(probe: Probe) -> bool:
    vendor = 32_473  # of no account here: Status-Server carries none of our attributes
    server = Server(
        address=probe.address, port=probe.port, secret=probe.secret, vendor=vendor, seconds=SECONDS, tries=TRIES
    )
    async with Client(server) as client:
        return await client.is_alive()
