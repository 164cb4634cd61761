"""What claims about people share: where people may go, and what an administrator is told of a refusal."""

from evertunnel.lab.attempt import Attempt
from evertunnel.lab.claim import Probe, Recorder, Skipped
from evertunnel.lab.probes import fact
from evertunnel.lab.world import World, now

NEEDS = ("gateway", "radius", "inner")
AT_ONCE_SECONDS = 1.0


def require_user_tunnel(world: World) -> None:
    """Skips the claim where people have no tunnel."""
    if world.scenario.plan.user_tunnel is None:
        raise Skipped("the plan has no [user_tunnel]")


def refused(world: World, note: Recorder, attempt: Attempt, reason: str) -> None:
    """Tries to get in, and looks for which reason the policy service refused."""
    began = now()
    note(world.tries(attempt, "kept out"))
    note(said_why(world, attempt.identity, began, reason))


def said_why(world: World, user: str, since: float, reason: str) -> Probe:
    """What the administrator is told."""
    found = [each for each in world.decisions(user) if each.at >= since]
    names = " ".join(each.name for record in found[:1] for each in record.decision.reasons)
    return fact(world.scenario.core.name, f"evertunnel why {user}", expected=reason, observed=names or "nothing")


def why_says(world: World, user: str, words: str) -> Probe:
    """Whether an administrator who asks reads these words."""
    core = world.scenario.core
    said = world.scenario.evertunnel(core, "why", user, check=False).stdout
    observed = words if words in said else said.strip()
    return fact(core.name, f"evertunnel why {user}", expected=words, observed=observed)
