"""What runs on this host, as services, charon and nft say it."""

import datetime
from dataclasses import dataclass
from ipaddress import IPv4Address

from evertunnel.control_plane import bundles
from evertunnel.control_plane.bundles import APPLIED
from evertunnel.drivers.host.services import services_driver
from evertunnel.drivers.nft import TABLE, Nft
from evertunnel.drivers.vici import Vici
from evertunnel.errors import EngineUnavailable
from evertunnel.gateway.render import SOCKET

FAMILY, NAME = TABLE.split()
PREFIX = "admitted_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """A service."""

    name: str
    runs: bool
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A tunnel that ends here; `reach` is empty while it is not admitted."""

    identity: str
    address: IPv4Address
    endpoint: str
    reach: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What runs on this host."""

    host: str  # nothing where nothing was applied
    applied: str
    is_gateway: bool
    services: tuple[ServiceLine, ...]
    sessions: tuple[SessionLine, ...]

    @property
    def runs(self) -> bool:
        """Whether something was applied and all of it runs."""
        return bool(self.host) and all(service.runs for service in self.services)


def status() -> Status:
    """What runs on this host."""
    bundle = bundles.find_applied()
    moment = datetime.datetime.fromtimestamp(APPLIED.stat().st_mtime, datetime.UTC) if bundle else None
    services = sorted(services_driver().observe().items())
    return Status(
        host=bundle.host if bundle else "",
        applied=moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "never",
        is_gateway=bool(bundle and bundle.gateway),
        services=tuple(ServiceLine(name=name, runs=each.is_running, restarts=each.restarts) for name, each in services),
        sessions=_sessions() if bundle and bundle.gateway else (),
    )


def _sessions() -> tuple[SessionLine, ...]:
    try:
        charon = Vici(SOCKET)
    except EngineUnavailable:
        return ()
    try:
        listed = charon.list_sas()
    finally:
        charon.close()
    reaches = _reaches()
    return tuple(
        SessionLine(
            identity=sa.remote_id,
            address=address,
            endpoint=f"{sa.remote_host}:{sa.remote_port}",
            reach=reaches.get(str(address), ""),
        )
        for sa in listed
        for address in sa.addresses
    )


def _reaches() -> dict[str, str]:
    nft = Nft()
    sets = [each["set"] for each in nft.table(FAMILY, NAME) if isinstance(each.get("set"), dict)]
    names = [str(each["name"]) for each in sets if isinstance(each, dict) and str(each["name"]).startswith(PREFIX)]
    return {element.value: name.removeprefix(PREFIX) for name in names for element in nft.elements(name)}
