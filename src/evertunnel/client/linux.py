"""The agent's world as it really is: charon over VICI, nftables, routes, and a thread per knock. No policy."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from evertunnel.client import charon, lockdown, places, probes, reasons, routes, signin, status
from evertunnel.client.machine import Answer, Sa
from evertunnel.client.settings import Kind, Settings
from evertunnel.client.signin import SignedIn
from evertunnel.client.status import Report
from evertunnel.drivers.host.files import Files
from evertunnel.drivers.vici_events import Events
from evertunnel.drivers.vici_values import Event, LogLine
from evertunnel.errors import EngineUnavailable


class LinuxDevice:
    """The device that this program runs on."""

    def __init__(self, rules: lockdown.Rules, files: Files) -> None:
        self._rules, self._files = rules, files
        self._strays: dict[Kind, IPv4Network] = {}

    def connect(self, wake: Callable[[str, str | None], None]) -> "LinuxEngine":
        """Connects to charon."""
        return LinuxEngine(wake)

    def lock(self, settings: Settings) -> None:
        """Puts the drop rule in place."""
        stray = self._strays.get(settings.kind)
        lockdown.lock(self._rules, settings.kind, (*settings.pools, stray) if stray else settings.pools)

    def install_routes(self, settings: Settings, address: IPv4Address) -> None:
        """Sends what the tunnel carries into it."""
        if not any(address in pool for pool in settings.pools):
            # The plan's pools are others by now than when the profile was made.
            self._strays[settings.kind] = IPv4Network(address)
            self.lock(settings)
        routes.install(settings.kind, address, settings.profile.routes)

    def remove_routes(self, kind: Kind) -> None:
        """Takes a tunnel's routes away."""
        routes.remove(kind)

    def knock(self, settings: Settings, address: IPv4Address) -> Answer:
        """Knocks at the first inside host."""
        return probes.knock(address, settings.profile.probes[0])

    def outside(self) -> str:
        """The host's own routes as text."""
        return routes.outside()

    def signed_in(self) -> SignedIn | None:
        """Who is signed in."""
        return signin.current(self._files)

    def tunnel_of(self, who: SignedIn) -> Settings:
        """The tunnel of who is signed in."""
        return signin.tunnel_of(who, self._files)

    def report(self, report: Report) -> None:
        """Writes the report."""
        status.write(report, files=self._files)

    def withdraw_report(self, kind: Kind) -> None:
        """Takes the report away."""
        self._files.remove(status.PATHS[kind])


class LinuxEngine:
    """The device's charon over VICI, with its events on a second connection."""

    def __init__(self, wake: Callable[[str, str | None], None], socket: Path = places.VICI) -> None:
        self._wake = wake
        self._vici = charon.connect(socket)
        try:
            self._events = Events(socket, self._heard)
        except EngineUnavailable:
            self._vici.close()
            raise
        self.instance = self._vici.instance

    def load(self, settings: Settings) -> None:
        """Loads credentials and a connection."""
        self._vici.load(settings)

    def begin(self, settings: Settings) -> None:
        """Begins a connection and returns."""
        self._vici.begin(settings)

    def ours(self, settings: Settings) -> tuple[Sa, ...]:
        """The SAs of a connection."""
        return self._vici.ours(settings.connection)

    def evict(self, device: Settings, user: Settings | None) -> bool:
        """Ends the tunnels of everybody but `user`, and forgets their keys; whether there was any such."""
        return self._vici.evict(device, user)

    def terminate(self, ike_id: int, *, force: bool) -> None:
        """Ends one of them."""
        self._vici.terminate(ike_id, force=force)

    def close(self) -> None:
        """Ends both connections."""
        self._vici.close()
        self._events.close()

    def _heard(self, hint: Event) -> None:
        if not isinstance(hint, LogLine):
            self._wake("", None)
        elif words := reasons.reason(hint.text):
            self._wake(hint.connection, words)
