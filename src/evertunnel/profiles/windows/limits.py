"""What no way of delivery, or none by scripts, carries of a plan: said at the build, and in the how-to."""

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Missing


def of_scripts(plan: Plan) -> tuple[Missing, ...]:
    """What scripts leave to others, however they come to the client."""
    device = Missing(
        path="certificates.templates.device",
        what="scripts bring no certificates: the client needs the root, the issuing authority and its device"
        " certificate before, of the plan's authority (evertunnel certificate issue)",
    )
    user = Missing(
        path="certificates.templates.user",
        what="scripts bring no certificates: the person's must be in their store when they sign in",
    )
    return (device, *((user,) if plan.user_tunnel else ()), *everywhere(plan))


def everywhere(plan: Plan) -> tuple[Missing, ...]:
    """What Windows itself does not do."""
    if not plan.device_tunnel.profile.lockdown or plan.user_tunnel is None:
        return ()
    return (
        Missing(
            path="user_tunnel",
            what="Windows holds no other profile beside one with lockdown: the user tunnel is refused on such a client",
        ),
    )


def as_text(missing: tuple[Missing, ...]) -> str:
    """For a document of a delivery: one entry each."""
    return "\n".join(f"- {each.path}: {each.what}." for each in missing)
