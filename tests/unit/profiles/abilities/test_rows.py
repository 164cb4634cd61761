from dataclasses import fields

from tests.unit.profiles.contoso import CONTOSO

from evertunnel.plan.profiles import ClientProfile
from evertunnel.plan.windows import Windows
from evertunnel.profiles.abilities.model import Carries, Platform, sides
from evertunnel.profiles.abilities.rows import ROWS


def test_each_setting_of_a_profile_has_its_row() -> None:
    settings = {row.setting.removeprefix("profile.") for row in ROWS if row.setting.startswith("profile.")}

    assert settings == {field.name for field in fields(ClientProfile)}


def test_no_setting_is_asked_for_by_a_plan_that_leaves_it_out() -> None:
    asked = {row.setting for row in ROWS for side in sides(CONTOSO) if side.kind in row.kinds and row.asked(side)}

    # What a plan asks for by saying nothing: both tunnels, split, up by themselves, with a suffix and a sure server.
    assert asked == {"", "aaa_name", "routes", "profile.always_on", "profile.dns_suffixes"}


def test_profile_xml_lacks_only_what_a_later_windows_has() -> None:
    lacking = [row.on(Platform.PROFILE_XML) for row in ROWS]

    assert all(each.carries is Carries.YES or each.since is not None for each in lacking)
    assert {each.since for each in lacking} == {None, Windows.W11_22H2, Windows.W11_24H2}
