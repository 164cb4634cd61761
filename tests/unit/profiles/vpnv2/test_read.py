import os
import re
from pathlib import Path

import pytest

from evertunnel.documents.xml import NotWellFormed
from evertunnel.profiles.vpnv2 import eap, model
from evertunnel.profiles.vpnv2.model import Left, VpnProfile
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.reading import Kind, Reading
from evertunnel.profiles.vpnv2.values import Item, Server, Text
from evertunnel.profiles.vpnv2.write import write
from evertunnel.values import Secret

ROOT = Path(__file__).parents[4]
SAMPLES = Path(os.environ.get("EVERTUNNEL_SAMPLES", ROOT.parent / "shared" / "data" / "profilexml-samples"))
PUBLISHED = sorted(SAMPLES.glob("*.xml"))
TLS = (
    '<EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">13</Type></EapMethod><Config>'
    '<Eap xmlns="{p}BaseEapConnectionPropertiesV1"><Type>13</Type>'
    '<EapType xmlns="{p}EapTlsConnectionPropertiesV1"><DifferentUsername>false</DifferentUsername></EapType>'
    "</Eap></Config></EapHostConfig>"
).format(p="http://www.microsoft.com/provisioning/")
PROVISIONING = "http://www.microsoft.com/provisioning/"
TTLS = (
    '<EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">21</Type>'
    '<VendorId xmlns="{p}EapCommon">{vendor}</VendorId><AuthorId xmlns="{p}EapCommon">{author}</AuthorId></EapMethod>'
    '<Config><EapTtls xmlns="{p}EapTtlsConnectionPropertiesV1"><Phase2Authentication/></EapTtls></Config>'
    "</EapHostConfig>"
)
FILTERING = (
    f'<TLSExtensions xmlns="{PROVISIONING}EapTlsConnectionPropertiesV2">'
    f'<FilteringInfo xmlns="{PROVISIONING}EapTlsConnectionPropertiesV3">{{}}</FilteringInfo></TLSExtensions>'
)
READ_TLS = eap.EapHostConfig(method=eap.EapTls(different_username=False))


def profile(inside: str) -> Reading:
    return read(f"<VPNProfile>{inside}</VPNProfile>")


def authentication(configuration: str) -> Reading:
    return profile(
        "<NativeProfile><Authentication><Eap><Configuration>"
        f"{configuration}</Configuration></Eap></Authentication></NativeProfile>"
    )


def kinds(reading: Reading) -> list[tuple[Kind, str]]:
    return [(remark.kind, remark.path.removeprefix("VPNProfile").removeprefix("/")) for remark in reading.remarks]


def method(reading: Reading) -> object:
    native = reading.profile.native
    assert native is not None
    assert native.authentication is not None
    return native.authentication.eap


def test_what_windows_gives_back_is_read_without_a_remark() -> None:
    reading = profile(
        "<AlwaysOn>true</AlwaysOn><DnsSuffix>corp.contoso.com,contoso.com</DnsSuffix><NativeProfile>"
        "<Servers>vpn.contoso.com;vpn.contoso.com</Servers><NativeProtocolType>Ikev2</NativeProtocolType>"
        f"<Authentication><UserMethod>Eap</UserMethod><MachineMethod>Eap</MachineMethod><Eap><Configuration>{TLS}"
        "</Configuration></Eap></Authentication></NativeProfile>"
    )

    assert reading.remarks == ()
    assert reading.profile == VpnProfile(
        always_on=True,
        dns_suffixes=(Item("corp.contoso.com"), Item("contoso.com")),
        native=model.NativeProfile(
            servers=(Server("vpn.contoso.com", "vpn.contoso.com"),),
            protocol=model.Protocol.IKEV2,
            authentication=model.Authentication(
                user_method=model.UserMethod.EAP, machine_method=model.MachineMethod.EAP, eap=READ_TLS
            ),
        ),
    )


@pytest.mark.parametrize(
    ("inside", "kind", "path"),
    [
        ("<Novel>x</Novel>", Kind.UNKNOWN, "Novel"),
        ("<Servers>vpn.contoso.com</Servers>", Kind.WRONG_LEVEL, "Servers"),
        ("<AlwaysOn>perhaps</AlwaysOn>", Kind.WRONG_VALUE, "AlwaysOn"),
        ("<AlwaysOn><b/></AlwaysOn>", Kind.WRONG_VALUE, "AlwaysOn"),
        ("<IPv4InterfaceMetric>0</IPv4InterfaceMetric>", Kind.WRONG_VALUE, "IPv4InterfaceMetric"),
        ('<AlwaysOn xmlns="urn:other">true</AlwaysOn>', Kind.WRONG_LEVEL, "AlwaysOn"),
    ],
)
def test_what_is_not_understood_is_kept_as_it_was(inside: str, kind: Kind, path: str) -> None:
    reading = profile(inside)

    assert (kind, path) in kinds(reading)
    assert reading.profile == VpnProfile(left=(Left(path="VPNProfile", xml=inside),))
    assert read(write(reading.profile)).profile == reading.profile


