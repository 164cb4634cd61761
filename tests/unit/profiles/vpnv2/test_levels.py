from evertunnel.profiles.vpnv2.levels import homes, is_reserved, nearest


def test_homes_of_an_element_are_those_that_may_hold_it() -> None:
    assert homes("servers") == ("NativeProfile",)
    assert homes("RoutingPolicyType") == ("TrafficFilter", "NativeProfile")
    assert "EapType of PEAP" in homes("FastReconnect")
    assert homes("DNSServers") == ("DomainNameInformation",)
    assert homes("Novel") == ()


def test_nearest_is_the_one_that_is_written_much_alike() -> None:
    assert nearest("TrustedNetworkDetecton") == "TrustedNetworkDetection"
    assert nearest("Alwayson1") == "AlwaysOn"
    assert nearest("Novel") == nearest("x" * 10_000) == ""


def test_what_windows_keeps_for_itself_is_known_where_it_stands() -> None:
    assert is_reserved("VPNProfile/AppTrigger[2]/App", "Type")
    assert not is_reserved("VPNProfile/AppTrigger[2]", "Type")
    assert is_reserved("VPNProfile/DomainNameInformation[3]", "DomainNameType")
