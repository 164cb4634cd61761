from evertunnel.profiles.vpnv2.model import VpnProfile
from evertunnel.profiles.vpnv2.reading import Reading


def test_line_of_what_is_not_there_is_that_of_the_nearest_element_around_it() -> None:
    reading = Reading(profile=VpnProfile(), lines={"VPNProfile": 2, "VPNProfile/NativeProfile": 7})

    assert reading.line("VPNProfile/NativeProfile/Authentication/UserMethod") == 7
    assert reading.line("VPNProfile/Route[2]") == 2
    assert reading.line("elsewhere") == 1
