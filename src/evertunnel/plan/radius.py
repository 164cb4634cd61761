"""The RADIUS server (NPS)."""

from dataclasses import dataclass

from evertunnel.plan.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Radius:
    """How gateways ask."""

    port: int = setting("UDP port for authentication and authorisation.", default=1812, minimum=1, maximum=65_535)
    timeout_seconds: int = setting("How long a gateway waits for one answer.", default=2, minimum=1, maximum=10)
    tries: int = setting("How often a gateway asks before it counts RADIUS as away.", default=3, minimum=1, maximum=10)
    vendor: int = setting(
        "Private enterprise number of our attributes; 32473 is IANA's number for examples (RFC 5612).",
        default=32_473,
        minimum=1,
        maximum=16_777_215,
    )
