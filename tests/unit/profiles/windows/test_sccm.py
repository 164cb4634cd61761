from dataclasses import replace

from evertunnel.plan.model import Plan
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.windows import powershell
from evertunnel.profiles.windows.sccm import build


def test_the_package_holds_the_very_scripts_that_an_administrator_runs(plan: Plan, trust: Trust) -> None:
    scripts = {str(each.path): each.content for each in powershell.build(plan, trust).documents}

    assert {path.removeprefix("package/"): text for path, text in contents(plan, trust, "package/").items()} == scripts


def test_detection_looks_for_what_the_script_of_the_same_build_leaves(plan: Plan, trust: Trust) -> None:
    package, detection = contents(plan, trust, "package/"), contents(plan, trust, "detection/")

    for kind in ("Device", "User"):
        installed = line(package[f"package/Install-{kind}Tunnel.ps1"], "$Fingerprint = '")
        assert installed == line(detection[f"detection/Detect-{kind}Tunnel.ps1"], "$Fingerprint = '")


def test_detection_asks_windows_for_the_profile_that_the_script_put_there(plan: Plan, trust: Trust) -> None:
    package, detection = contents(plan, trust, "package/"), contents(plan, trust, "detection/")

    for kind in ("Device", "User"):
        script = detection[f"detection/Detect-{kind}Tunnel.ps1"]
        for value in ("$InstanceId = '", "$Gateway = '", "$ClassName = '"):
            assert line(script, value) == line(package[f"package/Install-{kind}Tunnel.ps1"], value)
        # SYSTEM sees no person's connections by them, and the 32-bit PowerShell has none.
        called = [each for each in script.decode().splitlines() if "VpnConnection" in each and "#" not in each]
        assert called == []


def test_the_settings_name_the_files_and_the_groups(plan: Plan, trust: Trust) -> None:
    settings = contents(plan, trust, "Settings.txt")["Settings.txt"].decode()

    for name in (
        "Install-DeviceTunnel.ps1",
        "Install-UserTunnel.ps1",
        "Remove-Tunnels.ps1",
        "VPN Devices",
        "VPN Users",
    ):
        assert name in settings


def test_without_a_user_tunnel_nothing_is_said_of_one(plan: Plan, trust: Trust) -> None:
    alone = replace(plan, user_tunnel=None)

    assert "UserTunnel" not in contents(alone, trust, "Settings.txt")["Settings.txt"].decode()
    assert [path for path in contents(alone, trust, "") if "User" in path] == []
    assert [each.path for each in build(alone, trust).missing if each.path.startswith("user")] == []


def contents(plan: Plan, trust: Trust, start: str) -> dict[str, bytes]:
    documents = {str(each.path): each.content for each in build(plan, trust).documents}
    return {path: content for path, content in documents.items() if path.startswith(start)}


def line(script: bytes, start: str) -> str:
    return next(each for each in script.decode().splitlines() if each.startswith(start))
