"""Preview, apply, verify and remove, on the host that this runs on."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evertunnel import documents, reconcile
from evertunnel.control_plane import bundles, policy_changes, public, world
from evertunnel.control_plane.bundles import APPLIED, Bundle
from evertunnel.drivers.freeradius import Freeradius
from evertunnel.drivers.host.boot import SupervisorBoot, boot_driver
from evertunnel.drivers.host.files import File, Files
from evertunnel.drivers.host.lock import exclusive
from evertunnel.drivers.host.network import Network
from evertunnel.drivers.host.services import services_driver
from evertunnel.drivers.host.users import Accounts
from evertunnel.drivers.nft import Nft
from evertunnel.errors import EngineError, EngineRejected
from evertunnel.firewall.engine import FirewallEngine
from evertunnel.paths import ETC, LOG, RUN, STATE
from evertunnel.reconcile import Engine, Evidence, HostDrivers, Part, Step

Report = Callable[[Step], None]
LOCK = RUN / "apply.lock"
DATA = (STATE, LOG)
DOMAINS = ("firewall", "directory", "pki", "radius", "gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was done, and the folders that are there still."""

    steps: tuple[Step, ...]
    kept: tuple[str, ...]


def preview(bundle: Bundle) -> tuple[Step, ...]:
    """What `apply` would do, in its order."""
    return reconcile.preview(_parts(bundle))


def refusals(bundle: Bundle) -> tuple[str, ...]:
    """Why `apply` would touch nothing: what each engine says against the bundle."""
    return tuple(str(error) for part in _parts(bundle) if (error := _refusal(part)) is not None)


def apply(bundle: Bundle, *, report: Report) -> tuple[Step, ...]:
    """Makes this host what the bundle says and proves it; what failed is put back."""
    with exclusive(LOCK):
        with policy_changes.told(bundle):
            applied = reconcile.apply(_parts(bundle), report=report)
        # What was applied and proved is what a later failure puts back.
        Files().write(File(path=APPLIED, content=documents.to_json(bundle), mode=0o600, secret=True))
    return applied.steps


def restore(*, networked: bool) -> None:
    """At boot: puts back the firewall applied last; before the network is up, without the routes that need it."""
    engine = _booting_firewall()
    if engine.observe().table is not None:
        return  # no boot: an apply may be at work on it
    wanted = bundles.applied().firewall
    if wanted is not None and not networked:
        wanted = replace(wanted, routes=tuple(route for route in wanted.routes if route.via is None))
    if wanted is not None:
        reconcile.apply([Part(engine=engine, desired=wanted, previous=wanted)])


def restore_routes() -> None:
    """At boot, with the network up: adds the routes that `restore` had to leave out."""
    with exclusive(LOCK):
        engine, wanted = _booting_firewall(), bundles.applied().firewall
        current = engine.observe()
        for action in engine.diff(current, replace(current, routes=wanted.routes)) if wanted else ():
            engine.perform(action)


def verify(bundle: Bundle) -> tuple[Evidence, ...]:
    """The evidence of every part of this host."""
    evidence = reconcile.verify(_parts(bundle))
    return (*evidence, public.look(bundle.public)) if bundle.public else evidence


def remove(*, purge: bool, report: Report) -> Removed:
    """Takes Evertunnel off this host; purging takes the store, the CA's keys and the spools too."""
    with exclusive(LOCK):
        steps = reconcile.remove([_engine(name) for name in DOMAINS], report=report)
        services_driver().shut_down()
        Files().remove(APPLIED)
    for tree in (ETC, RUN, *(DATA if purge else ())):
        shutil.rmtree(tree, ignore_errors=True)
    kept = tuple(str(tree) for tree in (ETC, RUN, *DATA) if tree.exists())
    if left := [tree for tree in kept if purge or Path(tree) not in DATA]:
        raise EngineRejected(f"could not be deleted: {', '.join(left)}. Look there for what is mounted or immutable.")
    return Removed(steps=steps, kept=kept)


def _refusal(part: Part[Any]) -> EngineError | None:
    try:
        part.engine.check(part.desired)
    except EngineError as error:
        return error
    return None


def _engine(name: str) -> Engine[Any]:
    """A domain's engine over this host's drivers; only what is used is loaded: loading is what a command costs."""
    nft, files = Nft(), Files()
    host = HostDrivers(files=files, accounts=Accounts(), services=services_driver())
    match name:
        case "firewall":
            return FirewallEngine(nft, Network(), files, boot_driver())
        case "directory":
            from evertunnel.directory.engine import DirectoryEngine  # noqa: PLC0415 (as said above)

            return DirectoryEngine(store=world.STORE, actor="apply", clock=world.now)
        case "pki":
            from evertunnel.pki.engine import PkiEngine  # noqa: PLC0415 (as said above)

            return PkiEngine(host=host, clock=world.now)
        case "radius":
            from evertunnel.radius.asking import Asking  # noqa: PLC0415 (as said above)
            from evertunnel.radius.engine import RadiusEngine  # noqa: PLC0415 (as said above)

            return RadiusEngine(host=host, program=Freeradius(), asker=Asking())
        case _:
            from evertunnel.gateway.engine import GatewayEngine  # noqa: PLC0415 (as said above)

            return GatewayEngine(host=host, sets=nft)


def _booting_firewall() -> FirewallEngine:
    """Over this host's drivers, but for the one that would start the very unit that this runs in."""
    return FirewallEngine(Nft(), Network(), Files(), SupervisorBoot())


def _parts(bundle: Bundle) -> list[Part[Any]]:
    """The domains that this host has, or had when something was applied last."""
    before = bundles.find_applied()
    parts = []
    for name in DOMAINS:
        wanted, had = getattr(bundle, name), getattr(before, name, None)
        if wanted is not None or had is not None:
            engine = _engine(name)
            desired = engine.empty() if wanted is None else wanted
            parts.append(Part(engine=engine, desired=desired, previous=had))
    return parts
