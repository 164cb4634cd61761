import pytest

from evertunnel.profiles.lint.subject import AUTOMATIC, Subject, elements, nth
from evertunnel.profiles.vpnv2.model import Protocol
from evertunnel.profiles.vpnv2.read import read

LISTED = (
    "<NativeProtocolType>ProtocolList</NativeProtocolType><ProtocolList><NativeProtocol><Type>Sstp</Type>"
    "</NativeProtocol></ProtocolList>"
)


def subject(inside: str) -> Subject:
    return Subject(reading=read(f"<VPNProfile>{inside}</VPNProfile>"))


def native(inside: str) -> Subject:
    return subject(f"<NativeProfile>{inside}</NativeProfile>")


@pytest.mark.parametrize(
    ("inside", "protocols"),
    [
        ("", set()),
        ("<NativeProtocolType>Ikev2</NativeProtocolType>", {Protocol.IKEV2}),
        ("<NativeProtocolType>Automatic</NativeProtocolType>", AUTOMATIC),
        ("<NativeProtocolType>ProtocolList</NativeProtocolType>", set()),
        (
            LISTED,
            {Protocol.SSTP},
        ),
    ],
)
def test_protocols_are_those_that_the_tunnel_may_be(inside: str, protocols: set[Protocol]) -> None:
    assert native(inside).protocols == protocols


def test_an_element_that_could_not_be_read_is_known_to_be_there() -> None:
    seen = subject("<AlwaysOn>perhaps</AlwaysOn>")

    assert seen.is_told("VPNProfile/AlwaysOn")
    assert not seen.is_told("VPNProfile/DeviceTunnel")


def test_elements_are_told_with_their_paths() -> None:
    two = subject(
        "<Route><Address>10.0.0.0</Address></Route><Route/><DnsSuffix>a,b</DnsSuffix><APNBinding/>"
        "<NativeProfile><Servers>a,b</Servers></NativeProfile>"
    )

    assert [path.removeprefix("VPNProfile/") for path, _ in elements(two.profile)] == [
        "DnsSuffix",
        "APNBinding",
        "NativeProfile",
        "NativeProfile/Servers",
        "Route",
        "Route/Address",
        "Route[2]",
    ]


def test_paths_are_numbered_from_the_second_on() -> None:
    assert [nth("VPNProfile/Route", index) for index in range(2)] == ["VPNProfile/Route", "VPNProfile/Route[2]"]


def test_a_block_alone_and_another_document_are_no_profile() -> None:
    block = "<EapHostConfig xmlns='http://www.microsoft.com/provisioning/EapHostConfig'/>"

    assert not Subject(reading=read(block)).is_whole
    assert not Subject(reading=read("<html/>")).is_whole
    assert subject("<html/>").is_whole
