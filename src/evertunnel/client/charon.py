"""charon on a device: our connections, their SAs with their own addresses, attempts that nobody waits for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from evertunnel.client import render
from evertunnel.client.machine import Sa
from evertunnel.client.settings import Settings
from evertunnel.drivers.vici import Vici
from evertunnel.drivers.vici_values import Message, number_of, text_of, texts_of
from evertunnel.errors import EngineRejected

# While the two ends make new keys the old ones carry on.
CARRYING = frozenset({"INSTALLED", "UPDATING", "REKEYING", "REKEYED"})
LIVING = frozenset({"ESTABLISHED", "REKEYING"})
GOODBYE_LOOKS = 20  # ten a second: how long a gateway may take to answer a goodbye


class Charon(Vici):
    """One VICI connection to the device's own charon; each call has the driver's time-out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._looks: Counter[int] = Counter()

    def load(self, settings: Settings) -> None:
        """Loads a connection and its credentials; loading the same again changes nothing."""
        for authority in settings.profile.authorities:
            self.load_authority(authority)
        # Before the key: a key of somebody's never lies here without their connection, by which `evict` finds it.
        self.load_conn(settings.connection, settings.definition)
        self.load_key(settings.key.reveal())

    def begin(self, settings: Settings) -> None:
        """Begins a connection and returns at once; what becomes of it is seen in `ours`."""
        wanted = {"child": settings.child, "ike": settings.connection, "timeout": "-1", "loglevel": "-1"}
        self._drain("initiate", wanted)

    def ours(self, connection: str) -> tuple[Sa, ...]:
        """The SAs of a connection."""
        entries = self._stream("list-sas", "list-sa", {"ike": connection})
        return tuple(sa for entry in entries for sa in sas_of(entry, connection))

    def evict(self, device: Settings, user: Settings | None) -> bool:
        """Ends the tunnels of everybody but `user` and has charon forget their keys; whether there was any such.

        charon answers EAP with any key whose certificate has the name asked for, and forgets certificates all at once.
        """
        kept = user.connection if user else ""
        lost = [sa for sa in self.list_sas() if _is_others(sa.connection, kept)]
        for sa in lost:
            self._say_goodbye(sa.ike_id)
        others = [name for name in self.get_conns() if _is_others(name, kept)]
        if others:
            self._request("clear-creds")
            for settings in (device, user):
                if settings:
                    self.load(settings)
        for name in others:
            self.unload_conn(name)
        return bool(lost or others)

    def _say_goodbye(self, ike_id: int) -> None:
        # Forced at once, charon would send no DELETE while another exchange is under way (a route of ours that came or
        # went makes it tell its addresses), and the gateway would keep its half. Told twice, it forces, too.
        self._looks[ike_id] += 1
        if self._looks[ike_id] == 1:
            self.terminate(ike_id)
        elif self._looks[ike_id] >= GOODBYE_LOOKS:
            self.terminate(ike_id, force=True)


def connect(path: Path) -> Charon:
    """Connects; EngineUnavailable while charon is not there."""
    return Charon(path)


def sas_of(entry: Message, connection: str) -> Iterator[Sa]:
    """The SAs of a connection in one list-sa message."""
    section = entry.get(connection)
    if not isinstance(section, Mapping):
        return
    children = section.get("child-sas", {})
    living = text_of(section, "state") in LIVING
    yield Sa(
        unique_id=number_of(section, "uniqueid"),
        carries=living and isinstance(children, Mapping) and any(_carries(child) for child in children.values()),
        address=_address(texts_of(section, "local-vips")),
    )


def _is_others(connection: str, kept: str) -> bool:
    return connection.startswith(render.USER_PREFIX) and connection != kept


def _carries(child: object) -> bool:
    return isinstance(child, Mapping) and text_of(child, "state") in CARRYING


def _address(texts: tuple[str, ...]) -> IPv4Address | None:
    try:
        return IPv4Address(texts[0]) if texts else None
    except AddressValueError as error:
        raise EngineRejected(f"charon's answer cannot be read: local-vips is {texts!r}") from error
