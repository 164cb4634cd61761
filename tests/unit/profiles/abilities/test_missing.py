import pytest
from tests.unit.profiles.contoso import CONTOSO, plan_with

from evertunnel.plan.tunnels import Tunnel
from evertunnel.profiles.abilities import Platform, carries, missing

TRIGGERS = plan_with({"user_tunnel.profile.app_triggers": ["C:\\Windows\\notepad.exe"]})
PEAP_ONLY = plan_with({"user_tunnel.eap_types": ["peap-eap-tls"]})


@pytest.mark.parametrize("platform", [each for each in Platform if each not in {Platform.PROFILE_XML, Platform.INTUNE}])
def test_setting_that_does_not_arrive_is_named_where_the_plan_has_it(platform: Platform) -> None:
    setting = "user_tunnel.profile.app_triggers"

    assert setting in {each.path for each in missing(TRIGGERS, platform)}
    assert setting not in {each.path for each in missing(CONTOSO, platform)}


def test_windows_lacks_nothing_of_an_ordinary_plan() -> None:
    assert missing(TRIGGERS, Platform.PROFILE_XML) == ()
    assert missing(TRIGGERS, Platform.INTUNE) == ()


def test_setting_of_a_later_windows_is_missing_on_an_older_one_alone() -> None:
    older = {"user_tunnel.profile.outage_seconds": 0}
    later = {**older, "clients.windows": "11-24H2"}

    assert [each.path for each in missing(plan_with(older), Platform.PROFILE_XML)] == [*older]
    assert missing(plan_with(later), Platform.PROFILE_XML) == ()


def test_of_a_tunnel_that_there_is_not_nothing_else_is_said() -> None:
    plan = plan_with({"device_tunnel.profile.lockdown": True})

    lost = [each.path for each in missing(plan, Platform.APPLE) if each.path.startswith("device_tunnel")]

    assert lost == ["device_tunnel"]
    assert not carries(plan, Platform.APPLE, Tunnel.DEVICE)
    assert carries(plan, Platform.APPLE, Tunnel.USER)


def test_people_with_peap_alone_have_a_tunnel_on_windows_alone() -> None:
    having = {platform for platform in Platform if carries(PEAP_ONLY, platform, Tunnel.USER)}

    assert having == {Platform.PROFILE_XML, Platform.INTUNE}
    assert all(carries(CONTOSO, platform, Tunnel.USER) for platform in Platform)


def test_always_on_is_said_both_ways() -> None:
    by_hand = plan_with({"user_tunnel.profile.always_on": False, "device_tunnel.profile.always_on": False})

    always_on = {platform: "always_on" in str(missing(CONTOSO, platform)) for platform in Platform}
    not_always_on = {platform: "always_on" in str(missing(by_hand, platform)) for platform in Platform}

    assert always_on[Platform.ANDROID]
    assert not always_on[Platform.LINUX]
    assert not not_always_on[Platform.ANDROID]
    assert not_always_on[Platform.LINUX]
