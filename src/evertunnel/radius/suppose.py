"""Questions that nobody asked: what a gateway would ask if somebody connected now, and whom it would be about."""

import sqlite3
from pathlib import Path

from evertunnel.access import Policy, Question
from evertunnel.access.model import Origin
from evertunnel.plan.tunnels import Tunnel
from evertunnel.radius.facts import Database
from evertunnel.radius.origins import origins

KNOWN = {
    Tunnel.DEVICE: "SELECT 1 FROM computer WHERE name = ? AND kind = 'device'",
    Tunnel.USER: "SELECT 1 FROM directory_user WHERE name = ?",
}
# The one that is good the longest; one that is revoked only where there is no other.
SERIAL = """
SELECT serial FROM certificate WHERE principal = ? AND template = ?
ORDER BY revoked IS NULL DESC, not_after DESC, serial LIMIT 1
"""


def device_question(name: str, serial: str, policy: Policy, gateway: str = "") -> Question:
    """What a gateway asks about a device whose device tunnel has come up."""
    # What charon reads in the certificate, but for the organisation, which tells nothing.
    identity = f"CN={name}.{policy.domain}, serialNumber={serial}"
    return Question(tunnel="device", identity=identity, serial=serial, **said_by(gateway, policy))


def user_question(name: str, serial: str, policy: Policy, gateway: str = "") -> Question:
    """What FreeRADIUS asks about a user who has proved this certificate."""
    return Question(
        tunnel="user",
        identity=name,
        serial=serial,
        outer_name=name,
        phase="eap",
        eap_type=policy.user.eap_types[0].value if policy.user and policy.user.eap_types else "",
        **said_by(gateway, policy),
    )


def said_by(gateway: str, policy: Policy) -> dict[str, str]:
    """What a gateway of the plan says of itself: this one, or the first."""
    asking = next((each for each in policy.gateways if gateway in {"", each.name}), None)
    return {
        "gateway": asking.name if asking else gateway,
        "gateway_address": str(asking.address) if asking else "",
        "port_type": "Virtual",
        "tunnel_type": "ESP",
    }


class Directory:
    """Who is known, by the store's file; read only."""

    def __init__(self, store: Path) -> None:
        self._store = Database(store)

    def knows(self, tunnel: Tunnel, name: str) -> bool:
        """Whether there is such a device, or such a user."""
        return self._one(KNOWN[tunnel], name) is not None

    def serial_of(self, tunnel: Tunnel, name: str) -> str:
        """The serial of the certificate that they would show; nothing if they have none."""
        return str(self._one(SERIAL, name, tunnel.value) or "")

    def origin(self, device: str) -> Origin:
        """A device as the one that a user comes from."""
        return next(origins(self._store.connected(), [device]))

    def _one(self, query: str, *values: str) -> object:
        row: sqlite3.Row | None = self._store.connected().execute(query, values).fetchone()
        return row[0] if row else None
