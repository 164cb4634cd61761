"""charon on a device: our connection, its SAs with their own addresses, attempts that nobody waits for."""

from collections.abc import Iterator, Mapping
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from evertunnel.client import render
from evertunnel.client.machine import Sa
from evertunnel.drivers.vici import Vici
from evertunnel.drivers.vici_values import Message, number_of, text_of, texts_of
from evertunnel.errors import EngineRejected
from evertunnel.profiles.device import DeviceProfile
from evertunnel.values import Secret

# While the two ends make new keys the old ones carry on.
CARRYING = frozenset({"INSTALLED", "UPDATING", "REKEYING", "REKEYED"})
LIVING = frozenset({"ESTABLISHED", "REKEYING"})


class Charon(Vici):
    """One VICI connection to the device's own charon; each call has the driver's time-out."""

    def load(self, profile: DeviceProfile, identity: str, key: Secret) -> None:
        """Loads credentials and the connection; loading the same again changes nothing."""
        for authority in profile.authorities:
            self.load_authority(authority)
        self.load_key(key.reveal())
        self.load_conn(render.CONNECTION, render.connection(profile, identity))

    def begin(self) -> None:
        """Begins a connection and returns at once; what becomes of it is seen in `ours`."""
        self._drain("initiate", {"child": render.CHILD, "ike": render.CONNECTION, "timeout": "-1", "loglevel": "-1"})

    def ours(self) -> tuple[Sa, ...]:
        """The SAs of our connection."""
        entries = self._stream("list-sas", "list-sa", {"ike": render.CONNECTION})
        return tuple(sa for entry in entries for sa in sas_of(entry))


def connect(path: Path) -> Charon:
    """Connects; EngineUnavailable while charon is not there."""
    return Charon(path)


def sas_of(entry: Message) -> Iterator[Sa]:
    """The SAs of our connection in one list-sa message."""
    section = entry.get(render.CONNECTION)
    if not isinstance(section, Mapping):
        return
    children = section.get("child-sas", {})
    living = text_of(section, "state") in LIVING
    yield Sa(
        unique_id=number_of(section, "uniqueid"),
        carries=living and isinstance(children, Mapping) and any(_carries(child) for child in children.values()),
        address=_address(texts_of(section, "local-vips")),
    )


def _carries(child: object) -> bool:
    return isinstance(child, Mapping) and text_of(child, "state") in CARRYING


def _address(texts: tuple[str, ...]) -> IPv4Address | None:
    try:
        return IPv4Address(texts[0]) if texts else None
    except AddressValueError as error:
        raise EngineRejected(f"charon's answer cannot be read: local-vips is {texts!r}") from error
