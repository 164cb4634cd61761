from collections.abc import Callable

import pytest

from evertunnel.documents.xml import NotWellFormed
from evertunnel.profiles.lint import reading
from evertunnel.profiles.lint.finding import Class, Severity
from evertunnel.profiles.lint.rule import Rule
from evertunnel.profiles.lint.rules import check
from evertunnel.profiles.lint.subject import Subject
from evertunnel.profiles.vpnv2.read import read

Found = Callable[[Rule, str], list[str]]
EAP = (
    '<EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">13</Type></EapMethod><Config>'
    '<Eap xmlns="{p}BaseEapConnectionPropertiesV1"><Type>13</Type>'
    '<EapType xmlns="{p}EapTlsConnectionPropertiesV1"><ServerValidation><ServerNames/></ServerValidation></EapType>'
    "</Eap></Config></EapHostConfig>"
).format(p="http://www.microsoft.com/provisioning/")
HERE = "NativeProfile/Authentication/Eap/Configuration"


def native(inside: str) -> str:
    return f"<NativeProfile>{inside}</NativeProfile>"


def block(configuration: str) -> str:
    return native(f"<Authentication><Eap><Configuration>{configuration}</Configuration></Eap></Authentication>")


def plugin(configuration: str) -> str:
    return f"<PluginProfile><CustomConfiguration>{configuration}</CustomConfiguration></PluginProfile>"


def resolved(servers: str) -> str:
    return f"<DomainNameInformation><DnsServers>{servers}</DnsServers></DomainNameInformation>"


# The rule, what it finds fault with, where, and the same mended.
CASES: list[tuple[Rule, str, list[str], str]] = [
    (reading.elements_are_known, "<AlwaysOm>true</AlwaysOm>", ["AlwaysOm"], "<AlwaysOn>true</AlwaysOn>"),
    (
        reading.elements_are_where_they_belong,
        "<Servers>vpn.contoso.com</Servers>",
        ["Servers"],
        native("<Servers>vpn.contoso.com</Servers>"),
    ),
    (
        reading.elements_are_in_the_schema,
        "<NetworkOutageTime>0</NetworkOutageTime>",
        ["VPNProfile"],
        "<RegisterDNS>true</RegisterDNS>",
    ),
    (
        reading.order_is_the_schemas,
        "<AlwaysOn>true</AlwaysOn><ProfileName>Contoso</ProfileName><EdpModeId>a</EdpModeId>",
        ["VPNProfile"],
        "<ProfileName>Contoso</ProfileName><EdpModeId>a</EdpModeId><AlwaysOn>true</AlwaysOn>",
    ),
    (
        reading.names_are_the_schemas,
        "<Lockdown>true</Lockdown>",
        ["LockDown"],
        "<LockDown>true</LockDown>",
    ),
    (
        reading.block_has_its_namespaces,
        block(EAP.replace("http:", "https:", 1)),
        [f"{HERE}/EapHostConfig"],
        block(EAP),
    ),
    (reading.values_are_right, "<AlwaysOn>yes</AlwaysOn>", ["AlwaysOn"], "<AlwaysOn>true</AlwaysOn>"),
    (reading.booleans_are_small, "<AlwaysOn>True</AlwaysOn>", ["AlwaysOn"], "<AlwaysOn>true</AlwaysOn>"),
    (
        reading.lists_have_no_blanks,
        "<DnsSuffix>corp.contoso.com, contoso.com</DnsSuffix>",
        ["DnsSuffix"],
        "<DnsSuffix>corp.contoso.com,contoso.com</DnsSuffix>",
    ),
    (
        reading.dns_servers_have_no_blanks,
        resolved("10.0.0.53, 10.0.0.54"),
        ["DomainNameInformation/DnsServers"],
        resolved("10.0.0.53,10.0.0.54"),
    ),
    (
        reading.elements_stand_once,
        "<AlwaysOn>true</AlwaysOn><AlwaysOn>false</AlwaysOn>",
        ["AlwaysOn"],
        "<AlwaysOn>true</AlwaysOn>",
    ),
    (reading.elements_say_something, "<DnsSuffix/>", ["DnsSuffix"], block(EAP)),
    (reading.elements_say_something, "<DnsSuffix/>", ["DnsSuffix"], block("")),
    (reading.text_stands_in_elements, native("vpn.contoso.com"), ["NativeProfile"], native("")),
    (reading.attributes_are_known, '<AlwaysOn a="b">true</AlwaysOn>', ["AlwaysOn"], "<AlwaysOn>true</AlwaysOn>"),
    (reading.block_is_elements, block(EAP.replace("<", "&lt;")), [HERE], block(EAP)),
    (reading.configuration_is_text, plugin("<a/>"), ["PluginProfile/CustomConfiguration"], plugin("&lt;a/>")),
    (
        reading.profile_has_no_namespace,
        '<NativeProfile xmlns="http://www.microsoft.com/provisioning/VPN"/>',
        ["NativeProfile"],
        block(EAP),
    ),
    (
        reading.apps_have_their_id,
        "<TrafficFilter><App>SYSTEM</App></TrafficFilter>",
        ["TrafficFilter/App"],
        "<TrafficFilter><App><Id>SYSTEM</Id></App></TrafficFilter>",
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "paths", "right"), CASES)
def test_a_rule_finds_its_fault_and_nothing_once_it_is_mended(
    found: Found, rule: Rule, wrong: str, paths: list[str], right: str
) -> None:
    assert found(rule, wrong) == paths
    assert found(rule, right) == []


