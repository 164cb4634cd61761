import re
from dataclasses import replace

import pytest

from evertunnel.plan.model import Plan
from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.delivery import Trust
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.windows.powershell import build, fingerprint, install_values
from evertunnel.profiles.windows.tunnels import tunnels


def test_there_is_a_script_for_each_tunnel_and_one_to_remove_them(plan: Plan, trust: Trust) -> None:
    assert list(texts(plan, trust)) == ["Install-DeviceTunnel.ps1", "Install-UserTunnel.ps1", "Remove-Tunnels.ps1"]


def test_without_a_user_tunnel_none_is_put_there_or_removed(plan: Plan, trust: Trust) -> None:
    scripts = texts(replace(plan, user_tunnel=None), trust)

    assert list(scripts) == ["Install-DeviceTunnel.ps1", "Remove-Tunnels.ps1"]
    assert "$UserName = ''\n" in scripts["Remove-Tunnels.ps1"]


def test_a_script_carries_the_whole_profile(plan: Plan, hostile: Plan, trust: Trust) -> None:
    for chosen in (plan, hostile):
        scripts = texts(chosen, trust)

        for tunnel in tunnels(chosen, trust):
            carried = assigned(scripts[f"Install-{tunnel.kind.value.title()}Tunnel.ps1"], "ProfileXml")
            assert read(carried).profile == tunnel.profile


def test_the_device_script_limits_the_certificate_and_the_user_script_does_not(plan: Plan, trust: Trust) -> None:
    scripts = texts(plan, trust)

    assert "$CertificateUsages = @('1.3.6.1.5.5.7.3.2')\n" in scripts["Install-DeviceTunnel.ps1"]
    assert "CertificateUsages" not in scripts["Install-UserTunnel.ps1"]


def test_another_profile_has_another_fingerprint(plan: Plan, trust: Trust) -> None:
    (before, _), (after, _) = tunnels(plan, trust), tunnels(renamed(plan), trust)

    assert fingerprint(install_values(before, trust)) == fingerprint(install_values(before, trust))
    assert fingerprint(install_values(before, trust)) != fingerprint(install_values(after, trust))


def test_the_ampersand_is_escaped_before_the_escapes_of_others(plan: Plan, trust: Trust) -> None:
    for name in ("Install-DeviceTunnel.ps1", "Install-UserTunnel.ps1"):
        escapes = re.findall(r"\.Replace\('(.)', '(&\w+;)'\)", texts(plan, trust)[name])

        assert escapes == [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")]


def test_what_scripts_leave_to_others_is_said(plan: Plan, trust: Trust) -> None:
    paths = [each.path for each in build(plan, trust).missing]

    assert paths == [
        "certificates.templates.device",
        "certificates.templates.user",
        "certificates.templates.device.groups",
    ]


@pytest.mark.parametrize("kind", list(Tunnel))
def test_help_says_the_exit_codes(plan: Plan, trust: Trust, kind: Tunnel) -> None:
    text = texts(plan, trust)[f"Install-{kind.value.title()}Tunnel.ps1"]

    help_text = text[text.index("<#") : text.index("#>")]

    assert ".SYNOPSIS" in help_text
    assert ".EXAMPLE" in help_text
    assert "Exit codes: 0 done; 1 failed, the log says why; 2 wrong conditions" in help_text


def texts(plan: Plan, trust: Trust) -> dict[str, str]:
    return {str(each.path): each.content.decode("utf-8-sig") for each in build(plan, trust).documents}


def assigned(script: str, name: str) -> str:
    """What PowerShell reads: up to the quote that is not doubled, doubled ones being one."""
    match = re.search(rf"^\${name} = '((?:[^'\u2018-\u201b]|(['\u2018-\u201b])\2)*)'$", script, re.MULTILINE)
    assert match is not None
    return re.sub(r"(['\u2018-\u201b])\1", r"\1", match[1])


def renamed(plan: Plan) -> Plan:
    return replace(
        plan, device_tunnel=replace(plan.device_tunnel, profile=replace(plan.device_tunnel.profile, name="Other"))
    )
