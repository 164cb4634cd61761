"""Puts a profile in place: everything checked first, then files, then the two services, now and at every boot."""

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from evertunnel import documents
from evertunnel.client import places, render, request, trust
from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.drivers.host.services import services_driver
from evertunnel.drivers.host.units import Services, Unit
from evertunnel.errors import EngineRejected
from evertunnel.profiles.device import DeviceProfile, read
from evertunnel.values import Secret

CHARON = "client-charon"
AGENT = "client"


def install(
    profile_text: str,
    *,
    files: places.Disk | None = None,
    services: Services | None = None,
    now: datetime | None = None,
) -> None:
    """Installs a profile, or another one over it; touches nothing unless profile, key and certificates fit together."""
    files = files or Files()
    profile = read(profile_text)
    key = files.read(places.KEY)
    if key is None:
        raise EngineRejected(
            f"{places.KEY} is not there. Make this device's key first: evertunnel client request DEVICE"
        )
    now = now or datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 (the command line's default; tests pass it)
    trust.check(profile, request.read_key(Secret(key.content)), now)
    rendered = files_of(profile)
    files.make_directory(Directory(path=places.DIRECTORY))
    for file in rendered:
        files.write(file)
    _run(services or services_driver(), units(rendered))


def files_of(profile: DeviceProfile) -> tuple[File, ...]:
    """The files that the two services read."""
    return (
        File(path=places.PROFILE, content=documents.to_json(profile)),
        File(path=places.STRONGSWAN_CONF, content=render.strongswan_conf(places.VICI)),
    )


def units(files: Sequence[File]) -> tuple[Unit, ...]:
    """The services, charon first; another content of what one reads is another generation of it."""
    content = {file.path: file.content for file in files}
    return (
        Unit(
            name=CHARON,
            argv=("/usr/sbin/charon-systemd",),
            environment={"STRONGSWAN_CONF": str(places.STRONGSWAN_CONF)},
            generation=_digest(content[places.STRONGSWAN_CONF]),
        ),
        Unit(
            name=AGENT,
            argv=("evertunnel", "service", "client"),
            capabilities=("net_admin",),
            generation=_digest(content[places.PROFILE]),
        ),
    )


def _run(services: Services, wanted: Sequence[Unit]) -> None:
    for unit in wanted:
        services.install(unit)
    running = services.observe()
    for unit in wanted:
        if not (unit.name in running and running[unit.name].is_running):
            services.restart(unit.name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
