"""From what a gateway runs to what it shall run."""

from dataclasses import dataclass

from evertunnel.gateway.model import State
from evertunnel.reconcile.local import diff_local
from evertunnel.reconcile.model import Action, Effect
from evertunnel.reconcile.services import RestartService

SESSIONS = "sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadConnections:
    """Gives charon, which runs, the connections that lie on disk: some of them are gone or strange."""

    why: str
    effect: Effect = Effect.OPENS

    def __str__(self) -> str:
        return f"load connections into charon: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnloadConnection:
    """Takes a connection of ours, which nobody wants, out of charon."""

    name: str
    effect: Effect = Effect.CLOSES

    def __str__(self) -> str:
        return f"unload connection {self.name}"


def diff(current: State, desired: State) -> tuple[Action, ...]:
    """Files and services; and connections, where the sessions service that loads them is not started afresh anyway."""
    local = diff_local(current.local, desired.local)
    if not desired.local.services or any(action.effect is Effect.OPENS for action in local):
        return local
    unwanted = sorted(set(current.connections) - set(desired.connections))
    missing = sorted({*desired.connections, *desired.pools} - {*current.connections, *current.pools})
    unload: list[Action] = [UnloadConnection(name=name) for name in unwanted]
    load: list[Action] = [LoadConnections(why=f"{', '.join(missing)} not loaded")] if missing else []
    return (*unload, *local, *load, *(_reopening(desired) if current.latch_is_shut else ()))


def _reopening(desired: State) -> tuple[Action, ...]:
    """The sessions service opens the latch at its start, once charon has everything and RADIUS answers."""
    return tuple(
        RestartService(service=service, why="the latch is shut")
        for service in desired.local.services
        if service.name == SESSIONS
    )
