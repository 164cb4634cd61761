"""What the edge lets in beside the gateway's UDP 500 and 4500."""

from dataclasses import dataclass
from enum import Enum

from evertunnel.plan.settings import setting
from evertunnel.values import HostName


class Protocol(Enum):
    """A transport protocol."""

    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A port of a perimeter host that the internet may reach."""

    host: HostName = setting("The host, as the plan names it.")
    protocol: Protocol = setting("tcp or udp.")
    port: int = setting("The port.", minimum=1, maximum=65_535)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """Additions to the planned rules."""

    publish: tuple[Publication, ...] = setting("What the edge lets in beside the gateway.", factory=tuple)
