"""What profiles are called, by people and by machines."""

from uuid import NAMESPACE_DNS, UUID, uuid5

from evertunnel.plan.model import Plan
from evertunnel.plan.profiles import default_name
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import side_of


def shown_name(plan: Plan, kind: Tunnel) -> str:
    """The name that people see."""
    return side_of(plan, kind).profile.name or default_name(plan.organisation.name, kind.value)


def file_name(kind: Tunnel, suffix: str) -> str:
    """The name of a tunnel's file: never of the plan's text."""
    return f"{kind.value}-tunnel.{suffix}"


def uuid_of(plan: Plan, *purpose: str) -> UUID:
    """The same for the same organisation and purpose, so that a new profile replaces the one before."""
    return uuid5(uuid5(NAMESPACE_DNS, plan.organisation.domain), "/".join(("evertunnel", *purpose)))
