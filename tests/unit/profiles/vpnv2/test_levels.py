from evertunnel.profiles.vpnv2.levels import homes


def test_homes_of_an_element_are_those_that_may_hold_it() -> None:
    assert homes("servers") == ("NativeProfile",)
    assert homes("RoutingPolicyType") == ("TrafficFilter", "NativeProfile")
    assert "EapType of PEAP" in homes("FastReconnect")
    assert homes("DNSServers") == ("DomainNameInformation",)
    assert homes("Novel") == ()
