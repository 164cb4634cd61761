"""The agent's world as it really is: charon over VICI, nftables, routes, and a thread per knock. No policy."""

from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

from evertunnel.client import charon, lockdown, places, probes, reasons, routes, status, trust
from evertunnel.client.machine import Answer, Sa
from evertunnel.client.status import Report
from evertunnel.drivers.host.files import Files
from evertunnel.drivers.nft import Nft
from evertunnel.drivers.vici import Events
from evertunnel.drivers.vici_values import Event, LogLine
from evertunnel.errors import EngineUnavailable
from evertunnel.profiles.device import DeviceProfile
from evertunnel.values import Secret


class LinuxDevice:
    """The device that this program runs on."""

    def __init__(self, profile: DeviceProfile, key: Secret, nft: Nft) -> None:
        self._profile, self._key, self._nft = profile, key, nft
        self._files = Files()

    def connect(self, wake: Callable[[str | None], None]) -> "LinuxEngine":
        """Connects to charon."""
        return LinuxEngine(self._profile, self._key, wake)

    def lock(self) -> None:
        """Puts the drop rule in place."""
        lockdown.lock(self._nft, self._profile.pool)

    def install_routes(self, address: IPv4Address) -> None:
        """Sends what the tunnel carries into it."""
        routes.install(address, self._profile.routes)

    def remove_routes(self) -> None:
        """Takes our routes away."""
        routes.remove()

    def knock(self, address: IPv4Address) -> Answer:
        """Knocks at the first management host."""
        return probes.knock(address, self._profile.probes[0])

    def outside(self) -> str:
        """The host's own routes as text."""
        return routes.outside()

    def report(self, report: Report) -> None:
        """Writes the status."""
        status.write(report, files=self._files)


class LinuxEngine:
    """The device's charon over VICI, with its events on a second connection."""

    def __init__(
        self, profile: DeviceProfile, key: Secret, wake: Callable[[str | None], None], socket: Path = places.VICI
    ) -> None:
        self._profile, self._key, self._wake = profile, key, wake
        self._vici = charon.connect(socket)
        try:
            self._events = Events(socket, self._heard)
        except EngineUnavailable:
            self._vici.close()
            raise
        self.instance = self._vici.instance

    def load(self) -> None:
        """Loads credentials and the connection."""
        self._vici.load(self._profile, trust.identity(self._profile.certificate), self._key)

    def begin(self) -> None:
        """Begins a connection and returns."""
        self._vici.begin()

    def ours(self) -> tuple[Sa, ...]:
        """The SAs of our connection."""
        return self._vici.ours()

    def terminate(self, ike_id: int, *, force: bool) -> None:
        """Ends one of them."""
        self._vici.terminate(ike_id, force=force)

    def close(self) -> None:
        """Ends both connections."""
        self._vici.close()
        self._events.close()

    def _heard(self, hint: Event) -> None:
        if not isinstance(hint, LogLine):
            self._wake(None)
        elif words := reasons.reason(hint.text):
            self._wake(words)
