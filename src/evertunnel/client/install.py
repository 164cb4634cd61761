"""Puts a profile in place: everything checked first, then files, then the two services, now and at every boot.

And takes it away again: the log-ins first, because they speak to the agent; then the services, because the agent would
put back what is taken away under it; the files last, so that a removal that failed half way can be asked for again.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from evertunnel import documents
from evertunnel.client import at_login, joining, lockdown, places, render, request, routes, trust
from evertunnel.drivers.host.files import Directory, File, Files
from evertunnel.drivers.host.services import services_driver
from evertunnel.drivers.host.units import Services, Unit
from evertunnel.drivers.nft import Nft
from evertunnel.errors import EngineRejected, NotFound
from evertunnel.profiles.device import DeviceProfile
from evertunnel.values import Secret

CHARON = "client-charon"
AGENT = "client"


def install(
    profile_text: str,
    certificate: str | None = None,
    *,
    files: places.Disk | None = None,
    services: Services | None = None,
    now: datetime | None = None,
) -> None:
    """Installs a profile, or another one over it; one for all with a certificate (PEM), by default the one here.

    Touches nothing unless profile, key and certificates fit together.
    """
    files = files or Files()
    kept = files.read(places.PROFILE) or files.read(places.KEPT_PROFILE)
    joined = joining.device_profile(profile_text, certificate, kept.content if kept else None)
    key = files.read(places.KEY)
    if key is None:
        raise EngineRejected(
            f"{places.KEY} is not there. Make this device's key first: evertunnel client request DEVICE"
        )
    now = now or datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 (the command line's default; tests pass it)
    trust.check(joined, request.read_key(Secret(key.content)), now)
    rendered = files_of(joined.profile)
    files.make_directory(Directory(path=places.DIRECTORY))
    for file in rendered:
        files.write(file)
    _run(services or services_driver(), units(rendered))


def remove(
    *,
    purge: bool,
    files: places.ClearedDisk | None = None,
    services: Services | None = None,
    tables: lockdown.Tables | None = None,
    remove_routes: Callable[[], None] = routes.remove,  # of both tunnels
    logins: at_login.Logins | None = None,
) -> bool:
    """Takes the client off this device; keys and profiles with their certificates stay, unless purged.

    Gives whether they are there now. NotFound where there is nothing of a client: routes and table are somebody else's.
    """
    files, services = files or Files(), services or services_driver()
    knew_logins = at_login.clear(logins)
    installed = {AGENT, CHARON} & services.observe().keys()
    if installed or knew_logins or files.observe(places.DIRECTORY):
        _stop(services, installed)
        remove_routes()
        lockdown.unlock(tables or Nft())
        if not purge:
            _keep_profile(files)
        _clear(files)
    elif not (purge and files.observe(places.KEYS)):
        raise NotFound("no client is installed on this device")
    if purge:
        _empty(files, places.KEYS)
    return bool(files.observe(places.KEYS))


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


def _stop(services: Services, installed: set[str]) -> None:
    for name in (AGENT, CHARON):
        if name in installed:
            services.remove(name)
    if not services.observe():
        services.shut_down()


def _keep_profile(files: places.Disk) -> None:
    profile = files.read(places.PROFILE)
    if profile is not None:
        files.make_directory(Directory(path=places.KEYS, mode=0o700))
        files.write(File(path=places.KEPT_PROFILE, content=profile.content, mode=0o600))


def _clear(files: places.ClearedDisk) -> None:
    _empty(files, places.STATUS.parent)
    _empty(files, places.DIRECTORY)


def _empty(files: places.ClearedDisk, directory: Path) -> None:
    found = [file.path for file in files.observe(directory)]
    for path in found:
        files.remove(path)
    below = {parent for path in found for parent in path.parents if parent.is_relative_to(directory)}
    # The deepest first; people whose request was never made have no directory.
    for each in sorted(below | {directory}, key=lambda path: len(path.parts), reverse=True):
        files.remove_directory(each)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
