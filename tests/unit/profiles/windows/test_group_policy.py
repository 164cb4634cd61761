from dataclasses import replace

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.windows import powershell
from evertunnel.profiles.windows.group_policy import LONGEST_SETTING, STARTUP, build


def test_the_start_up_script_has_the_others_beside_it(plan: Plan, trust: Trust) -> None:
    scripts = {str(each.path): each.content for each in powershell.build(plan, trust).documents}
    found = contents(plan, trust)

    assert found["startup/Install-DeviceTunnel.ps1"] == scripts["Install-DeviceTunnel.ps1"]
    assert found["startup/Install-UserTunnel.ps1"] == scripts["Install-UserTunnel.ps1"]
    assert found["Remove-Tunnels.ps1"] == scripts["Remove-Tunnels.ps1"]
    for name in ("Install-DeviceTunnel.ps1", "Install-UserTunnel.ps1"):
        assert f"-ChildPath '{name}'" in found[f"startup/{STARTUP}"].decode()


def test_no_setting_of_the_policy_is_longer_than_it_can_hold(plan: Plan, hostile: Plan, trust: Trust) -> None:
    # The profile itself is: in a setting it would be cut off.
    assert len(contents(plan, trust)["startup/Install-UserTunnel.ps1"]) > LONGEST_SETTING
    for chosen in (plan, hostile):
        assert max(map(len, contents(chosen, trust)["Settings.txt"].splitlines())) <= LONGEST_SETTING
        assert len(STARTUP) <= LONGEST_SETTING


def test_without_a_user_tunnel_there_is_no_script_for_one(plan: Plan, trust: Trust) -> None:
    alone = replace(plan, user_tunnel=None)

    assert sorted(contents(alone, trust)) == [
        "Remove-Tunnels.ps1",
        "Settings.txt",
        "startup/Install-DeviceTunnel.ps1",
        f"startup/{STARTUP}",
    ]


def test_that_everybody_who_logs_on_gets_the_profile_is_said(plan: Plan, trust: Trust) -> None:
    said = {each.path for each in build(plan, trust).missing}
    alone = {each.path for each in build(replace(plan, user_tunnel=None), trust).missing}

    assert "certificates.templates.user.groups" in said
    assert "certificates.templates.user.groups" not in alone


def contents(plan: Plan, trust: Trust) -> dict[str, bytes]:
    return {str(each.path): each.content for each in build(plan, trust).documents}
