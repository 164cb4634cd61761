"""The delivery of the outbox: whom its service tells, and what the service is."""

from dataclasses import dataclass
from pathlib import Path

from evertunnel import documents
from evertunnel.drivers.dynamic_values import PORT, Peer
from evertunnel.drivers.host.values import Account, File
from evertunnel.radius.model import DOMAIN, OUR_GROUP, STORE, RadiusClient, derived
from evertunnel.reconcile.services import Service
from evertunnel.values import HostName, Secret

SETTINGS = DOMAIN / "outbox.json"
USER = "evertunnel-outbox"
ACCOUNT = Account(name=USER, group=OUR_GROUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxSettings:
    """outbox.json: the gateways that are told, by name."""

    gateways: dict[HostName, Peer]
    store: Path = STORE


def secret_for(radius_secret: Secret) -> Secret:
    """What proves an order to a gateway: whoever learns it cannot answer for the RADIUS server with it."""
    return derived(radius_secret, "dynamic authorisation")


def settings_file(gateways: tuple[RadiusClient, ...]) -> File:
    """The service's settings."""
    peers = {
        each.name: Peer(address=each.address, port=PORT, secret=secret_for(each.secret))
        for each in sorted(gateways, key=lambda each: each.name)
    }
    content = documents.to_json(OutboxSettings(gateways=peers))
    return File(path=SETTINGS, content=content, mode=0o400, owner=USER, group=OUR_GROUP, secret=True)


def service(settings: File) -> Service:
    """The service, which may write to the store that a row is done."""
    return Service(
        name="outbox", argv=("evertunnel", "service", "outbox"), user=USER, groups=(OUR_GROUP,), reads=(SETTINGS,)
    ).of_files([settings])