def test_what_windows_shows_of_an_app_is_known_and_kept() -> None:
    reading = profile("<AppTrigger><App><Id>ping.exe</Id><Type>FilePath</Type></App></AppTrigger>")

    assert kinds(reading) == [(Kind.NOT_IN_SCHEMA, "AppTrigger/App/Type")]
    assert reading.profile.left == (Left(path="VPNProfile/AppTrigger/App", xml="<Type>FilePath</Type>"),)
    assert read(write(reading.profile)).profile == reading.profile


def test_second_element_of_its_kind_is_kept_beside_the_first() -> None:
    reading = profile("<AlwaysOn>true</AlwaysOn><AlwaysOn>false</AlwaysOn>")

    assert kinds(reading) == [(Kind.DUPLICATE, "AlwaysOn")]
    assert reading.profile.always_on is True
    assert reading.profile.left == (Left(path="VPNProfile", xml="<AlwaysOn>false</AlwaysOn>"),)


@pytest.mark.parametrize(
    ("inside", "kind", "path", "meant"),
    [
        ("<AlwaysOn>True</AlwaysOn>", Kind.VALUE_SPELLING, "AlwaysOn", "<AlwaysOn>true</AlwaysOn>"),
        ("<AlwaysOn>1</AlwaysOn>", Kind.VALUE_SPELLING, "AlwaysOn", "<AlwaysOn>true</AlwaysOn>"),
        ("<Lockdown>true</Lockdown>", Kind.SPELLING, "LockDown", "<LockDown>true</LockDown>"),
        ("<DnsSuffix>a.b, c.d</DnsSuffix>", Kind.VALUE_SPELLING, "DnsSuffix", "<DnsSuffix>a.b,c.d</DnsSuffix>"),
        ("<DnsSuffix/>", Kind.EMPTY, "DnsSuffix", ""),
        ("stray<AlwaysOn>true</AlwaysOn>", Kind.STRAY_TEXT, "", "<AlwaysOn>true</AlwaysOn>"),
        ("<AlwaysOn a='b'>true</AlwaysOn>", Kind.ATTRIBUTE, "AlwaysOn", "<AlwaysOn>true</AlwaysOn>"),
        (
            "<AppTrigger><App>ping.exe</App></AppTrigger>",
            Kind.VALUE_SPELLING,
            "AppTrigger/App",
            "<AppTrigger><App><Id>ping.exe</Id></App></AppTrigger>",
        ),
        (
            "<DomainNameInformationList><DomainName>.</DomainName></DomainNameInformationList>",
            Kind.SPELLING,
            "DomainNameInformation",
            "<DomainNameInformation><DomainName>.</DomainName></DomainNameInformation>",
        ),
        (
            "<PluginProfile><CustomConfiguration><a b='c'/></CustomConfiguration></PluginProfile>",
            Kind.RAW,
            "PluginProfile/CustomConfiguration",
            "<PluginProfile><CustomConfiguration>&lt;a b='c'/></CustomConfiguration></PluginProfile>",
        ),
    ],
)
def test_other_spellings_are_read_as_meant(inside: str, kind: Kind, path: str, meant: str) -> None:
    reading = profile(inside)

    assert kinds(reading) == [(kind, path)]
    assert profile(meant).remarks == ()
    assert reading.profile == profile(meant).profile


def test_order_is_remarked_with_what_should_come_later() -> None:
    reading = profile("<Route><Address>10.0.0.0</Address></Route><AlwaysOn>true</AlwaysOn>")

    (remark,) = reading.remarks
    assert (remark.kind, remark.path, remark.expected) == (Kind.OUT_OF_ORDER, "VPNProfile/AlwaysOn", "Route")
    assert profile("<AlwaysOn>true</AlwaysOn><Route><Address>10.0.0.0</Address></Route>").remarks == ()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (TLS.replace("&", "&amp;").replace("<", "&lt;"), Kind.ESCAPED),
        (f"<![CDATA[{TLS}]]>", Kind.ESCAPED),
        (TLS.replace("http:", "https:"), Kind.NAMESPACE),
        (TLS.replace(' xmlns="http://www.microsoft.com/provisioning/EapHostConfig"', ""), Kind.NAMESPACE),
    ],
)
def test_eap_block_is_read_however_it_is_written(written: str, kind: Kind) -> None:
    reading = authentication(written)

    assert {each for each, _ in kinds(reading)} == {kind}
    assert method(reading) == method(authentication(TLS)) == READ_TLS