def test_what_the_schema_lacks_is_told_once_with_all_its_names() -> None:
    listed = native("<ProtocolList><RetryTimeInHours>1</RetryTimeInHours></ProtocolList>")
    profile = read(f"<VPNProfile>\n{listed}\n<AlwaysOnActive>true</AlwaysOnActive></VPNProfile>")

    (finding,) = reading.elements_are_in_the_schema.findings(Subject(reading=profile))

    assert finding.line == 2
    assert finding.why.endswith(": ProtocolList, AlwaysOnActive")


def test_a_wrong_namespace_is_told_where_it_begins_alone(found: Found) -> None:
    wrong = block(EAP.replace("http:", "https:"))

    assert [path.rpartition("/")[2] for path in found(reading.block_has_its_namespaces, wrong)] == [
        "EapHostConfig",
        "Type",
        "Eap",
        "EapType",
    ]


def test_an_eap_block_alone_is_told_and_nothing_is_asked_of_a_profile_that_is_not_there() -> None:
    codes = {finding.code for finding in check(read(EAP))}

    assert reading.block_is_in_a_profile.code in codes
    assert not {code[:2] for code in codes} - {"RD", "AU"}


def test_another_document_is_told_once() -> None:
    assert [finding.code for finding in check(read("<html><body/></html>"))] == [reading.elements_are_known.code]


def test_what_is_no_xml_is_a_finding_with_line_and_column() -> None:
    with pytest.raises(NotWellFormed) as caught:
        read("<VPNProfile>\n  <NativeProfile>\n</VPNProfile>")

    finding = reading.not_well_formed(caught.value)

    assert (finding.code, finding.severity, finding.class_) == ("RD001", Severity.ERROR, Class.NOT_WELL_FORMED)
    assert (finding.line, finding.column, finding.path) == (3, 3, "VPNProfile/NativeProfile")
    assert list(reading.is_well_formed.findings(subject())) == []


def test_no_secret_is_told() -> None:
    secret = "correct horse"
    profiles = [
        native(f"<L2tpPsk>{secret}</L2tpPsk><L2tpPsk>{secret}</L2tpPsk>{secret}"),
        native(f"<L2tpPsk><a/>{secret}</L2tpPsk>"),
        f"<L2tpPsk>{secret}</L2tpPsk><APNBinding><Password>{secret}</Password>{secret}</APNBinding>",
        native(f"<L2tpPsk>{secret}\x85</L2tpPsk>"),
    ]

    told = [repr(check(read(f"<VPNProfile>{inside}</VPNProfile>"))) for inside in profiles]

    assert [text for text in told if secret in text] == []


def subject() -> Subject:
    return Subject(reading=read("<VPNProfile/>"))
