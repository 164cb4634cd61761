"""What a delivery of profiles is: files for one way of bringing them to clients, and what that way cannot do."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from evertunnel.plan.model import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The authority's certificates (PEM): what clients pin."""

    root: str
    issuing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file of a delivery. Secret ones are written for their owner alone."""

    path: PurePosixPath  # below the delivery's folder
    content: bytes
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A setting of the plan that this way cannot carry, and what that means for the client."""

    path: str  # as `check` names it, like user_tunnel.profile.app_triggers
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The files, and what of the plan is not in them: said, never silently less."""

    documents: tuple[Document, ...]
    missing: tuple[Missing, ...] = ()


Build = Callable[[Plan, Trust], Delivery]
