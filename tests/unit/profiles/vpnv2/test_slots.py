import pytest

from evertunnel.profiles.vpnv2.model import DomainName, NativeProfile, Route, VpnProfile
from evertunnel.profiles.vpnv2.slots import by_name, slots_of


def test_slots_stand_in_the_order_of_the_fields() -> None:
    assert [slot.node.name for slot in slots_of(Route)] == ["Address", "PrefixSize", "ExclusionRoute", "Metric"]


def test_slot_goes_by_every_spelling_of_its_name() -> None:
    names = by_name(DomainName)

    assert names["dnsservers"].field == "dns_servers"
    assert by_name(VpnProfile)["domainnameinformationlist"] is by_name(VpnProfile)["domainnameinformation"]


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        (NativeProfile, "nativeprotocoltype", "Carrier pigeon"),
        (Route, "prefixsize", "129"),
        (Route, "metric", "1" * 5_000),
        (Route, "metric", "-1"),
        (Route, "address", "10.0.0"),
        (VpnProfile, "alwayson", "yes"),
    ],
)
def test_leaf_refuses_what_its_value_cannot_be(kind: type, name: str, text: str) -> None:
    leaf = by_name(kind)[name].leaf
    assert leaf is not None

    with pytest.raises(ValueError, match=r"is not|none of|neither"):
        leaf.read(text)
