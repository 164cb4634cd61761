"""The difference between the services that run and those that shall run."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from evertunnel.drivers.host.units import ServiceStatus, Unit
from evertunnel.drivers.host.values import File
from evertunnel.reconcile.model import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Unit):
    """A service that a domain wants, or (observed) has; `running` is False only on an observed one.

    `reads` are the files whose rewriting makes a restart necessary; `of_files` derives `generation` from them.
    """

    reads: tuple[Path, ...] = ()
    effect_of_start: Effect = Effect.NEUTRAL
    running: bool = True

    def of_files(self, files: Iterable[File]) -> "Service":
        """The service with the generation of those of `files` that it reads."""
        return replace(self, generation=generation(file for file in files if file.path in self.reads))


@dataclass(frozen=True, slots=True, kw_only=True)
class StartService:
    """Installs a service and starts it."""

    service: Service = field(repr=False)

    @property
    def effect(self) -> Effect:
        """What its start does to the doors."""
        return self.service.effect_of_start

    def __str__(self) -> str:
        return f"start service {self.service.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartService:
    """Installs a changed service and restarts it."""

    service: Service = field(repr=False)
    why: str

    @property
    def effect(self) -> Effect:
        """What its start does to the doors."""
        return self.service.effect_of_start

    def __str__(self) -> str:
        return f"restart service {self.service.name}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveService:
    """Stops a service and forgets it."""

    name: str
    effect: Effect = Effect.CLOSES

    def __str__(self) -> str:
        return f"stop and remove service {self.name}"


ServiceAction = StartService | RestartService | RemoveService


def generation(files: Iterable[File]) -> str:
    """Stands for the contents of these files, in whatever order they come."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        digest.update(f"{file.path}\0{len(file.content)}\0{file.content}".encode(errors="surrogateescape"))
    return digest.hexdigest()[:16]


def observed(status: ServiceStatus) -> Service:
    """A service as its manager sees it."""
    fields = {name: getattr(status.unit, name) for name in Unit.__dataclass_fields__}
    return Service(**fields, running=status.is_running)


def diff_services(
    current: tuple[Service, ...], desired: tuple[Service, ...], rewritten: frozenset[Path] = frozenset()
) -> tuple[ServiceAction, ...]:
    """Removes what is not wanted, starts what does not run, restarts what runs with an old unit or old files."""
    there = {service.name: service for service in current}
    wanted = {service.name for service in desired}
    actions: list[ServiceAction] = [RemoveService(name=name) for name in sorted(there.keys() - wanted)]
    for service in desired:
        actions.extend(_difference(there.get(service.name), service, rewritten))
    return tuple(actions)


def _difference(there: Service | None, wanted: Service, rewritten: frozenset[Path]) -> Iterable[ServiceAction]:
    if there is None or not there.running:
        return [StartService(service=wanted)]
    if there.generation != wanted.generation or rewritten & set(wanted.reads):
        return [RestartService(service=wanted, why="files that it reads have changed")]
    if there.unit() != wanted.unit():
        return [RestartService(service=wanted, why="its definition has changed")]
    return []