def test_lines_of_escaped_eap_are_the_files_own() -> None:
    escaped = TLS.replace("<EapMethod>", "\n<EapMethod>").replace("false", "no").replace("<", "&lt;")
    reading = authentication(f"\n\n{escaped}")

    (wrong,) = (remark for remark in reading.remarks if remark.kind is Kind.WRONG_VALUE)
    assert wrong.line == 2


def test_unknown_eap_method_is_kept_as_it_was() -> None:
    text = TLS.replace(">13<", ">43<", 1)

    read_method = method(authentication(text))

    assert isinstance(read_method, eap.EapHostConfig)
    assert isinstance(read_method.method, eap.OtherEap)
    assert read_method.method.number == 43
    assert "DifferentUsername" in read_method.method.config
    assert method(read(write(authentication(text).profile))) == read_method


@pytest.mark.parametrize("author", [0, 311, 9])
def test_author_of_eap_ttls_stays_who_it_was(author: int) -> None:
    reading = authentication(TTLS.format(p=PROVISIONING, author=author, vendor=0))

    assert reading.remarks == ()
    assert method(reading) == eap.EapHostConfig(method=eap.EapTtls(inside=eap.Phase2(), author=author))
    assert f">{author}</AuthorId>" in write(reading.profile)
    assert read(write(reading.profile)).profile == reading.profile


def test_eap_ttls_of_somebody_else_is_kept_as_it_was() -> None:
    reading = authentication(TTLS.format(p=PROVISIONING, author=311, vendor=9))

    assert [kind for kind, _ in kinds(reading)] == [Kind.WRONG_VALUE]
    assert ">9</VendorId>" in write(reading.profile)
    assert "<Phase2Authentication" in write(reading.profile)
    assert read(write(reading.profile)).profile == reading.profile


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("<AuthorId>ours</AuthorId>", Kind.WRONG_VALUE),
        ("<AuthorId><b/></AuthorId>", Kind.WRONG_VALUE),
        ("<AuthorId>99999999999</AuthorId>", Kind.WRONG_VALUE),
        ("<AuthorId>ours</AuthorId><AuthorId>7</AuthorId>", Kind.DUPLICATE),
        ("<AuthorId>0</AuthorId><AuthorId>ours</AuthorId>", Kind.DUPLICATE),
        ("<AuthorId>0</AuthorId><AuthorId>7</AuthorId>", Kind.DUPLICATE),
    ],
)
def test_number_of_a_method_that_is_none_is_told_and_kept(numbers: str, told: Kind) -> None:
    reading = authentication(TLS.replace("</EapMethod>", f"{numbers}</EapMethod>"))
    written = write(reading.profile)

    assert method(reading) == READ_TLS
    assert told in [kind for kind, _ in kinds(reading)]
    assert [each for each in ("ours", "<b/>", "99999999999", ">7<") if each in numbers and each not in written] == []
    assert read(written).profile == reading.profile


@pytest.mark.parametrize(
    ("frame", "path"),
    [
        ("EapHostConfig", ""),
        ("EapMethod", "/EapMethod"),
        ("Config", "/Config"),
        ("Eap", "/Config/Eap"),
        ("EapType", "/Config/Eap/EapType"),
    ],
)
def test_what_is_dropped_from_a_frame_is_remarked_on(frame: str, path: str) -> None:
    here = f"NativeProfile/Authentication/Eap/Configuration/EapHostConfig{path}"
    attribute = authentication(re.sub(rf"<{frame}(?=[ >])", f"<{frame} a='b'", TLS, count=1))
    text = authentication(TLS.replace(f"</{frame}>", f"stray</{frame}>"))

    assert kinds(attribute) == [(Kind.ATTRIBUTE, here)]
    assert kinds(text) == [(Kind.STRAY_TEXT, here)]
    assert method(attribute) == method(text) == READ_TLS


@pytest.mark.parametrize("enabled", ["perhaps", ""])
def test_attribute_with_a_wrong_value_is_kept_with_its_element(enabled: str) -> None:
    wrong = f'<CAHashList Enabled="{enabled}"><IssuerHash>{"ab" * 20}</IssuerHash></CAHashList>'
    reading = authentication(TLS.replace("</EapType>", f"{FILTERING.format(wrong)}</EapType>"))

    ((_, path),) = [each for each in kinds(reading) if each[0] is Kind.WRONG_VALUE]
    assert path.endswith("/TLSExtensions/FilteringInfo/CAHashList")
    assert wrong in write(reading.profile)
    assert read(write(reading.profile)).profile == reading.profile


@pytest.mark.parametrize("text", ["<x/>", "no xml", "&lt;x/>"])
def test_configuration_without_eap_is_a_wrong_value(text: str) -> None:
    reading = authentication(text)

    assert (Kind.WRONG_VALUE, "NativeProfile/Authentication/Eap") in kinds(reading)
    assert method(reading) is None
    assert len(reading.profile.left) == 1


