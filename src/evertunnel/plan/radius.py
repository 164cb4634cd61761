"""The RADIUS server (NPS)."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from evertunnel.plan.settings import setting
from evertunnel.values import HostName


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A RADIUS client that Evertunnel does not run: RRAS, an Azure VPN gateway, any NAS that speaks EAP."""

    address: IPv4Address = setting("The address that it asks from.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Radius:
    """How gateways ask."""

    port: int = setting(
        "UDP port for authentication and authorisation; accounting is on the next one.",
        default=1812,
        minimum=1,
        maximum=65_534,
    )
    timeout_seconds: int = setting("How long a gateway waits for one answer.", default=2, minimum=1, maximum=10)
    tries: int = setting("How often a gateway asks before it counts RADIUS as away.", default=3, minimum=1, maximum=10)
    vendor: int = setting(
        "Private enterprise number of our attributes; 32473 is IANA's number for examples (RFC 5612).",
        default=32_473,
        minimum=1,
        maximum=16_777_215,
    )
    clients: dict[HostName, Client] = setting(
        "Further RADIUS clients, by the name that they give themselves (NAS-Identifier); the plan's gateways are"
        " clients anyway.",
        factory=dict,
    )
