"""Time limits of admission."""

from dataclasses import dataclass

from evertunnel.plan.settings import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long an admission lasts."""

    lease_seconds: int = setting(
        "An admitted address falls out of the gateway's set after this, unless refreshed.",
        default=15,
        minimum=6,
        maximum=60,
    )
    ask_again_seconds: int = setting(
        "How often every live session is asked again.", default=60, minimum=10, maximum=600
    )
    grace_seconds: int = setting(
        "How long live sessions go on after their last allow while RADIUS or the policy service is away.",
        default=300,
        minimum=30,
        maximum=86_400,
    )