def test_eap_block_alone_is_read_as_the_profile_that_would_hold_it() -> None:
    reading = read(TLS)

    assert [kind for kind, _ in kinds(reading)] == [Kind.FRAGMENT]
    assert method(reading) == READ_TLS


def test_another_document_is_no_profile() -> None:
    reading = read("<html/>")

    assert kinds(reading) == [(Kind.UNKNOWN, "html")]


def test_broken_xml_is_told_with_its_place() -> None:
    with pytest.raises(NotWellFormed, match=r"line 1, column 25, inside VPNProfile/AlwaysOn"):
        read("<VPNProfile><AlwaysOn></VPNProfile>")


def test_secrets_are_read_and_never_shown() -> None:
    reading = profile("<NativeProfile><L2tpPsk>hush<b/></L2tpPsk></NativeProfile>")
    good = profile("<NativeProfile><L2tpPsk>hush</L2tpPsk></NativeProfile>")

    assert "hush" not in str(reading.remarks)
    assert good.profile.native == model.NativeProfile(l2tp_key=Secret("hush"))
    assert "hush" not in str(good)


def test_prefixes_of_what_is_kept_still_mean_the_same() -> None:
    reading = read('<VPNProfile xmlns:p="urn:p"><p:Novel>x</p:Novel></VPNProfile>')

    assert reading.profile.left == (Left(path="VPNProfile", xml='<Novel xmlns="urn:p">x</Novel>'),)


def test_byte_order_marks_and_utf_16_are_read() -> None:
    text = "<VPNProfile><ProfileName>Büro</ProfileName></VPNProfile>"

    assert read(text.encode("utf-16")).profile.name == Text("Büro")
    assert read(b"\xef\xbb\xbf" + text.encode()).profile.name == Text("Büro")


@pytest.mark.skipif(not PUBLISHED, reason="the published profiles are not here")
def test_published_profiles_read_the_same_after_writing() -> None:
    for path in PUBLISHED:
        once = read(path.read_bytes()).profile

        assert once != VpnProfile()
        assert read(write(once)).profile == once, path.name


def test_unknown_method_with_prefixes_from_above_can_be_written_and_read_again() -> None:
    prefix = TLS.replace('xmlns="http', 'xmlns:v="urn:contoso" xmlns="http', 1)
    reading = authentication(prefix.replace("<Config>", '<Config><v:Vendor v:of="x">1</v:Vendor>'))

    again = read(write(reading.profile))

    assert write(again.profile) == write(reading.profile)
    assert '<Vendor xmlns="urn:contoso" of="x">1</Vendor>' in write(again.profile)


def test_apps_configuration_takes_its_namespaces_along() -> None:
    reading = read(
        '<VPNProfile xmlns:v="urn:contoso"><PluginProfile><CustomConfiguration><v:Port>1</v:Port></CustomConfiguration>'
        "</PluginProfile></VPNProfile>"
    )

    assert reading.profile.plugin == model.PluginProfile(configuration=Text('<Port xmlns="urn:contoso">1</Port>'))


@pytest.mark.parametrize(
    "more",
    [
        ("</EapMethod>", "</EapMethod><EapMethod><Second/></EapMethod>"),
        ("</Config>", "</Config><Config><Second/></Config>"),
        ("</EapMethod>", '<Type xmlns="http://www.microsoft.com/provisioning/EapCommon">Second</Type></EapMethod>'),
        ("</EapType>", "</EapType><EapType><Second/></EapType>"),
    ],
)
def test_second_part_of_an_eap_block_is_remarked_on_and_kept(more: tuple[str, str]) -> None:
    reading = authentication(TLS.replace(*more))

    assert method(reading) == READ_TLS
    assert [kind for kind, _ in kinds(reading)] == [Kind.DUPLICATE]
    assert "Second" in write(reading.profile)


def test_profile_in_somebody_elses_namespace_is_read_as_meant() -> None:
    reading = read(
        '<VPNProfile xmlns="urn:contoso"><AlwaysOn>true</AlwaysOn><Route><Metric>1</Metric></Route></VPNProfile>'
    )

    assert reading.profile == VpnProfile(always_on=True, routes=(model.Route(metric=1),))
    assert [kind for kind, _ in kinds(reading)] == [Kind.NAMESPACE]


@pytest.mark.parametrize(
    "empty",
    [
        "<AppTrigger><App><Id/><Type>FilePath</Type></App></AppTrigger>",
        "<NativeProfile><Authentication><Eap><Configuration/><Type>1</Type></Eap></Authentication></NativeProfile>",
    ],
)
def test_what_stands_beside_an_empty_element_is_not_lost(empty: str) -> None:
    reading = profile(empty)

    assert "<Type>" in write(reading.profile)
    assert read(write(reading.profile)).profile == reading.profile
