import pytest

from evertunnel.profiles.vpnv2.compare import compare
from evertunnel.profiles.vpnv2.eap import EapHostConfig, EapTtls
from evertunnel.profiles.vpnv2.model import Authentication, NativeProfile, VpnProfile
from evertunnel.profiles.vpnv2.read import read

PEAP, TLS = (
    (
        '<EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">{n}</Type></EapMethod><Config>'
        '<Eap xmlns="{p}BaseEapConnectionPropertiesV1"><Type>{n}</Type><EapType xmlns="{p}{t}">{i}</EapType>'
        "</Eap></Config></EapHostConfig>"
    ).format(p="http://www.microsoft.com/provisioning/", n=number, t=name, i="{}")
    for number, name in ((25, "MsPeapConnectionPropertiesV1"), (13, "EapTlsConnectionPropertiesV1"))
)


def profile(inside: str) -> VpnProfile:
    return read(f"<VPNProfile>{inside}</VPNProfile>").profile


def native(inside: str) -> str:
    return f"<NativeProfile>{inside}</NativeProfile>"


def eap(block: str) -> str:
    return native(f"<Authentication><Eap><Configuration>{block}</Configuration></Eap></Authentication>")


def route(address: str, more: str = "") -> str:
    return f"<Route><Address>{address}</Address><PrefixSize>8</PrefixSize>{more}</Route>"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (route("10.0.0.0") + route("172.16.0.0"), route("172.16.0.0") + route("10.0.0.0")),
        ("<AlwaysOn>false</AlwaysOn>", ""),
        ("<PrivateNetwork>true</PrivateNetwork>", ""),
        (native("<Servers>vpn.contoso.com;vpn.contoso.com</Servers>"), native("<Servers>vpn.contoso.com</Servers>")),
        (
            native("<NativeProtocolType>Ikev2</NativeProtocolType>"),
            native("<NativeProtocolType>IKEv2</NativeProtocolType>"),
        ),
        (
            native("<Authentication><UserMethod>Eap</UserMethod><MachineMethod>Eap</MachineMethod></Authentication>"),
            native("<Authentication><UserMethod>EAP</UserMethod></Authentication>"),
        ),
        (route("10.0.0.0", "<ExclusionRoute>false</ExclusionRoute>"), route("10.0.0.0")),
    ],
)
def test_what_means_the_same_does_not_differ(first: str, second: str) -> None:
    assert first != second
    assert compare(profile(first), profile(second)) == ()


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("<AlwaysOn>true</AlwaysOn>", "", ("AlwaysOn", "true", None)),
        ("<PrivateNetwork>false</PrivateNetwork>", "", ("PrivateNetwork", "false", None)),
        ("<DnsSuffix>a.b,c.d</DnsSuffix>", "<DnsSuffix>c.d,a.b</DnsSuffix>", ("DnsSuffix", "a.b,c.d", "c.d,a.b")),
        (route("10.0.0.0"), "", ("Route[10.0.0.0/8]", "Address=10.0.0.0 PrefixSize=8", None)),
        (
            route("10.0.0.0", "<Metric>0</Metric>"),
            route("10.0.0.0"),
            ("Route[10.0.0.0/8]/Metric", "0", None),
        ),
        (
            native("<L2tpPsk>one</L2tpPsk>"),
            native("<L2tpPsk>two</L2tpPsk>"),
            ("NativeProfile/L2tpPsk", "a secret", "a secret"),
        ),
        ("<Novel/>", "", ("(profile)", "<Novel/>", None)),
        (
            eap(TLS.format("<DifferentUsername>true</DifferentUsername>")),
            eap(TLS.format("")),
            ("NativeProfile/Authentication/Eap/DifferentUsername", "true", None),
        ),
        (eap(TLS.format("")), eap(PEAP.format("")), ("NativeProfile/Authentication/Eap", "EAP-TLS", "PEAP")),
        (
            eap(TLS.format("").replace(">13<", ">43<", 1)),
            eap(PEAP.format("")),
            ("NativeProfile/Authentication/Eap", "EAP method 43", "PEAP"),
        ),
    ],
)
def test_what_means_something_else_is_told_with_both_sides(
    first: str, second: str, told: tuple[str, str | None, str | None]
) -> None:
    (difference,) = compare(profile(first), profile(second))
    (reverse,) = compare(profile(second), profile(first))

    assert (difference.path, difference.first, difference.second) == told
    assert (reverse.first, reverse.second) == (difference.second, difference.first)


def test_eap_block_that_is_there_once_is_told_whole() -> None:
    (difference,) = compare(profile(eap(TLS.format(""))), profile(native("<Authentication/>")))

    assert difference.second is None
    assert difference.first is not None
    assert difference.first.startswith("<EapHostConfig")


def test_author_of_eap_ttls_is_told() -> None:
    first, second = (
        VpnProfile(
            native=NativeProfile(authentication=Authentication(eap=EapHostConfig(method=EapTtls(author=author))))
        )
        for author in (311, 0)
    )

    (told,) = compare(first, second)

    assert (told.path.rpartition("Eap/")[2], told.first, told.second) == ("EapMethod/AuthorId", "311", "0")
    assert compare(first, first) == ()


def test_two_rows_about_the_same_are_two_rows() -> None:
    twice = profile(route("10.0.0.0") + route("10.0.0.0"))

    assert compare(twice, twice) == ()
    assert [each.path for each in compare(twice, profile(route("10.0.0.0")))] == ["Route[10.0.0.0/8 (2)]"]


def test_as_many_rows_about_the_same_as_a_file_holds_are_counted() -> None:
    many = profile("<Route/>" * 20_000)  # each looked for among all others, they would take minutes

    (difference,) = compare(many, profile("<Route/>" * 19_999))

    assert difference.path == "Route[None/None (20000)]"


@pytest.mark.parametrize(
    "wrong",
    [
        native("<L2tpPsk>first</L2tpPsk><L2tpPsk>hush</L2tpPsk>"),
        native("<L2tpPsk>hush<b/></L2tpPsk>"),
        "<L2tpPsk>hush</L2tpPsk>",
        "<APNBinding/><APNBinding><Password>hush</Password></APNBinding>",
        '<Dialer sharedSecret="hush"><l2tp><PSKey>hush<b>hush</b></PSKey></l2tp></Dialer>',
        '<L2tpPsk xmlns="urn:contoso">hush</L2tpPsk>',
    ],
)
def test_secret_that_was_not_understood_is_not_shown(wrong: str) -> None:
    differences = compare(profile(wrong), profile(""))

    assert "hush" not in repr(differences)
    assert "a secret" in repr(differences)


def test_what_was_not_understood_and_is_no_secret_is_shown() -> None:
    (difference,) = compare(profile("<Dialer><Port>500</Port></Dialer>"), profile(""))

    assert difference.first == "<Dialer><Port>500</Port></Dialer>"
