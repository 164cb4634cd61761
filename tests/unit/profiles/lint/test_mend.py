import pytest

from evertunnel.profiles.lint.mend import MENDED, WITHOUT_COMMENTS, mend
from evertunnel.profiles.lint.rules import check
from evertunnel.profiles.vpnv2.read import read
from evertunnel.profiles.vpnv2.write import Dialect, as_windows_echoes, write

MESS = """\
<VPNProfile>
  <!-- ours -->
  <NativeProfile stray="yes">
    <NativeProtocolType>Ikev2</NativeProtocolType>
    <Servers>vpn.contoso.com</Servers>
    <Authentication>
      <UserMethod>Eap</UserMethod>
    </Authentication>
  </NativeProfile>
  <Novel>kept</Novel>
  <AlwaysOn>True</AlwaysOn>
  <Lockdown>false</Lockdown>
  <DnsSuffix></DnsSuffix>
  <TrafficFilter><App>SYSTEM</App><RemoteAddressRanges>10.0.0.10, 10.0.0.11</RemoteAddressRanges></TrafficFilter>
  <DeviceTunnel>perhaps</DeviceTunnel>
</VPNProfile>
"""
ORDERED = "<VPNProfile><ProfileName>Contoso</ProfileName><PluginProfile/></VPNProfile>"
ECHO = (
    "<VPNProfile><NativeProfile><Servers>vpn.contoso.com;vpn.contoso.com</Servers></NativeProfile>"
    "<DomainNameInformation><DomainName>.corp.contoso.com</DomainName><AutoTrigger>True</AutoTrigger>"
    "</DomainNameInformation></VPNProfile>"
)
BLOCK = (
    '<EapHostConfig xmlns="{p}EapHostConfig"><EapMethod><Type xmlns="{p}EapCommon">13</Type></EapMethod><Config>'
    '<Eap xmlns="{p}BaseEapConnectionPropertiesV1"><Type>13</Type><EapType xmlns="{p}EapTlsConnectionPropertiesV1">'
    "<DifferentUsername>False</DifferentUsername></EapType></Eap></Config></EapHostConfig>"
).format(p="http://www.microsoft.com/provisioning/")
CODES = {rule.code for rule in MENDED}


def test_what_needs_no_decision_is_mended_and_the_rest_stays() -> None:
    before = read(MESS)
    mended = mend(before)
    assert mended is not None
    after = read(mended.text)

    assert after.profile == before.profile
    assert CODES & {finding.code for finding in check(before)}
    assert not CODES & {finding.code for finding in check(after)}
    assert "<Novel>kept</Novel>" in mended.text
    assert "<DeviceTunnel>perhaps</DeviceTunnel>" in mended.text


def test_each_change_is_told_with_its_line() -> None:
    mended = mend(read(MESS))

    assert mended is not None
    assert mended.changes[-1] == WITHOUT_COMMENTS
    assert "line 11: VPNProfile/AlwaysOn: written small" in mended.changes
    assert "line 13: VPNProfile/DnsSuffix: deleted, because it was empty" in mended.changes


def test_what_is_mended_is_not_mended_again() -> None:
    mended = mend(read(MESS))

    assert mended is not None
    assert mend(read(mended.text)) is None


def test_a_profile_in_order_is_left_alone() -> None:
    assert mend(read(ORDERED)) is None


def test_a_profile_as_windows_gives_it_back_stays_one() -> None:
    mended = mend(read(ECHO))

    assert mended is not None
    assert mended.text == write(read(ECHO).profile, Dialect.INTUNE)


@pytest.mark.parametrize("text", [MESS, ORDERED, ECHO, ORDERED.replace("PluginProfile", "NativeProfile")])
@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_dialect_that_is_asked_for_is_written_once(text: str, dialect: Dialect) -> None:
    mended = mend(read(text), dialect)
    again = read(mended.text) if mended else read(text)

    assert mend(again, dialect) is None
    assert dialect is Dialect.WMI or as_windows_echoes(again.profile) == again.profile


def test_an_eap_block_alone_stays_one() -> None:
    mended = mend(read(BLOCK))

    assert mended is not None
    assert mended.text.startswith("<EapHostConfig ")
    assert read(mended.text).profile == read(BLOCK).profile
    assert mend(read(mended.text)) is None


def test_another_document_is_not_touched() -> None:
    assert mend(read("<html><body/></html>")) is None
    assert mend(read(BLOCK.replace("</EapType>", "<Novel/></EapType>"))) is None


@pytest.mark.parametrize(
    "wrong",
    [
        "<DomainNameInformation><DNSServers>nobody</DNSServers></DomainNameInformation>",
        "<NativeProfile><ProtocolList><RetryTimeinHours>soon</RetryTimeinHours></ProtocolList></NativeProfile>",
        "<AppTrigger><app><id><c/></id></app></AppTrigger>",
    ],
)
def test_what_is_kept_as_it_was_is_not_said_to_be_mended(wrong: str) -> None:
    mended = mend(read(f"<VPNProfile>{wrong}<AlwaysOn>True</AlwaysOn></VPNProfile>"))

    assert mended is not None
    assert [change for change in mended.changes if "written small" in change]
    assert mend(read(mended.text)) is None
