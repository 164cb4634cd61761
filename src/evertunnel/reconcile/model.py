"""What every domain's engine is, so that preview, apply, verify and put back need to know none of them."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

S = TypeVar("S")


class Effect(Enum):
    """What an action does to the doors: closing goes first and opening last, across all engines."""

    CLOSES = "closes"
    NEUTRAL = "neutral"
    OPENS = "opens"


class Action(Protocol):
    """One thing to do to an engine: a frozen value whose text is its preview line, like "start service sessions"."""

    @property
    def effect(self) -> Effect:
        """What it does to the doors."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that `verify` looked at; `what` is a sentence with the values that were seen."""

    part: str
    held: bool
    what: str

    def __str__(self) -> str:
        return f"{self.part}: {self.what}"


class Engine(Protocol[S]):
    """A domain's adapter over its drivers; S is the domain's State."""

    @property
    def name(self) -> str:
        """The domain's name, as preview prints it."""
        ...

    def observe(self) -> S:
        """What runs."""
        ...

    def diff(self, current: S, desired: S) -> tuple[Action, ...]:
        """What leads from one to the other; equal states give nothing."""
        ...

    def check(self, desired: S) -> None:
        """Raises EngineRejected, with the engine's words, if it would not take `desired`; touches nothing."""
        ...

    def perform(self, action: Action) -> None:
        """Does one of this engine's own actions."""
        ...

    def verify(self, desired: S) -> tuple[Evidence, ...]:
        """Proves, from what runs, that `desired` does."""
        ...

    def empty(self) -> S:
        """The state in which nothing of ours is there: what `remove` leads to."""
        ...
