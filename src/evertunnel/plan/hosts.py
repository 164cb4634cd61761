"""The hosts of the plan, what each does, and its network cards."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface

from evertunnel.plan.settings import setting
from evertunnel.values import GroupName


class Role(Enum):
    """What a host does."""

    EDGE_FIREWALL = "edge-firewall"
    INNER_FIREWALL = "inner-firewall"
    GATEWAY = "gateway"
    CA = "ca"
    DIRECTORY = "directory"
    RADIUS = "radius"
    POLICY = "policy"
    PUBLISHER = "publisher"
    DNS = "dns"
    SERVER = "server"  # an inside server that tunnels may reach or not: management, intranet


class Mode(Enum):
    """Who runs a host: Evertunnel, or its owner (then it is only told what to set, and checked from outside)."""

    MANAGED = "managed"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """A network card."""

    interface: str = setting("The interface's name on the host, like eth0.")
    address: IPv4Interface = setting("Its address with prefix, like 203.0.113.10/28.")
    next_hop: IPv4Address | None = setting("The router that this card's default route goes through.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host; `external` faces the internet (or the perimeter, on the inner firewall), `internal` the organisation."""

    mode: Mode = setting("managed (Evertunnel runs it) or external (its owner does).", default=Mode.MANAGED)
    roles: tuple[Role, ...] = setting("What the host does.")
    external: Nic | None = setting(
        "The card toward the internet; on the inner firewall, toward the perimeter.", default=None
    )
    internal: Nic | None = setting("The card toward the organisation's network.", default=None)
    groups: tuple[GroupName, ...] = setting("The directory groups of this computer.", factory=tuple)
