from dataclasses import replace

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Missing
from evertunnel.profiles.windows import limits


def test_scripts_bring_no_certificates_for_the_tunnels_that_there_are(plan: Plan) -> None:
    assert paths(limits.of_scripts(plan)) == ["certificates.templates.device", "certificates.templates.user"]
    assert paths(limits.of_scripts(replace(plan, user_tunnel=None))) == ["certificates.templates.device"]


def test_lockdown_leaves_no_room_for_a_user_tunnel(plan: Plan) -> None:
    tunnel = replace(plan.device_tunnel, profile=replace(plan.device_tunnel.profile, lockdown=True))
    locked = replace(plan, device_tunnel=tunnel)

    assert paths(limits.everywhere(locked)) == ["user_tunnel"]
    assert limits.everywhere(replace(locked, user_tunnel=None)) == ()
    assert limits.everywhere(plan) == ()


def test_a_document_lists_them() -> None:
    assert limits.as_text((Missing(path="a.b", what="c"), Missing(path="d", what="e"))) == "- a.b: c.\n- d: e."


def paths(missing: tuple[Missing, ...]) -> list[str]:
    return [each.path for each in missing]
